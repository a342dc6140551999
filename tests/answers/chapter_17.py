"""Answers to chapter 17's exercises: the right one of each, and wrong ones."""

import torch
from torch.nn.functional import normalize

from supertoy.dictionary import sparse_code
from supertoy.exercises.chapter_17 import check_17_1, check_17_2, check_17_3

DTYPE = torch.float32  # as the lens reads


def explained(h, h_hat):
    return 1 - (h - h_hat).square().sum() / (h - h.mean(0)).square().sum()


def best_of(D, h, k):
    x, D = h - h.mean(0), normalize(D, dim=1)
    return explained(x, sparse_code(x, D, k) @ D)


RIGHT = {
    check_17_1: explained,
    check_17_2: lambda D, other: (normalize(D, dim=1) @ normalize(other, dim=1).T).amax(1).mean(),
    check_17_3: best_of,
}
WRONG = {
    check_17_1: [
        lambda h, h_hat: 1 - (h - h_hat).square().sum() / h.square().sum(),
        lambda h, h_hat: (h - h_hat).square().mean(),
    ],
    check_17_2: [
        lambda D, other: (D @ other.T).amax(1).mean(),
        lambda D, other: (normalize(D, dim=1) @ normalize(other, dim=1).T).amax(0).mean(),
    ],
    check_17_3: [
        lambda D, h, k: explained(h, sparse_code(h, D, k) @ normalize(D, dim=1)),
        lambda D, h, k: best_of(D, h, k + 1),
    ],
}
