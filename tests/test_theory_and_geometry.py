"""Closed forms against independent routes to the same number."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from supertoy import LinearModel, OneHot, ReLUModel, TrainConfig, expected_loss, geometry, reconstruct, theory, train

sizes = st.integers(1, 8)
seeds = st.integers(0, 2**31)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(sizes, sizes, seeds)
def test_any_projector_reaches_the_linear_minimum(n, m, seed):
    m = min(n, m)
    rows = torch.linalg.qr(random(n, m, seed=seed)).Q.T
    loss = expected_loss(LinearModel.from_weights(rows), OneHot(n_features=n)).loss.item()
    assert loss == pytest.approx((n - m) / n, abs=1e-12)
    assert theory.least_linear_loss(1.0, n_features=n, n_hidden=m) == pytest.approx((n - m) / n, abs=1e-15)


@given(sizes, sizes, seeds)
def test_nothing_is_below_the_linear_minimum(n, m, seed):
    importance = random(n, seed=seed + 1).abs()
    model = LinearModel.from_weights(random(m, n, seed=seed))
    loss = expected_loss(model, OneHot(n_features=n), importance=importance).loss.item()
    assert loss >= theory.least_linear_loss(importance, n_features=n, n_hidden=m) - 1e-12


def test_training_reaches_the_linear_minimum_with_unequal_importance(generator):
    importance = 0.8 ** torch.arange(6)
    model = LinearModel(n_features=6, n_hidden=2, batch=(4,), bias=False, generator=generator)
    config = TrainConfig(steps=3000, progress=False)
    result = train(model, OneHot(n_features=6), importance=importance, config=config)
    least = theory.least_linear_loss(importance, n_features=6, n_hidden=2)
    assert result.loss.tolist() == pytest.approx([least] * 4, abs=1e-5)


def test_the_linear_landscape_of_two_features_in_one_dimension_is_constant_on_the_ring():
    angle = torch.linspace(0, 2 * torch.pi, 500)
    ring = torch.stack([angle.cos(), angle.sin()], -1)[:, None, :]
    loss = expected_loss(LinearModel.from_weights(ring), OneHot(n_features=2)).loss
    assert (loss - 0.5).abs().max() < 1e-12


@pytest.mark.parametrize("n", [*range(3, 21), 50, 100])
def test_a_polygon_reads_n_features_from_two_dimensions(n):
    W, b = theory.polygon(n)
    assert expected_loss(ReLUModel.from_weights(W, b), OneHot(n_features=n)).loss < 1e-20
    smaller, b_smaller = theory.polygon(n, radius=0.99 * geometry.norms(W)[0].item())
    assert expected_loss(ReLUModel.from_weights(smaller, b_smaller), OneHot(n_features=n)).loss > 1e-6


@given(st.integers(1, 40))
def test_antipodal_pairs_hold_two_features_a_dimension_without_a_bias(m):
    W = theory.antipodal_pairs(m)
    assert W.shape == (m, 2 * m)
    assert expected_loss(ReLUModel.from_weights(W), OneHot(n_features=2 * m)).loss == 0


@pytest.mark.parametrize(("m", "least"), [(1, 1.0), (2, 0.8018), (3, 0.8018)])
def test_one_feature_more_than_two_a_dimension_fails_without_a_bias(m, least, generator):
    n = 2 * m + 1
    model = ReLUModel(n_features=n, n_hidden=m, batch=(60,), bias=False, generator=generator)
    _, loss = train(model, OneHot(n_features=n), config=TrainConfig(steps=1500, progress=False)).best()
    assert n * loss.item() == pytest.approx(least, abs=1e-3)


@given(st.integers(1, 12), seeds)
def test_more_than_2m_directions_never_have_pairwise_non_positive_products(m, seed):
    overlaps = geometry.gram(random(m, 2 * m + 1, seed=seed)).fill_diagonal_(-1)
    assert overlaps.max() > 0


def test_two_features_collide_at_a_sixth_each():
    grid = (torch.arange(1500) + 0.5) / 1500
    x = torch.cartesian_prod(grid, grid)
    x_hat = reconstruct(x, torch.tensor([[1.0, -1.0]]))
    assert ((x - x_hat) ** 2).mean(0).tolist() == pytest.approx([1 / 6, 1 / 6], abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(sizes, sizes, seeds)
def test_one_active_loss_agrees_with_the_trapezium_rule(n, m, seed):
    W, b, importance = random(m, n, seed=seed), random(n, seed=seed + 1), random(n, seed=seed + 2).abs()
    t = torch.linspace(0, 1, 20_001)[:, None, None]
    x = t * torch.eye(n)
    squared = importance * (x - reconstruct(x, W, b)) ** 2
    by_rule = torch.trapezoid(squared.sum(-1), t[:, 0, 0], dim=0)
    assert torch.allclose(theory.one_active_loss(W, b, importance=importance), by_rule, atol=1e-6)


def test_one_active_loss_has_a_finite_gradient_where_features_are_orthogonal():
    W, b = torch.eye(3)[:2].clone().requires_grad_(), torch.zeros(3, requires_grad=True)
    theory.one_active_loss(W, b).sum().backward()
    assert torch.isfinite(W.grad).all()
    assert torch.isfinite(b.grad).all()


@given(st.integers(1, 6), st.integers(2, 12), seeds)
def test_no_directions_overlap_less_than_the_welch_bound(m, n, seed):
    directions = torch.nn.functional.normalize(random(m, n, seed=seed), dim=0)
    largest = geometry.gram(directions).fill_diagonal_(0).abs().max().item()
    assert largest >= theory.welch_bound(n_features=n, n_hidden=m) - 1e-12


def test_a_simplex_attains_the_welch_bound():
    assert theory.welch_bound(n_features=4, n_hidden=3) == pytest.approx(1 / 3)
    assert theory.welch_bound(n_features=3, n_hidden=3) == 0


@given(sizes, sizes, seeds)
def test_geometry_agrees_with_a_plain_double_loop(n, m, seed):
    W = random(m, n, seed=seed)
    columns = W.T.tolist()

    def dot(u, v):
        return sum(a * c for a, c in zip(u, v, strict=True))

    for i, u in enumerate(columns):
        length = dot(u, u) ** 0.5
        others = sum((dot(u, v) / length) ** 2 for j, v in enumerate(columns) if j != i)
        assert geometry.norms(W)[i].item() == pytest.approx(length)
        assert geometry.interference(W)[i].item() == pytest.approx(others, abs=1e-9)
        share = length**2 / (others + length**2)
        assert geometry.feature_dimensionality(W)[i].item() == pytest.approx(share)


@given(sizes, st.integers(1, 20), seeds)
def test_dimensionalities_add_up_to_at_most_the_rank(m, n, seed):
    W = random(m, n, seed=seed)
    total = geometry.feature_dimensionality(W).sum()
    assert total <= torch.linalg.matrix_rank(W) + 1e-9


@pytest.mark.parametrize(
    ("W", "share"),
    [
        (torch.eye(3, dtype=torch.float64), 1),
        (theory.antipodal_pairs(2), 1 / 2),
        (theory.polygon(3)[0], 2 / 3),
        (theory.polygon(5)[0], 2 / 5),
        (theory.polygon(8)[0], 2 / 8),
        (torch.zeros(2, 3, dtype=torch.float64), 0),
    ],
)
def test_known_shapes_have_their_dimensionality(W, share):
    assert geometry.feature_dimensionality(W).tolist() == pytest.approx([share] * W.shape[1], abs=1e-12)


def test_turning_the_axes_changes_no_overlap():
    W, Q = random(4, 7), torch.linalg.qr(random(4, 4, seed=1)).Q
    for measure in (geometry.gram, geometry.interference, geometry.feature_dimensionality):
        assert torch.allclose(measure(Q @ W), measure(W))
