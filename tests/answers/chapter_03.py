"""Answers to chapter 3's exercises: the right one of each, and wrong ones."""

from supertoy.exercises import check_3_1, check_3_2, check_3_3


def least_loss(n, m):
    return max(0, n - m) / n


def flat_directions(n, m):
    return m * n - m * (m + 1) // 2


def least_untied(n, m):
    return (n - m) / n


RIGHT = {check_3_1: least_loss, check_3_2: flat_directions, check_3_3: least_untied}
WRONG = {
    check_3_1: [
        lambda n, m: (n - m) / n,  # below 0 where m > n
        lambda n, m: max(0, n - 1 - m) / n,  # with a bias
    ],
    check_3_2: [
        lambda n, m: m * (n - m),  # the planes alone, without turning the rows in them
        lambda n, m: m * n - m,  # lengths fixed, angles free
    ],
    check_3_3: [
        lambda n, m: max(0, n - 2 * m) / n,  # twice the weights, twice the features
        lambda n, m: 0.0,
    ],
}
