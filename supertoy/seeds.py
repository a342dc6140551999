"""Where the chapters' randomness begins."""

import os

import torch

from supertoy._checks import whole_number

SHIFT = "SUPERTOY_SEED_SHIFT"
"""Name of the environment variable that moves every seed: a chapter must say the same at other seeds."""


def seed(number: int) -> torch.Generator:
    """A new generator that starts at `number` (≥ 0), so that `seed(0)` draws the same each time it is written.

    The environment variable SUPERTOY_SEED_SHIFT, a whole number ≥ 0, is added to it.

    Raises `ValueError` if either is not such a number.
    """
    number = whole_number("number", number, at_least=0)
    shift = os.environ.get(SHIFT, "0")
    if not shift.isdecimal():
        raise ValueError(f"{SHIFT} must be a whole number of at least 0, got {shift!r}")
    return torch.Generator().manual_seed(number + int(shift))
