"""Answers to chapter 6's exercises: the right one of each, and wrong ones."""

import torch

from supertoy import SparseUniform
from supertoy.exercises.chapter_06 import check_6_1, check_6_2, check_6_3


@torch.no_grad()
def losses(model, p, n_points, generator):
    x = SparseUniform(n_features=model.n_features, density=p).sample(n_points, generator=generator).x
    return (x - model(x)).square().sum(-1)


def estimate(*given):
    drawn = losses(*given)
    return drawn.mean().item(), (drawn.std() / len(drawn) ** 0.5).item()


def spread_of_one_draw(*given):
    drawn = losses(*given)
    return drawn.mean().item(), drawn.std().item()


def mean_over_features(*given):
    mean, error = estimate(*given)
    return mean / 5, error / 5


RIGHT = {
    check_6_1: lambda n: 1 - 0.5 ** (1 / (n - 1)),
    check_6_2: estimate,
    check_6_3: lambda p: (8 - 5 * p) / (8 - 6 * p),
}
WRONG = {
    check_6_1: [lambda n: 1 - 0.5 ** (1 / n), lambda n: 1 / (2 * (n - 1))],
    check_6_2: [spread_of_one_draw, mean_over_features],
    check_6_3: [lambda p: 1.0, lambda p: 1 + p / 4],
}
