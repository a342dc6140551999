"""Answers to chapter 12's exercises: the right one of each, and wrong ones."""

import torch
from torch.nn.functional import normalize

from supertoy import reconstruct
from supertoy.exercises.chapter_12 import check_12_1, check_12_2, check_12_3


def sure_push(W):
    push = torch.linalg.svd(W, full_matrices=False)[2][0]
    z = W.T @ W @ push
    return push if torch.relu(z).norm() >= torch.relu(-z).norm() else -push


def harm(push, x, W, b):
    return ((x - reconstruct(x + push, W, b)) ** 2).sum(-1).mean().item()


def best_row(x, W, b, eps):
    """The paper's own."""
    return max(eps * normalize(W.T @ W, dim=1), key=lambda push: harm(push, x, W, b))


def for_all(x, W, b, eps, stretch=1):
    best = push = best_row(x, W, b, eps)
    for _ in range(30):
        x_hat = reconstruct(x + push, W, b)
        push = eps * normalize(((x_hat - x) * (x_hat > 0)).mean(0) @ W.T @ W, dim=0)
        best = max(best, push, key=lambda push: harm(push, x, W, b))
    return stretch * best


RIGHT = {check_12_1: lambda W: torch.linalg.eigvalsh(W @ W.T)[-1], check_12_2: sure_push, check_12_3: for_all}
WRONG = {
    check_12_1: [
        lambda W: (W**2).sum() / W.shape[0],
        lambda W: torch.linalg.matrix_norm(W, 2),
        lambda W: torch.linalg.eigvalsh(W @ W.T)[0],
    ],
    check_12_2: [
        lambda W: -sure_push(W),
        lambda W: torch.linalg.svd(W, full_matrices=False)[2][0],
        lambda W: 2 * sure_push(W),
    ],
    check_12_3: [best_row, lambda *given: for_all(*given, stretch=2), lambda x, W, b, eps: eps * normalize(b, dim=0)],
}
