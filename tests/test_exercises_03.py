"""The checks of chapter 3's exercises take what is right, refuse what is not, and wait for a stub."""

import pytest

from supertoy.exercises import check_3_1, check_3_2, check_3_3


def least_loss(n, m):
    return max(0, n - m) / n


def flat_directions(n, m):
    return m * n - m * (m + 1) // 2


def least_untied(n, m):
    return (n - m) / n


def stub(n, m): ...


@pytest.mark.parametrize(
    ("check", "answer", "number"),
    [(check_3_1, least_loss, "3.1"), (check_3_2, flat_directions, "3.2"), (check_3_3, least_untied, "3.3")],
)
def test_a_right_answer_is_right_and_a_stub_waits(check, answer, number, capsys):
    check(answer)
    assert capsys.readouterr().out == f"{number} is right\n"
    check(stub)
    assert capsys.readouterr().out.startswith(f"{number} waits")


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (check_3_1, lambda n, m: (n - m) / n),  # below 0 where m > n
        (check_3_1, lambda n, m: max(0, n - 1 - m) / n),  # with a bias
        (check_3_2, lambda n, m: m * (n - m)),  # the planes alone, without turning the rows in them
        (check_3_2, lambda n, m: m * n - m),  # lengths fixed, angles free
        (check_3_3, lambda n, m: max(0, n - 2 * m) / n),  # twice the weights, twice the features
        (check_3_3, lambda n, m: 0.0),
    ],
)
def test_a_wrong_answer_is_refused(check, wrong):
    with pytest.raises(AssertionError):
        check(wrong)
