"""Checks of chapter 3, "Build the linear toy"."""

import torch
from torch import Tensor

from supertoy import theory
from supertoy.exercises._exercise import exercise
from supertoy.seeds import seed


def _loss(W: Tensor) -> Tensor:
    """The one-hot loss of W, shape (m, n), without a bias; times n."""
    return (torch.eye(W.shape[1], dtype=W.dtype) - W.T @ W).square().sum()


def _untied_loss(n: int, m: int) -> float:
    """The loss to which an encoder and a decoder of their own are trained."""
    draws = seed(1)
    V = torch.randn(n, m, generator=draws, dtype=torch.float64, requires_grad=True)
    W = torch.randn(m, n, generator=draws, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([V, W], lr=0.02)
    for _ in range(2000):
        optimizer.zero_grad()
        loss = (torch.eye(n, dtype=torch.float64) - V @ W).square().sum() / n
        loss.backward()
        optimizer.step()
    return loss.item()


@exercise
def check_3_1(answer):
    """`least_loss(n, m)`: of the linear toy without bias, at equal importance."""
    for n, m in [(2, 1), (5, 2), (9, 8), (4, 4), (3, 7)]:
        expected = theory.least_linear_loss(1.0, n_features=n, n_hidden=m)
        found = answer(n, m)
        assert abs(found - expected) < 1e-12, f"n = {n}, m = {m}: no model loses {found}"


@exercise
def check_3_2(answer):
    """`flat_directions(n, m)`: how many directions leave the loss at its minimum."""
    for n, m in [(2, 1), (4, 1), (5, 2), (6, 3)]:
        rows = torch.linalg.qr(torch.randn(n, m, generator=seed(0), dtype=torch.float64)).Q.T
        curvature = torch.autograd.functional.hessian(lambda w, m=m, n=n: _loss(w.view(m, n)), rows.flatten())
        flat = (torch.linalg.eigvalsh(curvature).abs() < 1e-9).sum().item()
        found = answer(n, m)
        assert found == flat, f"n = {n}, m = {m}: the second derivative has {flat} zero eigenvalues, got {found}"


@exercise
def check_3_3(answer):
    """`least_untied(n, m)`: the least loss with a decoder of its own."""
    for n, m in [(5, 2), (4, 3), (7, 1)]:
        found, trained = answer(n, m), _untied_loss(n, m)
        assert abs(found - trained) < 1e-3, f"n = {n}, m = {m}: trained to {trained:.4f}, got {found}"
