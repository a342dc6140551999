"""Distributions: their moments, their sharing of randomness, their exact lists."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from supertoy import OneHot, ReLUModel, Samples, SparseUniform, TrainConfig, expected_loss, solve, train


@given(st.integers(1, 30))
def test_one_hot_lists_every_feature_once_with_equal_weight(n):
    batch = OneHot(n_features=n).exact()
    x, weight = batch.x, batch.weight
    assert torch.equal(x, torch.eye(n))
    assert weight.sum().item() == pytest.approx(1)
    assert torch.equal(weight, torch.full((n,), 1 / n))


def test_one_hot_samples_have_the_exact_mean(generator):
    batch = OneHot(n_features=4).sample(40_000, generator=generator)
    x, weight = batch.x, batch.weight
    assert torch.equal(x.sum(1), torch.ones(40_000))
    assert torch.allclose(weight @ x, torch.full((4,), 0.25), atol=0.01)


def test_samples_are_listed_with_equal_weights_and_their_loss_is_a_mean(generator):
    x = torch.rand(3, 7, 5, generator=generator)
    model = ReLUModel(n_features=5, n_hidden=2, batch=(4, 3), generator=generator)
    by_hand = ((model(x) - x) ** 2).sum(-1).mean(-1)
    found = expected_loss(model, Samples(x))
    assert torch.allclose(found.loss, by_hand)
    assert (found.standard_error == 0).all()
    assert torch.equal(Samples(x).mean(), x.mean(-2))


def test_each_model_of_a_batch_trains_on_all_samples_of_its_own_set(generator):
    x, config = torch.rand(2, 3, 6, 4, generator=generator), TrainConfig(steps=20, progress=False)
    model = ReLUModel(n_features=4, n_hidden=2, batch=(5, 2, 3), generator=generator)
    alone = ReLUModel.from_weights(model.W[3, 1, 2], model.b[3, 1, 2])
    together = train(model, Samples(x), config=config)
    train(alone, Samples(x[1, 2]), config=config)
    assert torch.allclose(alone.W, model.W[3, 1, 2], atol=1e-9)
    assert torch.allclose(together.loss, ((model(x) - x) ** 2).sum(-1).mean(-1))


def test_samples_that_are_unit_vectors_are_one_hot_features(generator):
    start = ReLUModel(n_features=5, n_hidden=2, batch=(30,), generator=generator)
    ends = [
        solve(ReLUModel.from_weights(start.W, start.b), features, progress=False).best()[1]
        for features in (OneHot(n_features=5), Samples(torch.eye(5)))
    ]
    assert torch.equal(*ends)


def test_samples_are_drawn_at_the_same_places_of_all_sets(generator):
    x = torch.rand(2, 4, 3, generator=generator)
    drawn = Samples(x).sample(4000, generator=generator)
    assert drawn.x.shape == (2, 4000, 3)
    place = (drawn.x[:, :, None] == x[:, None]).all(-1)
    assert (place.sum(-1) == 1).all()
    assert torch.equal(place[0], place[1])
    assert torch.allclose(place[0].double().mean(0), torch.full((4,), 0.25), atol=0.03)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.01, 1.0))
def test_sparse_uniform_has_the_stated_density_mean_and_variance(p):
    x = SparseUniform(n_features=3, density=p).sample(100_000, generator=torch.Generator().manual_seed(1)).x
    assert (x > 0).double().mean().item() == pytest.approx(p, abs=0.006)
    assert x.mean().item() == pytest.approx(p / 2, abs=0.005)
    assert x.var().item() == pytest.approx(p / 3 - p**2 / 4, abs=0.004)
    assert x.min() >= 0
    assert x.max() < 1


def test_density_may_differ_by_feature_and_by_model(generator):
    density = torch.tensor([[0.1, 0.9], [0.5, 0.5]])
    x = SparseUniform(n_features=2, density=density).sample(50_000, generator=generator).x
    assert x.shape == (2, 50_000, 2)
    assert torch.allclose((x > 0).double().mean(1), density, atol=0.01)


def test_models_of_a_batch_share_their_draws(generator):
    density = torch.tensor([[0.2], [0.7]])
    sparse, dense = SparseUniform(n_features=5, density=density).sample(1000, generator=generator).x
    active = sparse > 0
    assert (dense[active] > 0).all()  # whatever is active at 0.2 is active at 0.7
    assert torch.allclose(0.2 * (1 - sparse[active]), 0.7 * (1 - dense[active]))  # both from the same u = p (1 − x)


def test_features_are_independent(generator):
    x = SparseUniform(n_features=4, density=0.3).sample(100_000, generator=generator).x
    correlation = torch.corrcoef(x.T) - torch.eye(4)
    assert correlation.abs().max() < 0.02


@pytest.mark.parametrize("p", [0.01, 0.3, 1.0])
def test_weights_sum_to_one(p, generator):
    for n in (1, 2, 5):
        features = SparseUniform(n_features=n, density=torch.tensor([[p], [0.5]]))
        assert torch.allclose(features.quadrature().weight.sum(-1), torch.ones(2))
        assert torch.allclose(features.sample(7, generator=generator).weight.sum(-1), torch.ones(1))
    many = SparseUniform(n_features=50, density=p).stratified(4000, generator=generator)
    assert many.weight.sum().item() == pytest.approx(1)


def test_strata_are_unbiased_for_every_density_that_shares_them(generator):
    density = torch.tensor([[0.01], [0.05], [0.3], [1.0]])
    features = SparseUniform(n_features=30, density=density)
    batches = [features.stratified(400, generator=generator) for _ in range(100)]
    on = torch.stack([((b.x + b.along / 2) * b.weight[..., None]).sum((-1, -2)) for b in batches])
    error = on.std(0) / 10
    assert ((on.mean(0) - 30 * density[:, 0] / 2).abs() < 5 * error + 1e-9).all()
