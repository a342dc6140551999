"""The checks of the exercises take what is right, refuse what is wrong, and wait for the rest."""

from importlib import import_module
from pathlib import Path

import pytest
import torch
from answers.chapter_05 import hexagon_loss

from supertoy import Features, exercises, theory
from supertoy.exercises import chapter_05, check_10_3

ANSWERS = [import_module(f"answers.{path.stem}") for path in sorted(Path(__file__).parent.glob("answers/*.py"))]
CHECKS = [(check, answers) for answers in ANSWERS for check in answers.RIGHT]
each_check = pytest.mark.parametrize(("check", "answers"), CHECKS, ids=lambda given: given.__name__.split(".")[-1])


@pytest.fixture(autouse=True)
def precision(request, double_precision):
    """Double, unless a chapter's answers are in another."""
    answers = request.node.callspec.params.get("answers") if hasattr(request.node, "callspec") else None
    torch.set_default_dtype(getattr(answers, "DTYPE", torch.float64))


def stub(*given, **named): ...


def number(check):
    return check.__name__.removeprefix("check_").replace("_", ".")


def test_every_exercise_has_a_check_and_answers():
    chapters = {int(path.stem[:2]) for path in Path(__file__).parent.parent.glob("book/[0-9]*.ipynb")}
    names = {name for name in vars(exercises) if name.startswith("check_")}
    assert names == {check.__name__ for check, _ in CHECKS}
    assert names == {f"check_{chapter}_{i}" for chapter in chapters for i in (1, 2, 3)}
    assert all(len(answers.WRONG[check]) >= 2 for check, answers in CHECKS)


@each_check
def test_the_right_answer_is_right(check, answers, capsys):
    check(answers.RIGHT[check])
    assert capsys.readouterr().out == f"{number(check)} is right\n"


@each_check
def test_wrong_answers_are_refused_with_a_reason(check, answers):
    for wrong in answers.WRONG[check]:
        with pytest.raises(AssertionError, match=r"\w"):
            check(wrong)


@each_check
@pytest.mark.parametrize("open_", [..., lambda *given, **named: ..., stub], ids=["dots", "returned", "stub"])
def test_no_answer_yet_waits(check, answers, open_, capsys):
    check(open_)
    assert capsys.readouterr().out.startswith(f"{number(check)} waits")


def test_the_polygons_that_chapter_5_judges_by_are_the_best_ones():
    radius, bias = chapter_05.HEXAGON
    assert hexagon_loss() == pytest.approx(0.289154, abs=1e-6)
    p = torch.tensor([radius, bias], dtype=torch.float64, requires_grad=True)
    theory.one_active_loss(p[0] * theory.polygon(6, radius=1.0)[0], p[1].expand(6)).sum().backward()
    assert p.grad.abs().max() < 1e-3
    W, b = theory.polygon(5, radius=1.1705)[0], torch.full((5,), -0.2823, dtype=torch.float64)
    assert theory.one_active_loss(W, b).sum().item() == pytest.approx(chapter_05.PENTAGON, abs=1e-5)


class Empty(Features):
    """As the stub of exercise 10.3 gives it."""

    def __init__(self, p):
        self.n_features = 4

    def exact(self):
        """None yet."""
        return ...


def test_a_class_without_points_yet_waits(capsys):
    check_10_3(Empty)
    assert "waits" in capsys.readouterr().out
