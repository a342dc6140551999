"""The models, and the loss of plain points, against a plain-Python double loop."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supertoy import LinearModel, ReLUModel, feature_loss, reconstruct

MODELS = [LinearModel, ReLUModel]


random_toys = given(
    kind=st.sampled_from(MODELS),
    n=st.integers(1, 6),
    m=st.integers(1, 5),
    points=st.integers(1, 4),
    seed=st.integers(0, 2**31),
)


def toy(kind, n, m, points, seed):
    """A random toy with random points, weights and importance."""
    generator = torch.Generator().manual_seed(seed)
    model = kind.from_weights(torch.randn(m, n, generator=generator), torch.randn(n, generator=generator))
    x = torch.randn(points, n, generator=generator)
    weight = torch.rand(points, generator=generator) + 0.1
    importance = torch.rand(n, generator=generator) * 3
    return model, x, weight / weight.sum(), importance


def loop_forward(model, x):
    """x̂_j = σ(Σ_a W_aj Σ_i W_ai x_i + b_j), one number at a time."""
    W, b = model.W.tolist(), model.b.tolist()
    m, n = len(W), len(W[0])
    out = []
    for row in x.tolist():
        h = [sum(W[a][i] * row[i] for i in range(n)) for a in range(m)]
        z = [sum(W[a][j] * h[a] for a in range(m)) + b[j] for j in range(n)]
        out.append([max(0.0, v) if isinstance(model, ReLUModel) else v for v in z])
    return out


@settings(max_examples=60, deadline=None)
@random_toys
def test_models_agree_with_a_plain_double_loop(kind, n, m, points, seed):
    model, x, _, _ = toy(kind, n, m, points, seed)
    assert torch.allclose(model(x), torch.tensor(loop_forward(model, x)), atol=1e-12)


@settings(max_examples=60, deadline=None)
@random_toys
def test_loss_agrees_with_a_plain_double_loop(kind, n, m, points, seed):
    model, x, weight, importance = toy(kind, n, m, points, seed)
    x_hat, expected = loop_forward(model, x), 0.0
    for p, row in enumerate(x.tolist()):
        for i, value in enumerate(row):
            expected += weight[p].item() * importance[i].item() * (value - x_hat[p][i]) ** 2
    found = feature_loss(x, model(x), weight=weight, importance=importance).sum()
    assert found.item() == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@random_toys
def test_gradient_of_the_loss_agrees_with_finite_differences(kind, n, m, points, seed):
    model, x, weight, importance = toy(kind, n, m, points, seed)
    activation = model.activation
    z = x @ model.W.mT @ model.W + model.b
    assume(activation == "linear" or z.abs().min() > 1e-3)  # at the kink there is no derivative

    def loss(W, b):
        x_hat = reconstruct(x, W, b, activation=activation)
        return feature_loss(x, x_hat, weight=weight, importance=importance).sum()

    assert torch.autograd.gradcheck(loss, (model.W, model.b), eps=1e-7, atol=1e-5)


def test_a_batch_of_models_gives_each_models_own_answer(generator):
    model = ReLUModel(n_features=4, n_hidden=3, batch=(2, 5), generator=generator)
    x = torch.randn(7, 4, generator=generator)
    together = model(x)
    assert together.shape == (2, 5, 7, 4)
    for i in range(2):
        for j in range(5):
            one = ReLUModel.from_weights(model.W[i, j].detach(), model.b[i, j].detach())
            assert torch.allclose(together[i, j], one(x))


def test_hidden_state_of_a_one_hot_input_is_the_features_direction(generator):
    model = LinearModel(n_features=5, n_hidden=2, generator=generator)
    assert torch.equal(model.encode(torch.eye(5)), model.W.mT)


def test_a_positive_bias_raises_the_output():
    W, x = torch.zeros(1, 2), torch.zeros(1, 2)
    model = ReLUModel.from_weights(W, torch.tensor([0.3, -0.3]))
    assert torch.equal(model(x), torch.tensor([[0.3, 0.0]]))


def test_an_unlearned_bias_stays_out_of_the_parameters_that_train(generator):
    model = ReLUModel(n_features=3, n_hidden=1, bias=False, generator=generator)
    assert [name for name, p in model.named_parameters() if p.requires_grad] == ["W"]


def test_the_seed_decides_the_weights():
    first, second, third = (
        ReLUModel(n_features=3, n_hidden=2, generator=torch.Generator().manual_seed(s)).W for s in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, third)
