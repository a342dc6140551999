"""Checks of chapter 15, "Memorise or generalise"."""

import math

import torch

from supertoy.exercises._exercise import exercise
from supertoy.geometry import feature_dimensionality
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
    """`sample_share(h)`: the share of a dimension of each sample, from hidden states (T, m)."""
    for k, shape in enumerate([(5, 2), (12, 2), (4, 3)]):
        h = torch.randn(shape, generator=seed(k), dtype=torch.float64)
        shares, got = feature_dimensionality(h.T), torch.as_tensor(answer(h))
        assert got.shape == shares.shape, f"T = {shape[0]}: one share for each sample, got shape {tuple(got.shape)}"
        assert torch.allclose(got.to(shares), shares), f"h of shape {shape}: shares are {shares}, got {got}"


@exercise
def check_15_3(answer):
    """`mixture_error(T)`: the memory's squared error on an equal mixture of two neighbouring samples."""
    for count in (5, 8, 15, 30, 60):
        W, b = polygon(count)
        x = torch.zeros(1, count, dtype=torch.float64)
        x[0, :2] = 0.5**0.5
        error, got = (reconstruct(x, W, b) - x).square().sum().item(), float(answer(count))
        assert math.isclose(got, error, rel_tol=1e-6), f"T = {count}: the error is {error:.4g}, got {got:.4g}"
