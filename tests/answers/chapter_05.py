"""Answers to chapter 5's exercises: the right one of each, and wrong ones."""

import torch

from supertoy import theory
from supertoy.exercises import chapter_05
from supertoy.exercises.chapter_05 import check_5_1, check_5_2, check_5_3


def radius_needed(directions):
    closest = (directions.T @ directions).fill_diagonal_(-1).max()
    return (1 / (1 - closest)) ** 0.5


def hexagon_loss():
    radius, bias = chapter_05.HEXAGON
    W = theory.polygon(6, radius=radius)[0]
    return theory.one_active_loss(W, torch.full((6,), bias, dtype=torch.float64)).sum().item()


def tipping_importance():
    hexagon = hexagon_loss()
    return (5 * hexagon / 6 - chapter_05.PENTAGON) / (1 / 3 - 1 / 24 - hexagon / 6)


RIGHT = {
    check_5_1: lambda m, bias: float("inf") if bias and m >= 2 else 2 * m,
    check_5_2: radius_needed,
    check_5_3: tipping_importance,
}
WRONG = {
    check_5_1: [lambda m, bias: 2 * m, lambda m, bias: float("inf") if bias else 2 * m, lambda m, bias: m],
    check_5_2: [lambda directions: 1.0, lambda directions: 2 * radius_needed(directions)],
    check_5_3: [lambda: 1.0, lambda: 0.5],
}
