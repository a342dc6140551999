"""Toys with a layer of neurons: trained as a plain autograd loop trains them, and by the same calls as tied ones."""

import pytest
import torch

from supertoy import (
    Batch,
    Features,
    HiddenReLUModel,
    OneHiddenLayerModel,
    OneHot,
    SparseUniform,
    TrainConfig,
    batch_loss,
    expected_loss,
    train,
)

CONFIG = TrainConfig(steps=40, batch_size=50, progress=False)


class Signed(Features):
    """x_i is 0 half of the time, else uniform on [−1, 1]; wanted is |x|."""

    n_features = 3

    def sample(self, n_points, *, generator):
        """X and |x|."""
        value, coin = torch.rand(2, n_points, self.n_features, generator=generator)
        x = (2 * value - 1) * (coin < 0.5)
        return Batch(x, torch.full((n_points,), 1 / n_points), y=x.abs())


class AllAnds(Features):
    """Every pattern of four bits, and the conjunction of each of the six pairs."""

    n_features = 4

    def exact(self):
        """The sixteen patterns."""
        x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 4)
        pairs = torch.combinations(torch.arange(4))
        return Batch(x, torch.full((16,), 1 / 16), y=x[:, pairs].prod(-1))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def tied(x, W, b):
    return torch.relu(torch.relu(x @ W.mT) @ W + b[:, None])


def untied(x, W, V, b):
    return torch.relu(torch.relu(x @ W.mT) @ V.mT + b[:, None])


def one_layer(x, W, V, c, b):
    return torch.relu(torch.relu(x @ W.mT + c[:, None]) @ V.mT + b[:, None])


# made while the default is single precision, so that the features' dtype is not the models'
SPARSE = SparseUniform(n_features=3, density=torch.tensor([[0.2], [0.5], [1.0], [0.1]]))
KINDS = [
    (lambda: HiddenReLUModel(n_features=3, n_hidden=5, batch=(4,), generator=seeded(0)), tied, SPARSE),
    (lambda: HiddenReLUModel(n_features=3, n_hidden=5, tied=False, batch=(4,), generator=seeded(0)), untied, SPARSE),
    (lambda: OneHiddenLayerModel(n_features=3, n_hidden=6, batch=(4,), generator=seeded(0)), one_layer, Signed()),
]


@pytest.mark.parametrize(("make", "forward", "features"), KINDS)
def test_training_is_the_plain_loop_with_adam(make, forward, features):
    """The same steps, written out with autograd and torch's own optimiser."""
    model, importance = make(), torch.tensor([1.0, 0.5, 0.2])
    plain = {name: p.detach().clone().requires_grad_() for name, p in model.named_parameters()}
    train(model, features, importance=importance, config=CONFIG, generator=seeded(3))
    generator, adam = seeded(3), torch.optim.Adam(plain.values())
    for step in range(CONFIG.steps):
        batch = features.sample(CONFIG.batch_size, generator=generator)
        x = batch.x.double()
        y = x if batch.y is None else batch.y
        loss = (importance * (y - forward(x, **plain)) ** 2).sum(-1).mean(-1).sum()
        adam.zero_grad()
        loss.backward()
        adam.param_groups[0]["lr"] = CONFIG.rate(step)
        adam.step()
    for name, p in model.named_parameters():
        assert torch.allclose(p, plain[name], atol=1e-6, rtol=0), name


def test_restarts_and_the_best_of_them_work_as_for_tied_toys():
    model = HiddenReLUModel(n_features=3, n_hidden=3, batch=(6, 2), bias=False, generator=seeded(0))
    features = SparseUniform(n_features=3, density=torch.tensor([[0.2], [0.5]]))
    config = TrainConfig(steps=60, batch_size=64, drop_at=0.5, keep=2, records=60, progress=False)
    result = train(model, features, config=config, generator=seeded(1))
    W = result.history.parameters["W"]
    assert W.shape == (60, 6, 2, 3, 3)
    assert (W[-1] == W[31]).flatten(2).all(-1).sum(0).tolist() == [4, 4]  # the dropped ones rest
    best, loss = result.best()
    assert isinstance(best, HiddenReLUModel)
    assert best.batch == (2,)
    assert torch.equal(loss, result.loss.min(0).values)
    assert torch.allclose(expected_loss(best, features).loss, loss)
    assert not best.b.requires_grad
    assert not best.b.any()


def test_a_toy_learns_absolute_values_with_two_neurons_for_each_feature():
    model = OneHiddenLayerModel(n_features=3, n_hidden=6, batch=(30,), generator=seeded(0))
    best, loss = train(model, Signed(), config=TrainConfig(steps=1500, batch_size=256, progress=False)).best()
    assert loss < 1e-3
    assert torch.allclose(best(torch.eye(3)), torch.eye(3), atol=0.1)
    assert torch.allclose(best(-torch.eye(3)), torch.eye(3), atol=0.1)


def test_outputs_may_be_others_than_the_inputs():
    sizes = {"n_features": 4, "n_hidden": 12, "n_outputs": 6, "batch": (10,)}
    model = OneHiddenLayerModel(**sizes, activation="linear", generator=seeded(0))
    importance = torch.arange(6.0)
    result = train(model, AllAnds(), importance=importance, config=TrainConfig(steps=800, progress=False))
    assert result.loss.min() < 1e-3
    by_hand = (importance * (model(AllAnds().exact().x) - AllAnds().exact().y) ** 2).sum(-1).mean(-1)
    assert torch.allclose(result.loss, by_hand)


def test_expected_loss_of_any_toy_is_a_quadrature_where_inputs_can_be_listed():
    model = HiddenReLUModel(n_features=3, n_hidden=2, batch=(4,), generator=seeded(2))
    exact = expected_loss(model, SPARSE)
    assert not exact.standard_error.any()
    generator = seeded(5)
    draws = torch.stack([batch_loss(model, SPARSE.sample(10_000, generator=generator)).detach() for _ in range(40)])
    assert ((draws.mean(0) - exact.loss).abs() < 5 * draws.std(0) / 40**0.5).all()


def test_expected_loss_of_many_features_has_an_honest_error():
    model = HiddenReLUModel(n_features=9, n_hidden=4, generator=seeded(2))
    features = SparseUniform(n_features=9, density=0.2)
    loss, error = expected_loss(model, features, n_points=2**12)
    truth, small = expected_loss(model, features, n_points=2**16, generator=seeded(1))
    assert error > small > 0
    assert (loss - truth).abs() < 5 * error


def test_one_hot_inputs_are_summed():
    model = HiddenReLUModel(n_features=3, n_hidden=5, batch=(2,), generator=seeded(0))
    by_hand = ((torch.eye(3) - model(torch.eye(3))) ** 2).sum((-2, -1)) / 3
    assert torch.allclose(expected_loss(model, OneHot(n_features=3)).loss, by_hand)
