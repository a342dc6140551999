"""Checks of chapter 13, "Give neurons a say"."""

from itertools import combinations

import torch

from supertoy.exercises._exercise import exercise
from supertoy.seeds import seed


@exercise
def check_13_1(answer):
    """`alone(W)`: row i is the answer ReLU(Wᵀ ReLU(W e_i)) to feature i alone, shape (n, n)."""
    for k in range(6):
        W = torch.randn(2 + k % 3, 3 + k, generator=seed(k), dtype=torch.float64)
        found = answer(W)
        assert tuple(found.shape) == (3 + k, 3 + k), f"W of shape {tuple(W.shape)}: got shape {tuple(found.shape)}"
        for i in range(3 + k):
            h = W[:, i].clamp(min=0)
            right = torch.stack([(W[:, j] @ h).clamp(min=0) for j in range(3 + k)])
            assert torch.allclose(found[i], right), f"feature {i + 1} alone: {right} is right, got {found[i]}"


@exercise
def check_13_2(answer):
    """`shared(n, m)`: neurons with two features, on average, when n features take n of the 2m places at random."""
    for n, m in ((1, 3), (2, 2), (3, 2), (4, 4), (5, 3), (6, 3)):
        counts = [sum(a + 1 == b and a % 2 == 0 for a, b in combinations(some, 2)) for some in places(n, m)]
        right = sum(counts) / len(counts)
        assert abs(answer(n, m) - right) < 1e-9, (
            f"n = {n}, m = {m}: {right:.4f} in all arrangements, got {answer(n, m)}"
        )


def places(n: int, m: int):
    """Every choice of n of the 2m places; places 2k and 2k + 1 are the two signs of one neuron."""
    return combinations(range(2 * m), n)


@exercise
def check_13_3(answer):
    """`escape(W, b)`: hidden biases c and output biases d with which neurons answer as if they had no ReLU."""
    for k in range(5):
        noise = seed(k)
        W = torch.randn(3, 7, generator=noise, dtype=torch.float64)
        b = torch.randn(7, generator=noise, dtype=torch.float64)
        x = torch.rand(500, 7, generator=noise, dtype=torch.float64)
        x[:250] *= torch.rand(250, 7, generator=noise) < 0.3
        x = torch.cat([x, (W < 0).to(x)])  # the hardest input of each neuron
        c, d = answer(W, b)
        found = torch.relu(torch.relu(x @ W.T + c) @ W + d)
        wrong = (found - torch.relu(x @ W.T @ W + b)).abs().max()
        assert wrong < 1e-9, f"on some input in [0, 1]^7 an answer is off by {wrong:.3g}"
