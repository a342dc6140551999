"""Answers to chapter 14's exercises: the right one of each, and wrong ones."""

import torch

from supertoy.exercises.chapter_14 import check_14_1, check_14_2, check_14_3


def least_loss(y, m):
    return torch.linalg.eigvalsh(torch.cov(y.mT, correction=0))[: y.shape[1] - m].sum()


def few_neurons(n, spare=2):
    m = n + spare
    neuron, feature = torch.arange(m).double() + 0.5, torch.arange(n).double() + 1
    W = torch.sin(torch.pi / m * (neuron[:, None] - feature))  # directions in a plane that interleave
    V = torch.linalg.pinv(torch.cat([torch.relu(W), torch.relu(-W)], 1))
    return W, torch.cat([torch.eye(n), torch.eye(n)], 1).double() @ V


def two_each(n):
    one = torch.eye(n)
    W = torch.cat([one, -one])
    return W, W.mT.abs()


RIGHT = {
    check_14_1: lambda W, V: (W, torch.relu(W.mT)),
    check_14_2: least_loss,
    check_14_3: few_neurons,
}
WRONG = {
    check_14_1: [lambda W, V: (W, V), lambda W, V: (torch.relu(W), V), lambda W, V: (W, V / 2)],
    check_14_2: [
        lambda y, m: torch.linalg.eigvalsh(torch.cov(y.mT))[: y.shape[1] - m].sum(),
        lambda y, m: torch.linalg.eigvalsh(torch.cov(y.mT, correction=0))[m:].sum(),
        lambda y, m: (torch.linalg.svdvals(y)[m:] ** 2).mean(),
    ],
    check_14_3: [two_each, lambda n: few_neurons(n, 1)],
}
