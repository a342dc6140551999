"""Features in groups: their laws, by sampling, by listing, and by quadrature."""

from itertools import product

import pytest
import torch

from supertoy import GroupedUniform, ReLUModel, SparseUniform, TrainConfig, batch_loss, expected_loss, solve, train

PAIRS = {"correlated": [(0, 1), (2, 3)]}
MIXED = {"correlated": [(1, 3)], "anticorrelated": [(0, 4)]}  # feature 2 is on its own


def active_share(features, generator, *members):
    x = features.sample(100_000, generator=generator).x
    return (x[..., list(members)] > 0).all(-1).double().mean(-1)


def test_each_feature_keeps_its_density_and_its_uniform_strength(generator):
    x = GroupedUniform(n_features=5, density=0.3, **MIXED).sample(200_000, generator=generator).x
    on = x > 0
    assert torch.allclose(on.double().mean(0), torch.full((5,), 0.3), atol=0.005)
    assert torch.allclose(x.mean(0), torch.full((5,), 0.15), atol=0.004)
    assert x[on].var().item() == pytest.approx(1 / 12, abs=0.001)
    assert x.min() >= 0
    assert x.max() <= 1


def test_a_correlated_group_comes_whole_an_anticorrelated_one_never_twice(generator):
    on = GroupedUniform(n_features=5, density=0.3, **MIXED).sample(50_000, generator=generator).x > 0
    assert torch.equal(on[:, 1], on[:, 3])
    assert not (on[:, 0] & on[:, 4]).any()
    assert (on[:, 0] & on[:, 1]).double().mean().item() == pytest.approx(0.09, abs=0.006)
    assert (on[:, 2] & on[:, 4]).double().mean().item() == pytest.approx(0.09, abs=0.006)


def test_strengths_within_a_correlated_group_are_independent(generator):
    x = GroupedUniform(n_features=4, density=0.5, **PAIRS).sample(100_000, generator=generator).x
    both = x[x[:, 0] > 0][:, :2]
    assert torch.corrcoef(both.T)[0, 1].abs() < 0.02


def test_chances_of_all_active_sets_add_up_and_agree_with_a_count(generator):
    features = GroupedUniform(n_features=5, density=0.3, **MIXED)
    sets = torch.tensor(list(product([0.0, 1.0], repeat=5)))
    chance = features.chance(sets)
    assert chance.sum().item() == pytest.approx(1)
    on = (features.sample(200_000, generator=generator).x > 0).to(sets)
    counted = torch.stack([(on == row).all(-1).double().mean() for row in sets])
    assert torch.allclose(chance, counted, atol=0.004)
    assert torch.equal(chance == 0, counted == 0)


def test_densities_may_differ_by_model_and_within_an_anticorrelated_group(generator):
    density = torch.tensor([[0.1, 0.5, 0.2], [0.6, 0.3, 0.2]])
    features = GroupedUniform(n_features=3, density=density, anticorrelated=[(0, 1)])
    on = features.sample(100_000, generator=generator).x > 0
    assert torch.allclose(on.double().mean(1), density, atol=0.006)
    assert not (on[..., 0] & on[..., 1]).any()
    assert not features.exchangeable


def test_quadrature_agrees_with_draws(generator):
    features = GroupedUniform(n_features=5, density=torch.tensor([[0.1], [0.4]]), **MIXED)
    model = ReLUModel(n_features=5, n_hidden=2, batch=(2,), generator=generator)
    exact = expected_loss(model, features)
    drawn = batch_loss(model, features.sample(400_000, generator=generator))
    assert exact.standard_error.max() == 0
    assert torch.allclose(exact.loss, drawn.detach(), rtol=0.01)


def test_groups_change_what_is_best(generator):
    def least(features):
        model = ReLUModel(n_features=4, n_hidden=2, batch=(30,), generator=generator)
        return solve(model, features, progress=False).best()[0].W

    def cosine(W, i, j):
        return (torch.nn.functional.normalize(W, dim=0).T @ torch.nn.functional.normalize(W, dim=0))[i, j].item()

    W = least(GroupedUniform(n_features=4, density=0.1, **PAIRS))
    assert abs(cosine(W, 0, 1)) < 0.1  # what comes together is kept orthogonal
    W = least(GroupedUniform(n_features=4, density=0.1, anticorrelated=[(0, 1), (2, 3)]))
    assert cosine(W, 0, 1) < -0.95  # what never meets shares a line


def test_without_groups_it_is_the_independent_distribution():
    features, twin = (cls(n_features=4, density=0.2) for cls in (GroupedUniform, SparseUniform))
    sets = torch.tensor(list(product([0.0, 1.0], repeat=4)))
    assert torch.allclose(features.chance(sets), twin.chance(sets))
    assert features.exchangeable


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"correlated": [(0,)]}, "correlated must hold groups of two or more"),
        ({"correlated": [(0, 4)]}, "indices from 0 to 3"),
        ({"anticorrelated": [(0, True)]}, "anticorrelated must hold"),
        ({"correlated": [(0, 1)], "anticorrelated": [(1, 2)]}, "must not share a feature"),
        ({"anticorrelated": [(0, 1, 2)], "density": 0.4}, "sum to at most 1"),
        ({"correlated": [(0, 1)], "density": torch.tensor([0.1, 0.2, 0.1, 0.1])}, "equal in correlated group"),
        ({"density": 0.0}, "density must lie in"),
    ],
)
def test_bad_groups_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        GroupedUniform(**{"n_features": 4, "density": 0.2, **arguments})


@pytest.mark.usefixtures("unchecked")  # thousands of steps, all alike
def test_training_on_draws_finds_what_the_exact_solver_finds(generator):
    features = GroupedUniform(n_features=4, density=torch.tensor([[0.1], [0.3]]), anticorrelated=[(0, 1), (2, 3)])
    starts = ReLUModel(n_features=4, n_hidden=2, batch=(10, 2), generator=generator)
    exact = solve(ReLUModel.from_weights(starts.W, starts.b), features, progress=False).best()[1]
    config = TrainConfig(steps=1500, lr=0.02, batch_size=1024, progress=False)
    drawn = train(starts, features, config=config, generator=generator).best()[1]
    assert torch.allclose(drawn, exact, rtol=0.05)
