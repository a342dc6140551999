"""Checks of chapter 16, "Recover the features"."""

import torch

from supertoy.exercises._exercise import exercise
from supertoy.seeds import seed


@exercise
def check_16_1(answer):
    """`score(D, W)`: the mean over W's columns of the best cosine with a row of D."""
    for k in range(5):
        D = torch.randn(4 + k, 3, generator=seed(k), dtype=torch.float64)
        W = 2 * torch.randn(3, 6, generator=seed(10 + k), dtype=torch.float64)
        best = [max(torch.cosine_similarity(row, column, dim=0).item() for row in D) for column in W.T]
        right, found = sum(best) / 6, float(answer(D, W))
        assert abs(found - right) < 1e-9, f"for D of shape {tuple(D.shape)} {right:.4f} is right, got {found:.4f}"


def error(p: float, c: float, beta: float, codes: tuple[float, float]) -> float:
    """Squared error of the codes of parent and child."""
    length = (1 + beta**2) ** 0.5
    return (codes[0] + codes[1] * beta / length - p) ** 2 + (codes[1] / length - c) ** 2


@exercise
def check_16_2(answer):
    """`codes(p, c, beta)`: codes ≥ 0 of the least error, where the child's atom is tilted by beta."""
    grid = [i / 40 for i in range(161)]
    for p, c, beta in ((1, 1, 0), (1, 1, 0.5), (1.4, 0.6, 1), (0.5, 1.5, 0.8), (0, 1, 0.7), (1, 0, 0.6)):
        found = tuple(float(value) for value in answer(float(p), float(c), float(beta)))
        where = f"p = {p}, c = {c}, beta = {beta}"
        assert len(found) == 2, f"{where}: two codes are wanted, got {found}"
        assert min(found) > -1e-9, f"{where}: codes must be at least 0, got {found}"
        least = min(error(p, c, beta, (a, b)) for a in grid for b in grid)
        mine = error(p, c, beta, found)
        assert mine < least + 1e-9, f"{where}: {found} leave an error of {mine:.4f}, a grid finds {least:.4f}"


@exercise
def check_16_3(answer):
    """`lean(t)`: d₂/d₁ of the direction d for which codes h · d leave the least error."""
    for t in (0.0, 0.1, 0.3, 0.5, 0.8, 1.0):
        angle = torch.linspace(0, torch.pi / 2, 100_001, dtype=torch.float64)
        d = torch.stack([angle.cos(), angle.sin()])
        kept = d[0] ** 2 / 3 + 2 * d[0] * d[1] * t / 4 + d[1] ** 2 * t / 3  # E (h · d)²
        right = angle[kept.argmax()].tan().item()
        found = float(answer(t))
        assert abs(found - right) < 1e-3, f"t = {t}: {right:.4f} is right, got {found:.4f}"
