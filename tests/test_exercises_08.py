"""The checks of chapter 8's exercises take what is right, refuse what is wrong, and wait for the rest."""

import pytest

from supertoy.exercises.chapter_08 import check_8_1, check_8_2, check_8_3

RIGHT = {
    check_8_1: lambda r: 4 * min(r, 1 / r) / (2 + 5 * min(r, 1 / r)),
    check_8_2: lambda p: p / (1 - 2 * p),
    check_8_3: lambda c3, c4: (c3**2 / (4 * c4), -c3 / (2 * c4)),
}
WRONG = {
    check_8_1: [lambda r: 4 * r / (2 + 5 * r), lambda r: 4 / 7, lambda r: 2.0],
    check_8_2: [lambda p: 2 * p / (4 - 5 * p), lambda p: p / (1 - p)],
    check_8_3: [lambda c3, c4: (0.0, -c3 / (2 * c4)), lambda c3, c4: (c3**2 / (4 * c4), 0.0)],
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
