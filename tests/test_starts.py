"""Starts that are known before training."""

import torch

from supertoy import LinearModel, ReLUModel, SparseUniform, expected_loss, start_from_known


def test_known_starts_are_the_linear_optimum_and_antipodal_pairs(generator):
    density = torch.tensor([[1.0], [0.5]])
    features = SparseUniform(n_features=12, density=density)
    model = ReLUModel(n_features=12, n_hidden=3, batch=(3, 2), generator=generator)
    random = model.W[2].detach().clone()
    start_from_known(model, features, generator=generator)
    linear = LinearModel.from_weights(model.W[0].detach(), model.b[0].detach())
    least = 9 * (density[:, 0] / 3 - density[:, 0] ** 2 / 4)  # (n − m) Var x
    draws = expected_loss(linear, features, n_points=2**17)
    assert torch.allclose(draws.loss, least, atol=5 * draws.standard_error.max().item())
    Q, minus_Q = model.W[1][..., :3], model.W[1][..., 3:6]
    assert torch.equal(Q, -minus_Q)
    assert torch.allclose(Q.mT @ Q, torch.eye(3), atol=1e-12)
    assert torch.equal(model.W[2], random)
