"""Answers to chapter 9's exercises: the right one of each, and wrong ones."""

import torch

from supertoy.exercises.chapter_09 import check_9_1, check_9_2, check_9_3
from supertoy.geometry import feature_dimensionality


def most_possible(W):
    return (W * (torch.linalg.pinv(W @ W.T) @ W)).sum(0)


def squeezed(pairs):
    axes = torch.linalg.eigh(torch.eye(pairs) - 1 / pairs)[1][:, 1:].T
    axes = axes / axes.norm(dim=0)
    return torch.cat([axes, -axes], -1)


def straight(pairs):
    """One dimension too many."""
    return torch.cat([torch.eye(pairs), -torch.eye(pairs)], -1)


def leaning(pairs):
    """Antipodes, but at unequal angles."""
    axes = torch.cat([torch.eye(pairs - 1), torch.ones(pairs - 1, 1)], 1)
    return torch.cat([axes, -axes], -1)


RIGHT = {check_9_1: lambda corners: 2 / corners, check_9_2: most_possible, check_9_3: squeezed}
WRONG = {
    check_9_1: [lambda corners: 1 / corners, lambda corners: 2 / (corners + 1), lambda corners: 0.4],
    check_9_2: [feature_dimensionality, lambda W: torch.ones(W.shape[1]), lambda W: (W**2).sum()],
    check_9_3: [straight, leaning, lambda pairs: squeezed(pairs)[:, :pairs].repeat(1, 2)],
}
