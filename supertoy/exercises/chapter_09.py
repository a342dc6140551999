"""Checks of chapter 9, "Map the geometry"."""

from math import cos, pi, sin

import torch

from supertoy.exercises._exercise import exercise
from supertoy.geometry import cosines, feature_dimensionality
from supertoy.polytopes import polytope


@exercise
def check_9_1(answer):
    """`polygon_share(corners)`: the share of each corner of a regular polygon."""
    for corners in (3, 5, 8, 50):
        turn = [2 * pi * corner / corners for corner in range(corners)]
        W = torch.tensor([[cos(a) for a in turn], [sin(a) for a in turn]])
        share, measured = answer(corners), feature_dimensionality(W).mean().item()
        assert abs(share - measured) < 1e-4, f"{corners} corners: measured {measured:.4f}, got {share}"


@exercise
def check_9_2(answer):
    """`most_possible(W)`: the bound W_i·F⁻¹W_i of each share, F = WWᵀ with its pseudo-inverse."""
    noise = torch.randn(3, 4, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    noise[0, 3] = 0  # of rank 3
    for W in (*noise, polytope("wide square antiprism"), polytope("pentagon")):
        bound, rank = answer(W), torch.linalg.matrix_rank(W).item()
        assert bound.shape == W.shape[1:], f"one bound for each feature, shape {tuple(W.shape[1:])}"
        assert (feature_dimensionality(W) <= bound + 1e-6).all(), "a share is above your bound"
        assert abs(bound.sum() - rank) < 1e-6, f"your bounds sum to {bound.sum():.3f}, and the rank is {rank}"


@exercise
def check_9_3(answer):
    """`squeezed(pairs)`: antipodal pairs in one dimension less than there are pairs, at equal angles."""
    for pairs in (3, 5, 9, 20):
        W, share = answer(pairs), (pairs - 1) / (2 * pairs)
        assert W.shape == (pairs - 1, 2 * pairs), f"{pairs} pairs: shape {tuple(W.shape)}"
        assert (cosines(W).amin(-1) < -0.999).all(), f"{pairs} pairs: not all have an antipode"
        found = feature_dimensionality(W)
        assert (found - share).abs().max() < 1e-4, f"{pairs} pairs: shares from {found.min():.4f} to {found.max():.4f}"
