"""Checks of chapter 7, "Watch features appear"."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from supertoy.exercises._exercise import exercise


@exercise
def check_7_1(answer: Callable[[float], int]) -> None:
    """`runs_needed(s)`: the fewest runs that find with a chance of 95 % what one finds with probability s."""
    for s in (0.02, 0.3, 0.6, 0.99):
        runs = answer(s)
        assert runs == int(runs) >= 1, f"s = {s}: {runs} is no number of runs"
        assert 1 - (1 - s) ** runs >= 0.95 - 1e-12, f"{runs} runs are too few for s = {s}"
        assert runs == 1 or 1 - (1 - s) ** (runs - 1) < 0.95, f"{runs} runs are more than needed for s = {s}"


@exercise
def check_7_2(answer: Callable[[Tensor, int, float], float]) -> None:
    """`pairs_only_loss(importance, m, p)`: the least loss with features alone, in pairs, and dropped."""
    for c, n, m in ((0.7, 20, 5), (0.9, 80, 20)):
        importance = c ** torch.arange(n, dtype=torch.float64)
        for p in (1.0, 0.5, 0.3, 0.1, 0.03):
            pair, variance = p**2 / 6, p / 3 - p**2 / 4
            least = min(
                pair * importance[alone : 2 * m - alone].sum() + variance * importance[2 * m - alone :].sum()
                for alone in range(m + 1)
            )
            yours = answer(importance, m, p)
            assert abs(yours / least - 1) < 1e-5, f"c = {c}, m = {m}, p = {p}: {yours:.6f}, not {least:.6f}"


@exercise
def check_7_3(answer: Callable[[Tensor], Sequence[int]]) -> None:
    """`most_represented(densities)`: how many of six features the best model in two dimensions represents."""
    found = answer(torch.tensor([0.02, 0.1, 0.3]))
    assert list(found) == [6, 5, 4], f"got {found}: is there a better minimum?"
