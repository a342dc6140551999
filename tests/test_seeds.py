"""What the chapters draw from."""

import json
from pathlib import Path
from types import SimpleNamespace

import execution
import pytest
import torch
from execution import notebooks
from seeds import in_turn, outcome

from supertoy import seed


def test_a_seed_is_a_new_generator_each_time():
    first, second = seed(3), seed(3)
    assert first is not second
    assert torch.equal(torch.rand(4, generator=first), torch.rand(4, generator=second))
    assert seed(4).initial_seed() == 4


def test_the_environment_shifts_every_seed(monkeypatch):
    assert execution.SHIFT == "SUPERTOY_SEED_SHIFT"
    monkeypatch.setenv("SUPERTOY_SEED_SHIFT", "100")
    assert seed(4).initial_seed() == 104


@pytest.mark.parametrize("bad", [-1, 1.0, True, "1"])
@pytest.mark.usefixtures("unchecked")
def test_a_seed_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match=rf"number must be a whole number of at least 0, got {bad!r}"):
        seed(bad)


@pytest.mark.parametrize("bad", ["-1", "x", "1.5", ""])
def test_a_shift_that_is_none_is_refused(bad, monkeypatch):
    monkeypatch.setenv("SUPERTOY_SEED_SHIFT", bad)
    with pytest.raises(ValueError, match="SUPERTOY_SEED_SHIFT must be a whole number"):
        seed(0)


def notebook(path, *outputs, passed=True):
    path.write_text(json.dumps({"cells": [{"outputs": [output]} for output in outputs]}))
    if passed:
        Path(f"{path}.passed").touch()
    return path


def said(word):
    return {"output_type": "stream", "text": f"Verdict (large): {word}. 17.2 on average\n"}


def test_a_shifted_chapter_is_as_before_or_says_what_is_not(tmp_path):
    before = notebook(tmp_path / "before.ipynb", said("reproduced"))
    assert outcome(notebook(tmp_path / "same.ipynb", said("reproduced")), before) == "as before"
    changed = outcome(notebook(tmp_path / "other.ipynb", said("not reproduced")), before)
    assert changed == "VERDICT CHANGED large: reproduced → not reproduced"
    assert outcome(notebook(tmp_path / "none.ipynb"), before) == "VERDICT CHANGED large: reproduced → None"
    error = {"output_type": "error", "ename": "AssertionError", "evalue": ""}
    failed = notebook(tmp_path / "failed.ipynb", said("reproduced"), error, passed=False)
    assert outcome(failed, before) == "FAILED AssertionError"


@pytest.mark.parametrize("given", [{}, {"shift": 3}])
def test_a_shift_that_a_shell_has_set_is_not_the_books(given, monkeypatch, tmp_path):
    ran = {}
    monkeypatch.setenv("SUPERTOY_SEED_SHIFT", "100")
    monkeypatch.setattr(
        execution.subprocess, "run", lambda *_, env, **__: ran.update(env) or SimpleNamespace(returncode=0)
    )
    assert execution.run_copies(tmp_path / "run", [notebook(tmp_path / "a.ipynb")], **given) == 0
    assert ran["SUPERTOY_SEED_SHIFT"] == str(given.get("shift", 0))


def test_over_many_turns_each_chapter_meets_each_of_three_shifts():
    chapters = notebooks()
    met = {(c, shift) for turn in range(3 * len(chapters)) for two, shift in [in_turn(chapters, turn)] for c in two}
    assert met == {(c, shift) for c in chapters for shift in (1, 2, 3)}
    assert all(len(set(in_turn(chapters, turn)[0])) == 2 for turn in range(40))
