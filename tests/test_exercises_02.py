"""The checks of chapter 2's exercises take what is right, refuse what is not, and wait for a stub."""

import pytest
import torch
from torch.nn.functional import normalize

from supertoy.exercises import check_2_1, check_2_2, check_2_3


def strength(a_turned, Q, W, i):
    direction = Q @ W[:, i]
    return (a_turned @ direction / (direction @ direction)).item()


def simplex(m):
    centred = torch.eye(m + 1, dtype=torch.float64) - 1 / (m + 1)
    basis = torch.linalg.svd(centred).U[:, :m]
    return normalize(basis.T @ centred, dim=0)


def stub(*given): ...


@pytest.mark.parametrize(
    ("check", "answer", "number"),
    [(check_2_1, strength, "2.1"), (check_2_2, simplex, "2.2"), (check_2_3, lambda m: m / 3, "2.3")],
)
def test_a_right_answer_is_right_and_a_stub_waits(check, answer, number, capsys):
    check(answer)
    assert capsys.readouterr().out == f"{number} is right\n"
    check(stub)
    assert capsys.readouterr().out.startswith(f"{number} waits")


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (check_2_1, lambda a, Q, W, i: (a @ (Q @ W[:, i])).item()),  # not divided by the length
        (check_2_1, lambda a, Q, W, i: (a @ W[:, i] / (W[:, i] @ W[:, i])).item()),  # not turned
        (check_2_2, lambda m: torch.eye(m + 1, dtype=torch.float64)[:m]),  # unit vectors, one dropped
        (check_2_2, lambda m: simplex(m).T),
        (check_2_3, lambda m: m),  # equal shares
        (check_2_3, lambda m: m / 2),
    ],
)
def test_a_wrong_answer_is_refused(check, wrong):
    with pytest.raises(AssertionError):
        check(wrong)
