"""Answers to chapter 15's exercises: the right one of each, and wrong ones."""

from math import cos, pi

import torch

from supertoy.exercises.chapter_15 import check_15_1, check_15_2, check_15_3


def without_labels(W, X):
    return W * (W.norm(dim=0) <= (X @ W.T).norm(dim=1).max())


def in_place(W, X):
    W[:, W.norm(dim=0) > (X @ W.T).norm(dim=1).max()] = 0
    return W


def mixture_error(T):
    r2 = 1 / (1 - cos(2 * pi / T))
    total = 0
    for t in range(T):
        z = r2 * ((cos(2 * pi * t / T) + cos(2 * pi * (t - 1) / T)) / 2**0.5 - cos(2 * pi / T))
        total += (max(0, z) - (0.5**0.5 if t < 2 else 0)) ** 2
    return total


RIGHT = {
    check_15_1: lambda T, eps: 1 + eps / (1 - cos(2 * pi / T)),
    check_15_2: without_labels,
    check_15_3: mixture_error,
}
WRONG = {
    check_15_1: [lambda T, eps: 1 + eps, lambda T, eps: (1 + eps) / (1 - cos(2 * pi / T))],
    check_15_2: [lambda W, X: W, lambda W, X: torch.zeros_like(W), lambda W, X: W[:, :4], in_place, lambda W, X: 0],
    check_15_3: [lambda T: 1.0, lambda T: 2 * (1 / (1 - cos(2 * pi / T)) * 0.4) ** 2],
}
