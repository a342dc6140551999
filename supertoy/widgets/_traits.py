"""Traits whose errors say what is wrong: a `ValueError` that names the trait, the rule and the value received."""

import math
from collections.abc import Iterable
from typing import Any

import traitlets
from torch import Tensor


class Plain(traitlets.TraitType):
    """A trait of plain data, kept in step with the widget's view. Its kinds say in `rule` what they take."""

    rule = "anything"

    def __init__(self, default: Any, **kwargs: Any):
        super().__init__(default_value=default, **kwargs)
        self.tag(sync=True)

    def range(self) -> dict[str, Any]:
        """What the trait's control in the page has to know; nothing for traits without one."""
        return {}

    def refuse(self, value: Any):
        """Raise the error."""
        raise ValueError(f"{self.name} must be {self.rule}, got {value!r}")


def _plain_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


class Number(Plain):
    """A finite number in a range, its ends included.

    Its slider moves in so many steps, or on a logarithmic scale, over the range or `slider`, a part of it.
    """

    def __init__(
        self,
        default: float | None,
        *,
        at_least: float = -math.inf,
        at_most: float = math.inf,
        step: float | None = None,
        log: bool = False,
        slider: tuple[float, float] | None = None,
        **kwargs: Any,
    ):
        super().__init__(default, **kwargs)
        self.at_least, self.at_most = at_least, at_most
        self.control = {"step": step or (None if log else 0.01), "log": log or None, "slider": slider}
        self.rule = f"a number from {at_least:g} to {at_most:g}"

    def range(self) -> dict[str, Any]:
        """Ends, where there are any, and how a slider moves between them."""
        ends = {"min": self.at_least, "max": self.at_most}
        return {k: v for k, v in (ends | self.control).items() if v not in (None, math.inf, -math.inf)}

    def validate(self, obj: Any, value: Any) -> float | None:
        """The number, or None where that is allowed."""
        if value is None and self.allow_none:
            return None
        if isinstance(value, Tensor) and value.ndim == 0:
            value = value.item()
        good = _plain_number(value) and self.at_least <= value <= self.at_most
        return value if good else self.refuse(value)


class Whole(Number):
    """A whole number in a range, its ends included."""

    def __init__(self, default: int, **kwargs: Any):
        super().__init__(default, step=1, **kwargs)
        self.rule = f"a whole number from {self.at_least:g} to {self.at_most:g}"

    def validate(self, obj: Any, value: Any) -> int:
        """The number as an int."""
        return int(super().validate(obj, value)) if _plain_number(value) and value == int(value) else self.refuse(value)


class Choice(Plain):
    """One of a few values."""

    def __init__(self, default: Any, options: tuple, **kwargs: Any):
        super().__init__(default, **kwargs)
        self.options = options
        self.rule = f"one of {', '.join(map(repr, options))}"

    def range(self) -> dict[str, Any]:
        """The options."""
        return {"options": list(self.options)}

    def validate(self, obj: Any, value: Any) -> Any:
        """The value."""
        return value if type(value) in (str, int, bool) and value in self.options else self.refuse(value)


class Flag(Choice):
    """True or False."""

    def __init__(self, default: bool, **kwargs: Any):
        super().__init__(default, (True, False), **kwargs)

    def validate(self, obj: Any, value: Any) -> bool:
        """The value."""
        return value if isinstance(value, bool) else self.refuse(value)


class Text(Plain):
    """A string."""

    rule = "a string"

    def validate(self, obj: Any, value: Any) -> str:
        """The string."""
        return value if isinstance(value, str) else self.refuse(value)


class Numbers(Plain):
    """Finite numbers in nested lists of `axes` levels, rows equally long; tensors and arrays are turned into lists.

    In one level, each of them may be held to the range of `each`, as the control of each is; `rule` says that in words.
    """

    def __init__(self, default: list, *, axes: int = 1, each: Number | None = None, rule: str = "", **kwargs: Any):
        super().__init__(default, **kwargs)
        self.axes, self.each = axes, each
        plain = f"finite numbers in {axes} level{'s' if axes > 1 else ''} of lists, with rows of one length"
        self.rule = rule or plain

    def range(self) -> dict[str, Any]:
        """That of each number, where it has one."""
        return self.each.range() if self.each else {}

    def validate(self, obj: Any, value: Any) -> list:
        """The numbers as lists."""
        value = value.detach() if isinstance(value, Tensor) else value
        plain = value.tolist() if hasattr(value, "tolist") else value
        return plain if self._good(plain, self.axes) else self.refuse(value)

    def _good(self, value: Any, axes: int) -> bool:
        if not isinstance(value, (list, tuple)):
            return False
        if axes == 1:
            inside = (self.each is None or self.each.at_least <= v <= self.each.at_most for v in value)
            return all(map(_plain_number, value)) and all(inside)
        return all(self._good(row, axes - 1) for row in value) and len({len(row) for row in value}) <= 1


def require(rules: Iterable[tuple[bool, str]]) -> None:
    """Raise the `ValueError` of the first rule that does not hold: what joins several traits."""
    for holds, rule in rules:
        if not holds:
            raise ValueError(rule)


class Records(Plain):
    """Plain data that the widget only reads: lists, dictionaries, strings and numbers. The widget's class checks it."""

    rule = "plain data"

    def validate(self, obj: Any, value: Any) -> Any:
        """The data."""
        return value if isinstance(value, (list, dict)) else self.refuse(value)
