"""Answers to chapter 10's exercises: the right one of each, and wrong ones."""

import torch

from supertoy import Batch, Features
from supertoy.exercises.chapter_10 import check_10_1, check_10_2, check_10_3


def draw_pairs(strength, s, p, *, first_of_second=None, strict=True):
    first = s < p
    second = (s >= (p if first_of_second is None else first_of_second)) & (s < 2 * p)
    partner = second if strict else ~first
    together, apart = (torch.stack(pair, -1).flatten(-2) for pair in ((first, first), (first, partner)))
    return strength * together, strength * apart


class Twins(Features):
    """Two pairs whose partners are equal, or only each pair's mean, or both pairs in step."""

    def __init__(self, p, equal=True, independent=True):
        self.n_features = 4
        t = torch.cat([torch.zeros(1), (torch.arange(20) + 0.5) / 20])
        weight = torch.cat([torch.tensor([1 - p]), torch.full((20,), p / 20)])
        if independent:
            a, b = torch.cartesian_prod(t, t).T
            weight = torch.cartesian_prod(weight, weight).prod(-1)
        else:
            a = b = t
        self.points = Batch(torch.stack([a, a if equal else a.flip(0), b, b], -1), weight)

    def exact(self):
        """The weighted points."""
        return self.points


RIGHT = {check_10_1: draw_pairs, check_10_2: lambda: 0.37, check_10_3: Twins}
WRONG = {
    check_10_1: [
        lambda strength, s, p: draw_pairs(strength, s, p, strict=False),
        lambda strength, s, p: draw_pairs(strength, s, p, first_of_second=0.0),
        lambda strength, s, p: draw_pairs(strength, s, p)[::-1],
    ],
    check_10_2: [lambda: 0.27, lambda: 0.5],
    check_10_3: [
        lambda p: Twins(p, equal=False),
        lambda p: Twins(p, independent=False),
        lambda p: Twins(2 * p),
    ],
}
