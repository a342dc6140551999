"""Checks of chapter 8, "Draw the phase diagram"."""

import torch

from supertoy import theory
from supertoy.exercises._exercise import exercise
from supertoy.model import reconstruct


@exercise
def check_8_1(answer):
    """`border_density(r)`: where dropping the less important feature and the pair of fixed weights cost the same."""
    for level in (0.1, 0.5, 1.0, 2.0, 10.0):
        p = float(answer(level))
        assert 0 < p <= 1, f"r = {level}: a density lies in (0, 1], got {p}"
        dropped, pair = theory.fixed_weight_losses(p, min(level, 1 / level))
        assert abs(dropped - pair) < 1e-9, (
            f"r = {level}, p = {p:.3f}: dropping costs {dropped:.5f}, the pair {pair:.5f}"
        )


@exercise
def check_8_2(answer):
    """`binary_border(p)`: the importance on the border if every active feature has strength 1."""
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 2)
    for p in (0.05, 0.2, 0.3):
        importance = torch.tensor([1.0, float(answer(p))], dtype=torch.float64)
        chance = torch.where(x > 0, p, 1 - p).prod(-1)
        W = torch.tensor([[[1.0, 0.0]], [[1.0, -1.0]]], dtype=torch.float64)
        b = torch.tensor([[0.0, p], [0.0, 0.0]], dtype=torch.float64)
        error = (reconstruct(x, W, b) - x) ** 2 @ importance
        dropped, pair = (error * chance).sum(-1).tolist()
        assert abs(dropped - pair) < 1e-9, f"p = {p}: dropping costs {dropped:.4f}, the pair {pair:.4f}"


@exercise
def check_8_3(answer):
    """`second_jump(c3, c4)`: the c₂ at which the best ε of c₂ε² + c₃ε³ + c₄ε⁴ jumps to 0, and from where."""
    e = torch.linspace(0, 2, 20_001, dtype=torch.float64)
    for three, four in ((-0.004, 0.03), (-0.01, 0.02), (-1.0, 1.0)):
        two, length = answer(three, four)
        for factor, best in ((1.01, 0.0), (0.99, length)):
            lowest = e[(factor * two * e**2 + three * e**3 + four * e**4).argmin()].item()
            assert abs(lowest - best) < 0.05 * abs(length), f"c₃ = {three}, c₂ × {factor}: best at ε = {lowest:.3f}"
