"""Answers to chapter 4's exercises: the right one of each, and wrong ones."""

from supertoy.exercises.chapter_04 import check_4_1, check_4_2, check_4_3


def fits(f):
    return all(a * (a - c) >= 1 for j, a in enumerate(f) for k, c in enumerate(f) if j != k)


RIGHT = {
    check_4_1: lambda a: 1 - a**2 if 2 * a**2 >= 1 else None,
    check_4_2: lambda s: s**2 / (1 + s**2),
    check_4_3: fits,
}
WRONG = {
    check_4_1: [lambda a: 1 - a**2, lambda a: 0.0 if 2 * a**2 >= 1 else None],
    check_4_2: [lambda s: s / 2, lambda s: s**2 / 2],
    check_4_3: [lambda f: len(f) == 2, lambda f: min(f) < 0 < max(f), lambda f: False],
}
