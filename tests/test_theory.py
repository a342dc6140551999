"""Closed forms against independent routes to the same number."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from randoms import random
from scipy.optimize import nnls

from supertoy import (
    LinearModel,
    OneHot,
    ReLUModel,
    SparseUniform,
    TrainConfig,
    expected_loss,
    geometry,
    plots,
    reconstruct,
    solve,
    theory,
    train,
)

sizes = st.integers(1, 8)
seeds = st.integers(0, 2**31)


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


def toys(generator, count=200):
    W = torch.randn(count, 1, 2, generator=generator, dtype=torch.float64)
    return W, torch.randn(count, 2, generator=generator, dtype=torch.float64) / 3


def exact(W, b, p, r):
    model = ReLUModel.from_weights(W, b).double()
    features = SparseUniform(n_features=2, density=p)
    return expected_loss(model, features, importance=torch.tensor([1.0, r])).loss.double()


@pytest.mark.parametrize("p", [0.05, 0.3, 0.7, 1.0])
def test_the_closed_form_of_two_in_one_agrees_with_quadrature(p, generator):
    W, b = toys(generator)
    closed = theory.two_in_one_loss(W, b, density=p, importance=torch.tensor([1.0, 0.4]))
    assert torch.allclose(closed, exact(W, b, p, 0.4), rtol=1e-3, atol=1e-5)


def test_the_closed_form_of_two_in_one_agrees_with_draws(generator):
    W, b = toys(generator, 20)
    x = SparseUniform(n_features=2, density=0.6).sample(400_000, generator=generator).x.double()
    drawn = ((x - torch.relu(x @ W.mT @ W + b[:, None])) ** 2).sum(-1).mean(-1)
    assert torch.allclose(theory.two_in_one_loss(W, b, density=0.6), drawn, rtol=0.02, atol=1e-3)


def test_the_closed_form_of_two_in_one_has_a_gradient(generator):
    W, b = (t.requires_grad_() for t in toys(generator, 5))
    assert torch.autograd.gradcheck(lambda W, b: theory.two_in_one_loss(W, b, density=0.5), (W, b))


@pytest.mark.parametrize(("p", "r"), [(0.05, 0.1), (0.4, 1.0), (0.9, 0.5), (1.0, 2.0)])
def test_fixed_weight_losses_are_losses_of_those_weights(p, r):
    dropped, pair = theory.fixed_weight_losses(p, r)
    W = torch.tensor([[[1.0, 0.0]], [[1.0, -1.0]]])
    b = torch.tensor([[0.0, p / 2], [0.0, 0.0]])
    assert torch.allclose(torch.stack([dropped, pair]), exact(W, b, p, r), atol=1e-6)


def test_the_boundary_is_where_the_two_losses_meet():
    p = torch.linspace(0.01, 4 / 7, 50, dtype=torch.float64)
    dropped, pair = theory.fixed_weight_losses(p, theory.antipodal_boundary(p))
    assert torch.allclose(dropped, pair)
    assert theory.antipodal_boundary(4 / 7).item() == pytest.approx(1)
    assert theory.antipodal_boundary(0.9).item() == float("inf")


@pytest.mark.parametrize("p", [0.6, 0.8, 0.95])
def test_feature_two_comes_in_just_above_the_onset_of_sharing(p):
    onset = theory.sharing_onset(p).item()
    model = ReLUModel(n_features=2, n_hidden=1, batch=(40, 2), generator=torch.Generator().manual_seed(0)).double()
    importance = torch.tensor([[1.0, onset - 0.01], [1.0, onset + 0.01]])
    best, _ = solve(model, SparseUniform(n_features=2, density=p), importance=importance, keep=5, progress=False).best()
    below, above = best.W[:, 0, 1].abs().tolist()
    assert below < 0.01
    assert 0.02 < above < 0.3


def test_near_equal_importance_feature_two_stays_beyond_the_onset_and_leaves_by_a_jump():
    p, r = torch.tensor([0.97, 0.98]), 0.98
    assert (theory.sharing_onset(p) > r).all()  # dropping is a minimum at both densities
    model = ReLUModel(n_features=2, n_hidden=1, batch=(40, 2), generator=torch.Generator().manual_seed(0)).double()
    features = SparseUniform(n_features=2, density=p[:, None])
    best, _ = solve(model, features, importance=torch.tensor([1.0, r]), keep=5, progress=False).best()
    stays, leaves = best.W[:, 0].abs().amin(-1).tolist()
    assert stays > 0.1
    assert leaves < 0.01


def test_the_onset_of_sharing_is_a_curvature():
    p, step = 0.7, 1e-2
    shift = torch.linspace(-1, 1, 401, dtype=torch.float64)
    W2 = torch.full_like(shift, -step)
    for above, sign in [(-0.02, 1), (0.02, -1)]:
        r = theory.sharing_onset(p).item() + above
        best = torch.inf
        for w in torch.linspace(-0.5, 0.5, 41, dtype=torch.float64):
            W = torch.stack([1 + w * step + 0 * shift, W2], -1)[:, None]
            b = torch.stack([shift * step, p / 2 + step * (1 + w * step) / 2 * p - step**2 * p / 2 + 0 * shift], -1)
            loss = theory.two_in_one_loss(W, b, density=p, importance=torch.tensor([1.0, r], dtype=torch.float64))
            best = min(best, loss.min().item())
        assert (best - theory.fixed_weight_losses(p, r)[0].item()) * sign > 0


@pytest.mark.parametrize("tilt", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(("spread", "price"), [(0.0, 0.05), (0.5, 0.2), (1.0, 0.6)])
def test_the_loss_of_a_tilted_atom_agrees_with_codes_from_a_solver(tilt, spread, price):
    """‖h − Da‖² + λ 1·a is ‖r − Da‖² and a constant, with Dᵀr = Dᵀh − λ/2: least squares with codes ≥ 0."""
    d = torch.tensor([tilt, 1.0], dtype=torch.float64) / (1 + tilt**2) ** 0.5
    D = torch.stack([torch.tensor([1.0, 0.0], dtype=torch.float64), d], 1)
    strength = 1 + spread * (2 * (torch.arange(6) + 0.5) / 6 - 1)
    total = 0.0
    for p, c in torch.cartesian_prod(strength, strength).double():
        h = torch.stack([p, c])
        r = torch.linalg.solve(D.T, D.T @ h - price / 2)
        a = torch.from_numpy(nnls(D.numpy(), r.numpy())[0])
        total += ((h - D @ a).square().sum() + price * a.sum()).item() / 36
    found = theory.absorption_loss(torch.tensor(tilt, dtype=torch.float64), spread=spread, price=price, points=6)
    assert found.item() == pytest.approx(total, abs=1e-9)


def test_a_child_of_constant_strength_absorbs_its_parent_whole():
    tilt = torch.linspace(0, 1.2, 121)
    loss = theory.absorption_loss(tilt, spread=0.0, price=0.05)
    assert tilt[loss.argmin()] == pytest.approx(1, abs=0.011)
    exact = tilt <= 0.9  # codes are a_p − β a_c and a_c √(1 + β²), less the price
    assert torch.allclose(loss[exact], loss[0] - 0.05 * (1 + tilt - (1 + tilt**2).sqrt())[exact], atol=2e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.antipodal_boundary(0.0), "density must lie in"),
        (lambda: theory.sharing_onset(1.5), "density must lie in"),
        (lambda: theory.fixed_weight_losses(0.5, -1.0), "importance must be non-negative"),
        (lambda: theory.two_in_one_loss(torch.ones(1, 3), torch.zeros(2), density=0.5), "must end in shapes"),
        (lambda: theory.two_in_one_loss(torch.tensor([[1.0, 0.0]]), torch.zeros(2), density=0.5), "no entry near 0"),
        (
            lambda: plots.plot_phase_map(torch.ones(2), torch.ones(2), torch.zeros(3, 2), ["a"]),
            "labels must have shape",
        ),
        (
            lambda: plots.plot_phase_map(torch.ones(2), torch.ones(2), torch.ones(2, 2), ["a"]),
            "labels must lie between",
        ),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
