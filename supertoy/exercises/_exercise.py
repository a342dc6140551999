"""How a check of an exercise speaks to the reader."""

import dis
from collections.abc import Callable
from functools import wraps

NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


class NotYet(Exception):
    """The reader has not answered: the stub gave `...`."""


def empty(function: Callable) -> bool:
    """Whether it is as the stub gave it: a body of `...`, which returns nothing."""
    code = getattr(function, "__code__", None)
    steps = list(dis.get_instructions(code)) if code else []
    values = {s.argval for s in steps if s.opname in ("LOAD_CONST", "RETURN_CONST")}
    return bool(steps) and {s.opname for s in steps} <= NOTHING and values <= {None, ...}


def answered(answer: object) -> object:
    """The reader's answer; a function's is looked at when it is called. `...` stands for no answer yet."""
    if answer is ... or (callable(answer) and empty(answer)):
        raise NotYet
    if not callable(answer):
        return answer

    @wraps(answer)
    def asked(*args, **kwargs):
        if (value := answer(*args, **kwargs)) is ...:
            raise NotYet
        return value

    return asked


def exercise(check: Callable[[object], None]) -> Callable[[object], None]:
    """Make `check_4_1(answer)` of a function that asserts: "4.1 is right", or it waits, or raises with the reason."""
    number = check.__name__.removeprefix("check_").replace("_", ".")

    @wraps(check)
    def judge(answer: object) -> None:
        try:
            check(answered(answer))
        except NotYet:
            print(f"{number} waits for your answer: put it in place of the dots, and run the cell again")
        else:
            print(f"{number} is right")

    return judge
