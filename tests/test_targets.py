"""Signs, draws with something active, and targets: each against the distribution it is made of."""

import pytest
import torch

from supertoy import (
    AtLeastOne,
    Computed,
    GroupedUniform,
    OneHiddenLayerModel,
    OneHot,
    Signed,
    SparseUniform,
    TrainConfig,
    expected_loss,
    train,
)


def sparse(n=4, p=0.2):
    return SparseUniform(n_features=n, density=p)


def mean(batch, values):
    return (batch.weight[..., None] * values).sum(-2)


def test_a_signed_feature_is_as_often_positive_as_negative_and_as_strong(generator):
    x = Signed(sparse()).sample(200_000, generator=generator).x
    assert (x > 0).double().mean().item() == pytest.approx(0.1, abs=0.003)
    assert (x < 0).double().mean().item() == pytest.approx(0.1, abs=0.003)
    assert x.square().mean().item() == pytest.approx(0.2 / 3, abs=0.002)
    assert torch.corrcoef(x.T).fill_diagonal_(0).abs().max() < 0.01


@pytest.mark.parametrize("p", [0.02, torch.tensor([[0.1], [0.9]]), torch.tensor([0.05, 0.3, 0.3, 1.0])])
def test_draws_with_something_active_have_the_moments_of_the_features(p, generator):
    features = sparse(p=p)
    batch = AtLeastOne(features).sample(200_000, generator=generator)
    p = features.density
    assert batch.x.shape == (*p.shape[:-1], 200_001, 4)
    assert (batch.x[..., 0, :] == 0).all()
    assert (batch.x[..., 1:, :] > 0).any(-1).all()
    assert torch.allclose(batch.weight[..., 0], (1 - p).prod(-1))
    assert torch.allclose(batch.weight.sum(-1), torch.ones(p.shape[:-1]), atol=0.01)
    assert torch.allclose(mean(batch, batch.x), p / 2, rtol=0.02)
    assert torch.allclose(mean(batch, batch.x**2), p / 3, rtol=0.02)
    both = mean(batch, batch.x[..., :1] * batch.x[..., 1:2])[..., 0]
    assert torch.allclose(both, p[..., 0] * p[..., 1] / 4, rtol=0.15)


def test_at_equal_densities_the_weight_is_np_over_k(generator):
    batch = AtLeastOne(sparse(n=6, p=0.3)).sample(500, generator=generator)
    k = (batch.x[1:] > 0).sum(-1)
    assert torch.allclose(batch.weight[1:], 6 * 0.3 / k / 500)


@pytest.mark.parametrize("p", [0.05, 0.6])
def test_three_ways_to_a_loss_agree(p):
    model = OneHiddenLayerModel(n_features=4, n_hidden=5, generator=torch.Generator().manual_seed(3))
    signed = Computed(torch.abs, Signed(AtLeastOne(sparse(p=p))))
    exact = expected_loss(model, signed, n_points=2**17).loss
    for seed, features in enumerate((signed, Computed(torch.abs, Signed(sparse(p=p))))):
        batch = features.sample(400_000, generator=torch.Generator().manual_seed(seed))
        error = ((model(batch.x) - batch.x.abs()) ** 2).sum(-1)
        assert (batch.weight * error).sum().item() == pytest.approx(exact.item(), rel=0.01)


def test_targets_of_a_finite_distribution_and_of_a_quadrature_are_exact():
    listed = Computed(lambda x: 2 * x, OneHot(n_features=3)).exact()
    assert torch.equal(listed.y, 2 * torch.eye(3))
    points = Computed(torch.square, sparse(n=3, p=0.5)).quadrature()
    assert torch.allclose(mean(points, points.y), torch.full((3,), 0.5 / 3))
    assert Computed(torch.square, Signed(sparse())).exact() is None


def test_targets_may_differ_between_models_that_share_inputs():
    M = torch.tensor([0.0, 1.0, 2.0])[:, None, None] * torch.eye(4)
    features = Computed(lambda x: x @ M, sparse())
    model = OneHiddenLayerModel(n_features=4, n_hidden=3, batch=(3,), bias=False)
    model.W.data.zero_()
    loss = expected_loss(model, features).loss  # of answering 0
    assert torch.allclose(loss / loss[1], torch.tensor([0.0, 1.0, 4.0]))


def test_signed_strata_give_each_sign_half(generator):
    batch = Signed(sparse(p=0.1)).stratified(4000, generator=generator).flat()
    assert batch.weight.sum().item() == pytest.approx(1)
    assert torch.allclose(mean(batch, batch.x**2), torch.full((4,), 0.1 / 3), rtol=0.02)
    assert mean(batch, batch.x).abs().max() < 2e-3


@pytest.mark.usefixtures("unchecked")
def test_six_neurons_learn_three_absolute_values_where_inputs_are_sparse():
    features = Computed(torch.abs, Signed(AtLeastOne(sparse(n=3, p=0.1))))
    model = OneHiddenLayerModel(n_features=3, n_hidden=6, batch=(20,), generator=torch.Generator().manual_seed(0))
    config = TrainConfig(steps=1000, batch_size=128, progress=False)
    _, loss = train(model, features, config=config).best()
    assert loss < 1e-4


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("make", "name", "rule", "got"),
    [
        (lambda: Signed(3), "features", "a Features", "3"),
        (lambda: AtLeastOne(OneHot(n_features=3)), "features", "a SparseUniform", "OneHot"),
        (lambda: AtLeastOne(GroupedUniform(n_features=2, density=0.1)), "features", "independent", "GroupedUniform"),
        (lambda: Computed(torch.abs, None), "features", "a Features", "None"),
        (lambda: Computed(lambda x: 1.0, OneHot(n_features=2)).exact(), "function", "one row of targets", "1.0"),
        (lambda: Computed(torch.sum, OneHot(n_features=2)).exact(), "function", "one row of targets", "()"),
    ],
)
def test_bad_input_names_the_argument_the_rule_and_the_value(make, name, rule, got):
    with pytest.raises(ValueError, match=f"^{name} must") as error:
        make()
    assert rule in str(error.value)
    assert got in str(error.value)
