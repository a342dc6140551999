"""The checks of chapter 11's exercises take what is right, refuse what is wrong, and wait for the rest."""

from math import log

import pytest

from supertoy.exercises.chapter_11 import check_11_1, check_11_2, check_11_3


def shifted(drops, jumps, length, window, around=True):
    near = 0
    for shift in range(length):
        for a in drops:
            gaps = [(b + shift - a) % length for b in jumps]
            near += any((min(g, length - g) if around else g) <= window for g in gaps)
    return near / (length * len(drops))


def time(strength, u0, u1):
    return (log(u1 / (1 - u1)) - log(u0 / (1 - u0))) / (8 * strength)


RIGHT = {check_11_1: lambda k: 2 / k, check_11_2: shifted, check_11_3: time}
WRONG = {
    check_11_1: [lambda k: 1 / k, lambda k: 0.5],
    check_11_2: [
        lambda *given: shifted(*given, around=False),
        lambda drops, jumps, length, window: len(jumps) * (2 * window + 1) / length,
    ],
    check_11_3: [lambda strength, u0, u1: 2 * time(strength, u0, u1), lambda strength, u0, u1: u1 / strength],
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
    check(lambda *given: ...)
    assert capsys.readouterr().out.count("waits") == 2
