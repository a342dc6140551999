"""Answers to chapter 7's exercises: the right one of each, and wrong ones."""

from math import ceil, log

from supertoy.exercises.chapter_07 import check_7_1, check_7_2, check_7_3


def pairs_only(importance, m, p, alone=None):
    pair, variance = p**2 / 6, p / 3 - p**2 / 4
    each = [
        pair * importance[a : 2 * m - a].sum() + variance * importance[2 * m - a :].sum()
        for a in (range(m + 1) if alone is None else [alone])
    ]
    return min(each)


RIGHT = {
    check_7_1: lambda s: ceil(log(0.05) / log(1 - s)),
    check_7_2: pairs_only,
    check_7_3: lambda densities: [6, 5, 4],
}
WRONG = {
    check_7_1: [lambda s: ceil(1 / s), lambda s: ceil(log(0.05) / log(1 - s)) + 1, lambda s: 0],
    check_7_2: [lambda *given: pairs_only(*given, alone=0), lambda *given: 2 * pairs_only(*given)],
    check_7_3: [lambda densities: [5, 5, 4], lambda densities: [6, 6, 6]],
}
