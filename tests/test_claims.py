"""What chapters put on record."""

import pytest
import torch

from supertoy import answer, verdict
from supertoy.exercises._exercise import exercise


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (0.5, "answer 04-x = 0.5\n"),
        (3, "answer 04-x = 3\n"),
        ([2, 1], "answer 04-x = [2, 1]\n"),
        (torch.tensor([0.5, 1.0]), "answer 04-x = [0.5, 1.0]\n"),
        (torch.tensor(0.25), "answer 04-x = 0.25\n"),
    ],
)
def test_an_answer_is_printed_as_the_build_reads_it(value, line, capsys):
    answer("04-x", value)
    assert capsys.readouterr().out == line


@pytest.mark.parametrize(
    ("holds", "differs", "word"),
    [
        (True, False, "reproduced"),
        (torch.tensor(True), torch.tensor(True), "reproduced with a difference"),
        (False, False, "not reproduced"),
        (False, True, "not reproduced"),
    ],
)
def test_a_verdict_follows_from_its_rule(holds, differs, word, capsys):
    assert verdict("basic", holds, "5 of 5.", differs=differs) == word
    assert capsys.readouterr().out == f"Verdict (basic): {word}. 5 of 5.\n"


@exercise
def check_9_1(answer):
    """Twice two, or how to double."""
    assert (answer(2) if callable(answer) else answer) == 4, "twice two is 4"


@pytest.mark.parametrize("right", [4, lambda x: 2 * x])
def test_a_check_says_that_an_answer_is_right(right, capsys):
    check_9_1(right)
    assert capsys.readouterr().out == "9.1 is right\n"


def stub(x):
    """As a chapter gives it."""
    ...


def halfway(x):
    """Answered for some cases only."""
    return 2 * x if x > 5 else ...


@pytest.mark.parametrize("open_", [..., lambda x: ..., stub, halfway])
def test_a_check_waits_for_an_answer(open_, capsys):
    check_9_1(open_)
    assert capsys.readouterr().out.startswith("9.1 waits for your answer")


@pytest.mark.parametrize("wrong", [5, lambda x: 4 * x, lambda x: 5])
def test_a_check_says_what_is_wrong(wrong):
    with pytest.raises(AssertionError, match="twice two is 4"):
        check_9_1(wrong)
