"""The checks of chapter 1's exercises take what is right, refuse what is wrong, and wait for the rest."""

import pytest
import torch

from supertoy import lens
from supertoy.exercises.chapter_01 import check_1_1, check_1_2, check_1_3


@pytest.fixture(autouse=True)
def single_precision(double_precision):
    torch.set_default_dtype(torch.float32)


def largest_group(activations, words, entries):
    narrow = lens.narrow_categories(entries, words)
    lists = lens.top_words(activations, words, entries)
    return max((len(g) for found in lists for g in lens.groups(found, narrow)), default=0)


RIGHT = {
    check_1_1: lambda a, i: ((a[i] - a.mean(0)) / a.std(0)).argmax().item(),
    check_1_2: lambda a, chosen: a.clamp(min=0)[chosen].sum() / a.clamp(min=0).sum(),
    check_1_3: largest_group,
}
WRONG = {
    check_1_1: [lambda a, i: a[i].argmax().item(), lambda a, i: (a[i] - a.mean(0)).argmax().item()],
    check_1_2: [lambda a, chosen: a[chosen].sum() / a.sum(), lambda a, chosen: len(chosen) / len(a)],
    check_1_3: [lambda a, words, entries: 0, lambda a, words, entries: largest_group(a[:, :1], words, entries) + 1],
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
