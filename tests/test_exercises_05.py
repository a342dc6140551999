"""The checks of chapter 5's exercises take what is right, refuse what is wrong, and wait for the rest."""

import pytest
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
CHECKS = pytest.mark.parametrize("check", RIGHT, ids=lambda check: check.__name__)


@CHECKS
def test_the_right_answer_is_right(check, capsys):
    check(RIGHT[check])
    assert capsys.readouterr().out.endswith("is right\n")


@CHECKS
def test_wrong_answers_are_refused_with_a_reason(check):
    for wrong in WRONG[check]:
        with pytest.raises(AssertionError, match=r"\w"):
            check(wrong)


@CHECKS
def test_no_answer_yet_waits(check, capsys):
    check(...)
    check(lambda *given, **named: ...)
    assert capsys.readouterr().out.count("waits") == 2


def test_the_polygons_it_judges_by_are_the_best_ones():
    radius, bias = chapter_05.HEXAGON
    assert hexagon_loss() == pytest.approx(0.289154, abs=1e-6)
    p = torch.tensor([radius, bias], dtype=torch.float64, requires_grad=True)
    theory.one_active_loss(p[0] * theory.polygon(6, radius=1.0)[0], p[1].expand(6)).sum().backward()
    assert p.grad.abs().max() < 1e-3
    W, b = theory.polygon(5, radius=1.1705)[0], torch.full((5,), -0.2823, dtype=torch.float64)
    assert theory.one_active_loss(W, b).sum().item() == pytest.approx(chapter_05.PENTAGON, abs=1e-5)
