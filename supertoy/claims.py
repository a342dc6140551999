"""What a chapter puts on record, as lines that the build and the tests read: answers of predictions, and verdicts."""

import json
from collections.abc import Sequence

from torch import Tensor

VERDICTS = ("not reproduced", "reproduced", "reproduced with a difference")


def answer(name: str, value: float | Sequence[float] | Tensor) -> None:
    """Print the computed answer of the prediction `name`, which the build holds to the one that the text gives.

    `value` is what the question asks for: a number, an option (from 1 on), an order (from 1 on) or a curve's values.
    """
    value = value.tolist() if isinstance(value, Tensor) else value
    print(f"answer {name} = {json.dumps(value)}")


def verdict(figure: str, holds: bool | Tensor, found: str, *, differs: bool | Tensor = False) -> str:
    """Print and return what the chapter found of a figure of the paper, by a rule that gave `holds` and `differs`.

    "not reproduced", or "reproduced", or where `differs` is true as well "reproduced with a difference"; `found` says
    the numbers.
    """
    word = VERDICTS[bool(holds) * (1 + bool(differs))]
    print(f"Verdict ({figure}): {word}. {found}")
    return word
