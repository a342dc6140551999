"""Newton's method: its expansion against differences, and the optima that it finds."""

import sys

import pytest
import torch
from randoms import toy

from supertoy import LinearModel, OneHot, ReLUModel, SparseUniform, batch_loss, expected_loss, solve
from supertoy.newton import _expand, _Points


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
