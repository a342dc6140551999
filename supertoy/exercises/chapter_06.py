"""Checks of chapter 6, "Let features collide"."""

from collections.abc import Callable

import torch

from supertoy.exercises._exercise import exercise
from supertoy.features import SparseUniform
from supertoy.loss import expected_loss
from supertoy.model import ReLUModel
from supertoy.theory import polygon


@exercise
def check_6_1(answer: Callable[[int], float]) -> None:
    """`lonely_density(n)`: the density at which an active feature has company half of the time."""
    for n in (2, 5, 40, 400):
        p = answer(n)
        met = 1 - (1 - p) ** (n - 1)
        assert abs(met - 0.5) < 1e-3, f"n = {n}: at p = {p} an active feature has company {met:.3f} of the time"


@exercise
def check_6_2(answer: Callable[[ReLUModel, float, int, torch.Generator], tuple[float, float]]) -> None:
    """`monte_carlo(model, p, n_points, generator)`: the mean loss over plain draws, and its standard error."""
    dtype, generator = torch.get_default_dtype(), torch.Generator().manual_seed(1)
    W = polygon(5, radius=1.171)[0].to(dtype)
    pentagon = ReLUModel.from_weights(W, torch.full((5,), -0.283, dtype=dtype))
    exact = expected_loss(pentagon, SparseUniform(n_features=5, density=0.1)).loss
    found = [answer(pentagon, 0.1, 2000, generator) for _ in range(300)]
    mean, error = torch.tensor(found).T
    assert abs(mean.mean() / exact - 1) < 0.03, f"the mean is off: {mean.mean():.4f}, it should be {exact:.4f}"
    ratio = error.mean() / mean.std()
    assert 0.8 < ratio < 1.25, f"your error is {ratio:.2f} times the spread of your means"
    dense = torch.tensor([answer(pentagon, 1.0, 500, generator) for _ in range(300)])
    ratio = dense[:, 1].mean() / dense[:, 0].std()
    assert 0.8 < ratio < 1.25, f"at p = 1 your error is {ratio:.2f} times the spread of your means"


@exercise
def check_6_3(answer: Callable[[float], float]) -> None:
    """`best_square(p)`: the squared length s of the best pair (a, −a) without a bias."""
    for p in (0.1, 0.5, 0.9):
        s, features = answer(p), SparseUniform(n_features=2, density=p)
        squares = torch.tensor([s, s - 0.02, s + 0.02], dtype=torch.float64)
        W = squares.sqrt()[:, None, None] * torch.tensor([[1.0, -1.0]], dtype=torch.float64)
        loss = expected_loss(ReLUModel.from_weights(W), features).loss
        assert loss[0] < loss[1:].min(), f"at p = {p}, s = {s:.3f} is not the best"
        by_hand = 2 / 3 * p * (1 - p) * (1 - s) ** 2 + 2 * p**2 * (1 / 3 - s / 4 + s**2 / 12)
        assert abs(loss[0] - by_hand) < 1e-6, f"at p = {p}, s = {s:.3f} costs {loss[0]:.5f}"
