"""The checks of chapter 4's exercises take what is right, refuse what is wrong, and wait for the rest."""

import pytest

from supertoy.exercises.chapter_04 import check_4_1, check_4_2, check_4_3


def fits(f):
    return all(a * (a - c) >= 1 for j, a in enumerate(f) for k, c in enumerate(f) if j != k)


RIGHT = {
    check_4_1: lambda a: 1 - a**2 if 2 * a**2 >= 1 else None,
    check_4_2: lambda s: s**2 / (1 + s**2),
    check_4_3: fits,
}
WRONG = {
    check_4_1: [lambda a: 1 - a**2, lambda a: 0.0 if 2 * a**2 >= 1 else None],
    check_4_2: [lambda s: s / 2, lambda s: s**2 / 2],
    check_4_3: [lambda f: len(f) == 2, lambda f: min(f) < 0 < max(f), lambda f: False],
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
