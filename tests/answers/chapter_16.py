"""Answers to chapter 16's exercises: the right one of each, and wrong ones."""

import torch
from torch.nn.functional import normalize

from supertoy.exercises.chapter_16 import check_16_1, check_16_2, check_16_3


def codes(p, c, beta):
    length = (1 + beta**2) ** 0.5
    return (p - beta * c, c * length) if beta * c <= p else (0.0, (c + beta * p) / length)


def exact(p, c, beta):
    return p - beta * c, c * (1 + beta**2) ** 0.5


def cut(p, c, beta):
    return max(0.0, p - beta * c), c * (1 + beta**2) ** 0.5


def lean(t):
    M = torch.tensor([[1 / 3, t / 4], [t / 4, t / 3]], dtype=torch.float64)
    d = torch.linalg.eigh(M).eigenvectors[:, -1]
    return (d[1] / d[0]).item()


RIGHT = {
    check_16_1: lambda D, W: (normalize(D, dim=1) @ normalize(W, dim=0)).amax(0).mean(),
    check_16_2: codes,
    check_16_3: lean,
}
WRONG = {
    check_16_1: [
        lambda D, W: (normalize(D, dim=1) @ normalize(W, dim=0)).amax(1).mean(),
        lambda D, W: (D @ W).amax(0).mean(),
        lambda D, W: (normalize(D, dim=1) @ normalize(W, dim=0)).abs().amax(0).mean(),
    ],
    check_16_2: [exact, cut, lambda p, c, beta: (p, c)],
    check_16_3: [lambda t: t, lambda t: 3 * t / 4, lambda t: 0.0],
}
