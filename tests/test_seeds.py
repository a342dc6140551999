"""What the chapters draw from."""

import pytest
import torch

from supertoy import seed


def test_a_seed_is_a_new_generator_each_time():
    first, second = seed(3), seed(3)
    assert first is not second
    assert torch.equal(torch.rand(4, generator=first), torch.rand(4, generator=second))
    assert seed(4).initial_seed() == 4


def test_the_environment_shifts_every_seed(monkeypatch):
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
