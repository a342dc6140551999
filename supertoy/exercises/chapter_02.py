"""Checks of chapter 2, "Read features as directions"."""

import torch
from torch import Tensor

from supertoy import theory
from supertoy.exercises._exercise import exercise
from supertoy.geometry import gram
from supertoy.seeds import seed


def _square(size: int, *, generator: torch.Generator) -> Tensor:
    """A random orthogonal matrix."""
    return torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64)).Q


@exercise
def check_2_1(answer):
    """`strength(a_turned, Q, W, i)`: how strongly feature i is present, if it is the only one."""
    draws = seed(0)
    W, Q = torch.randn(6, 9, generator=draws, dtype=torch.float64), _square(6, generator=draws)
    for i in range(9):
        c = 0.5 * i - 1.7
        found = answer(Q @ (c * W[:, i]), Q, W, i)
        assert abs(found - c) < 1e-9, f"feature {i}: its coefficient is {c:.2f}, got {found:.4f}"


@exercise
def check_2_2(answer):
    """`simplex(m)`: m + 1 unit directions in m dimensions with dot products −1/m."""
    for m in (1, 2, 3, 10):
        W = answer(m)
        assert tuple(W.shape) == (m, m + 1), f"m = {m}: the shape is {(m, m + 1)}, got {tuple(W.shape)}"
        wanted = (1 + 1 / m) * torch.eye(m + 1, dtype=W.dtype) - 1 / m
        off = (gram(W) - wanted).abs().max().item()
        assert off < 1e-9, f"m = {m}: a dot product is off by {off:.3f}"
        assert abs(1 / m - theory.welch_bound(n_features=m + 1, n_hidden=m)) < 1e-12


@exercise
def check_2_3(answer):
    """`neurons_used(m)`: the participation ratio of a random direction in many dimensions."""
    for m in (1000, 4000):
        w = torch.randn(1000, m, generator=seed(m), dtype=torch.float64)
        found = (w.square().sum(1) ** 2 / w.pow(4).sum(1)).mean().item()
        assert abs(answer(m) / found - 1) < 0.02, f"m = {m}: measured {found:.1f}, got {answer(m):.1f}"
