"""Checks of chapter 15, "Memorise or generalise"."""

import math

import torch

from supertoy.exercises._exercise import exercise
from supertoy.model import reconstruct
from supertoy.seeds import seed
from supertoy.theory import polygon


@exercise
def check_15_1(answer):
    """`overshoot(T, eps)`: what output t of the memory says at (1 + eps) h_t."""
    for count in (3, 5, 12, 30, 100):
        W, b = polygon(count)
        for eps in (0.0, 0.1, 0.5):
            said = torch.relu((1 + eps) * W[:, 0] @ W[:, 0] + b[0]).item()
            got = answer(count, eps)
            assert math.isclose(got, said, rel_tol=1e-6), f"T = {count}, eps = {eps}: the toy says {said}, got {got}"


@exercise
def check_15_2(answer):
    """`without_labels(W, X)`: W, with 0 for each feature longer than the hidden state of every sample."""
    for k in range(20):
        W = torch.randn(2, 9, generator=seed(k), dtype=torch.float64)
        X = torch.rand(4, 9, generator=seed(100 + k), dtype=torch.float64) * (0.2 + k / 20)
        rim = (X @ W.T).norm(dim=1).max()
        before, right = W.clone(), W * (W.norm(dim=0) <= rim)
        got = answer(W, X)
        assert torch.equal(W, before), "W itself must stay as it is: return another tensor"
        assert torch.is_tensor(got), f"weights are wanted, got {got!r}"
        assert got.shape == W.shape, f"weights of shape (2, 9) are wanted, got {tuple(got.shape)}"
        assert torch.allclose(got.to(W), right), f"rim {rim:.3f}, lengths {W.norm(dim=0)}: got {got}"


@exercise
def check_15_3(answer):
    """`mixture_error(T)`: the memory's squared error on an equal mixture of two neighbouring samples."""
    for count in (5, 8, 15, 30, 60):
        W, b = polygon(count)
        x = torch.zeros(1, count, dtype=torch.float64)
        x[0, :2] = 0.5**0.5
        error, got = (reconstruct(x, W, b) - x).square().sum().item(), float(answer(count))
        assert math.isclose(got, error, rel_tol=1e-6), f"T = {count}: the error is {error:.4g}, got {got:.4g}"
