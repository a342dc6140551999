"""Answers to chapter 2's exercises: the right one of each, and wrong ones."""

import torch
from torch.nn.functional import normalize

from supertoy.exercises import check_2_1, check_2_2, check_2_3


def strength(a_turned, Q, W, i):
    direction = Q @ W[:, i]
    return (a_turned @ direction / (direction @ direction)).item()


def simplex(m):
    centred = torch.eye(m + 1, dtype=torch.float64) - 1 / (m + 1)
    basis = torch.linalg.svd(centred).U[:, :m]
    return normalize(basis.T @ centred, dim=0)


RIGHT = {check_2_1: strength, check_2_2: simplex, check_2_3: lambda m: m / 3}
WRONG = {
    check_2_1: [
        lambda a, Q, W, i: (a @ (Q @ W[:, i])).item(),  # not divided by the length
        lambda a, Q, W, i: (a @ W[:, i] / (W[:, i] @ W[:, i])).item(),  # not turned
    ],
    check_2_2: [
        lambda m: torch.eye(m + 1, dtype=torch.float64)[:m],  # unit vectors, one dropped
        lambda m: simplex(m).T,
    ],
    check_2_3: [lambda m: m, lambda m: m / 2],  # the first: equal shares
}
