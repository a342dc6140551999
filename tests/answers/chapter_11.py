"""Answers to chapter 11's exercises: the right one of each, and wrong ones."""

from math import log

from supertoy.exercises.chapter_11 import check_11_1, check_11_2, check_11_3


def shifted(drops, jumps, length, window, around=True):
    near = 0
    for shift in range(length):
        for a in drops:
            gaps = [(b + shift - a) % length for b in jumps]
            near += any((min(g, length - g) if around else g) <= window for g in gaps)
    return near / (length * len(drops))


def time(strength, u0, u1):
    return (log(u1 / (1 - u1)) - log(u0 / (1 - u0))) / (8 * strength)


RIGHT = {check_11_1: lambda k: 2 / k, check_11_2: shifted, check_11_3: time}
WRONG = {
    check_11_1: [lambda k: 1 / k, lambda k: 0.5],
    check_11_2: [
        lambda *given: shifted(*given, around=False),
        lambda drops, jumps, length, window: len(jumps) * (2 * window + 1) / length,
    ],
    check_11_3: [lambda strength, u0, u1: 2 * time(strength, u0, u1), lambda strength, u0, u1: u1 / strength],
}
