"""Answers to chapter 8's exercises: the right one of each, and wrong ones."""

from supertoy.exercises.chapter_08 import check_8_1, check_8_2, check_8_3

RIGHT = {
    check_8_1: lambda r: 4 * min(r, 1 / r) / (2 + 5 * min(r, 1 / r)),
    check_8_2: lambda p: p / (1 - 2 * p),
    check_8_3: lambda c3, c4: (c3**2 / (4 * c4), -c3 / (2 * c4)),
}
WRONG = {
    check_8_1: [lambda r: 4 * r / (2 + 5 * r), lambda r: 4 / 7, lambda r: 2.0],
    check_8_2: [lambda p: 2 * p / (4 - 5 * p), lambda p: p / (1 - p)],
    check_8_3: [lambda c3, c4: (0.0, -c3 / (2 * c4)), lambda c3, c4: (c3**2 / (4 * c4), 0.0)],
}
