"""Weighted points: every way to take an expectation is unbiased, and all agree, with each other and with autograd."""

import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from supertoy import (
    Batch,
    LinearModel,
    OneHot,
    ReLUModel,
    SparseUniform,
    batch_loss,
    expected_loss,
    feature_loss,
    solve,
)
from supertoy.loss import half_line_moments
from supertoy.newton import _expand, _Points

configurations = st.tuples(
    st.integers(2, 6),
    st.integers(1, 3),
    st.floats(0.02, 1.0),
    st.integers(0, 10**6),
    st.sampled_from(["relu", "linear"]),
)


def toy(n, m, seed, activation="relu", batch=()):
    """A model with random weights and biases, and importances."""
    generator = torch.Generator().manual_seed(seed)
    kind = ReLUModel if activation == "relu" else LinearModel
    model = kind(n_features=n, n_hidden=m, batch=batch, generator=generator)
    W = torch.randn(model.W.shape, generator=generator) * 0.7
    b = torch.randn(model.b.shape, generator=generator) * 0.3
    return kind.from_weights(W, b), torch.rand(n, generator=generator)


def plain(model, batch, importance):
    """The mean over a batch of plain points, by the definition."""
    return feature_loss(batch.x, model(batch.x), weight=batch.weight, importance=importance).sum(-1).detach()


@settings(max_examples=20, deadline=None)
@given(configurations)
def test_quadrature_strata_and_draws_agree(configuration):
    n, m, p, seed, activation = configuration
    (model, importance), features = toy(n, m, seed, activation), SparseUniform(n_features=n, density=p)
    exact = expected_loss(model, features, importance=importance)
    assert exact.standard_error.item() == 0
    generator = torch.Generator().manual_seed(seed)
    for draw in (features.sample, features.stratified):
        parts = torch.stack(
            [batch_loss(model, draw(2000, generator=generator), importance=importance).detach() for _ in range(20)]
        )
        spread = parts.std().item() / 20**0.5
        assert parts.mean().item() == pytest.approx(exact.loss.item(), abs=5 * spread + 2e-3 * exact.loss.item())


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_quadrature_converges_to_its_stated_digits(n):
    model, importance = toy(n, 2, n, batch=(10,))
    features = SparseUniform(n_features=n, density=torch.linspace(0.05, 1, 10)[:, None])
    fine = batch_loss(model, features.quadrature(budget=20_000), importance=importance)
    coarse = batch_loss(model, features.quadrature(), importance=importance)
    assert torch.allclose(coarse, fine, rtol=1e-4 if n <= 3 else 2e-3)


def test_a_batch_in_parts_adds_up_to_the_whole(generator):
    model, importance = toy(4, 2, 0, batch=(3,))
    for batch in (SparseUniform(n_features=4, density=0.3).quadrature(), OneHot(n_features=4).exact()):
        whole = batch_loss(model, batch, importance=importance)
        parts = sum(batch_loss(model, part, importance=importance) for part in batch.parts(3))
        assert torch.allclose(parts, whole, rtol=1e-12)


@pytest.mark.parametrize("p", [0.01, 0.3, 1.0])
def test_weights_sum_to_one(p, generator):
    for n in (1, 2, 5):
        features = SparseUniform(n_features=n, density=torch.tensor([[p], [0.5]]))
        assert torch.allclose(features.quadrature().weight.sum(-1), torch.ones(2))
        assert torch.allclose(features.sample(7, generator=generator).weight.sum(-1), torch.ones(1))
    many = SparseUniform(n_features=50, density=p).stratified(4000, generator=generator)
    assert many.weight.sum().item() == pytest.approx(1)


def test_quadrature_knows_the_moments_of_every_feature():
    """E x = p/2 and Var x = p/3 − p²/4, densities differing by feature: the loss of W = 0 with two biases."""
    p = torch.tensor([0.1, 0.5, 1.0])
    features = SparseUniform(n_features=3, density=p)
    for bias in (0.0, 0.4):
        model = ReLUModel.from_weights(torch.zeros(1, 3), torch.full((3,), bias))
        assert expected_loss(model, features).loss.item() == pytest.approx((p / 3 - bias * p + bias**2).sum().item())


def test_strata_are_unbiased_for_every_density_that_shares_them(generator):
    density = torch.tensor([[0.01], [0.05], [0.3], [1.0]])
    features = SparseUniform(n_features=30, density=density)
    batches = [features.stratified(400, generator=generator) for _ in range(100)]
    on = torch.stack([((b.x + b.along / 2) * b.weight[..., None]).sum((-1, -2)) for b in batches])
    error = on.std(0) / 10
    assert ((on.mean(0) - 30 * density[:, 0] / 2).abs() < 5 * error + 1e-9).all()


def test_strata_beat_plain_draws_where_inputs_are_sparse(generator):
    model, importance = toy(20, 4, 0)
    features = SparseUniform(n_features=20, density=0.05)
    spread = [
        torch.stack(
            [batch_loss(model, draw(500, generator=generator), importance=importance).detach() for _ in range(40)]
        )
        for draw in (features.sample, features.stratified)
    ]
    assert spread[1].std() < 0.8 * spread[0].std()


def test_the_standard_error_is_honest():
    """Over 40 seeds the estimate of n = 12 lies within two standard errors of the truth about 95 % of the time."""
    model, importance = toy(12, 3, 1)
    features = SparseUniform(n_features=12, density=0.2)
    truth = expected_loss(model, features, importance=importance, n_points=2**19).loss
    inside = 0
    for seed in range(40):
        generator = torch.Generator().manual_seed(seed + 1)
        loss, error = expected_loss(model, features, importance=importance, n_points=2**10, generator=generator)
        assert error > 0
        inside += bool((loss - truth).abs() < 2 * error)
    assert inside >= 33


def test_densities_that_differ_by_feature_are_estimated_by_plain_draws():
    model, importance = toy(8, 2, 3)
    density = torch.linspace(0.05, 0.9, 8)
    features = SparseUniform(n_features=8, density=density)
    loss, error = expected_loss(model, features, importance=importance, n_points=2**14)
    x = features.sample(400_000, generator=torch.Generator().manual_seed(9))
    assert loss.item() == pytest.approx(plain(model, x, importance).item(), abs=6 * error.item())


@settings(max_examples=25, deadline=None)
@given(configurations)
def test_the_gradient_by_hand_passes_gradcheck(configuration):
    n, m, p, seed, activation = configuration
    model, importance = toy(n, m, seed, activation, batch=(2,))
    generator = torch.Generator().manual_seed(seed)
    batch = SparseUniform(n_features=n, density=torch.tensor([[p], [0.7]])).sample(6, generator=generator)
    weight = torch.rand(2, 6, generator=generator)

    def loss(W, b):
        model.W, model.b = torch.nn.Parameter(W), torch.nn.Parameter(b)  # shapes and devices, then the graph:
        model._parameters["W"], model._parameters["b"] = W, b
        return batch_loss(model, Batch(batch.x, weight), importance=importance)

    leaves = tuple(t.detach().clone().requires_grad_() for t in (model.W, model.b))
    assert torch.autograd.gradcheck(loss, leaves)


@settings(max_examples=15, deadline=None)
@given(configurations)
def test_batch_loss_and_its_gradient_are_those_of_the_definition(configuration):
    n, m, p, seed, activation = configuration
    model, importance = toy(n, m, seed, activation)
    batch = SparseUniform(n_features=n, density=p).sample(50, generator=torch.Generator().manual_seed(seed))
    loss = batch_loss(model, batch, importance=importance)
    loss.backward()
    W, b = (t.detach().clone().requires_grad_() for t in (model.W, model.b))
    z = batch.x @ W.mT @ W + b
    x_hat = torch.relu(z) if activation == "relu" else z
    by_definition = (importance * (batch.x - x_hat) ** 2).sum(-1).mean()
    by_definition.backward()
    assert loss.item() == pytest.approx(by_definition.item(), rel=1e-12)
    assert torch.allclose(model.W.grad, W.grad, atol=1e-12)
    assert torch.allclose(model.b.grad, b.grad, atol=1e-12)


def test_moments_of_a_half_line_match_a_fine_sum():
    gain, bias = (
        torch.tensor([2.0, -2.0, 0.0, 0.0, 1.0, -1.0, 3.0]),
        torch.tensor([-1.0, 1.0, 0.5, -0.5, 0.5, -0.5, 0.0]),
    )
    t = (torch.arange(200_000) + 0.5) / 200_000
    on = (gain[:, None] * t + bias[:, None] > 0).double()
    by_sum = torch.stack([(on * t**r).mean(-1) for r in range(3)])
    assert torch.allclose(half_line_moments(gain, bias), by_sum, atol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_newton_sees_the_loss_its_gradient_and_its_hessian(activation):
    """On plain points the Hessian is exact; a second difference of gradients says so."""
    n, m = 4, 2
    model, importance = toy(n, m, 5, activation, batch=(3,))
    x = SparseUniform(n_features=n, density=0.6).sample(40, generator=torch.Generator().manual_seed(0))
    rows = torch.zeros(3, dtype=torch.long)
    points = _Points.of(x, model, rows, importance.expand(3, n))
    theta = torch.cat([model.W, model.b[:, None]], 1).detach()
    loss, slope, curvature = _expand(theta, points)
    expected = batch_loss(model, x, importance=importance)
    expected.sum().backward()
    assert torch.allclose(loss, expected, atol=1e-12)
    assert torch.allclose(slope.view_as(theta), torch.cat([model.W.grad, model.b.grad[:, None]], 1), atol=1e-12)
    for k in range(slope.shape[1]):
        step = torch.zeros_like(slope)
        step[:, k] = 1e-6
        up, down = (_expand(theta + sign * step.view_as(theta), points)[1] for sign in (1, -1))
        assert torch.allclose((up - down) / 2e-6, curvature[:, k], atol=1e-6)


def test_solve_finds_the_pair_that_theory_knows():
    """n=2, m=1: the trained optimum is no worse than the closed forms of the dedicated and the antipodal solution."""
    p, r = torch.linspace(0.05, 1, 8), torch.tensor([0.1, 0.5, 1.0])
    importance = torch.stack([torch.ones(3), r], -1)
    model = ReLUModel(n_features=2, n_hidden=1, batch=(12, 8, 3), generator=torch.Generator().manual_seed(0))
    features = SparseUniform(n_features=2, density=p[:, None, None])
    solution = solve(model, features, importance=importance, progress=False)
    best, loss = solution.best()
    dedicated = r * (p / 3 - p**2 / 4)[:, None]
    antipodal = (1 + r) * (p**2 / 6)[:, None]
    assert (loss <= torch.minimum(dedicated, antipodal) + 1e-12).all()
    assert torch.allclose(loss, expected_loss(best, features, importance=importance).loss)
    assert torch.isinf(solution.loss).sum() == 9 * 24  # three of twelve restarts are kept
    assert solution.slope.nan_to_num(0).max() < 1e-6
    assert solution.finished


def test_solve_sums_a_finite_distribution_and_keeps_a_fixed_bias():
    model = LinearModel(n_features=5, n_hidden=2, batch=(4,), bias=False, generator=torch.Generator().manual_seed(0))
    solution = solve(model, OneHot(n_features=5), keep=4, progress=False)
    assert torch.allclose(solution.loss, torch.full((4,), 3 / 5))
    assert torch.equal(model.b, torch.zeros(4, 5))


def test_solve_gives_the_same_bits_again():
    ends = []
    for _ in range(2):
        model = ReLUModel(n_features=3, n_hidden=2, batch=(6, 2), generator=torch.Generator().manual_seed(0))
        ends.append(solve(model, SparseUniform(n_features=3, density=0.2), progress=False).loss)
    assert torch.equal(*ends)


def test_an_interrupted_solve_keeps_what_was_finished(monkeypatch):
    newton = sys.modules["supertoy.newton"]
    calls, descend = [], newton._descend

    def interrupt(*args):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return descend(*args)

    monkeypatch.setattr(newton, "_descend", interrupt)
    monkeypatch.setattr(newton, "ROOM", 1)
    model = ReLUModel(n_features=2, n_hidden=1, batch=(4, 3), generator=torch.Generator().manual_seed(0))
    solution = solve(model, SparseUniform(n_features=2, density=0.2), progress=False)
    assert not solution.finished
    assert torch.isfinite(solution.loss).any(0).tolist() == [True, False, False]
