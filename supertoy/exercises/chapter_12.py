"""Checks of chapter 12, "Attack it"."""

import torch

from supertoy.exercises._exercise import exercise
from supertoy.model import reconstruct
from supertoy.seeds import seed


def weights(*sizes):
    """Random W of these shapes (m, n)."""
    generator = seed(0)
    return [torch.randn(m, n, generator=generator, dtype=torch.float64) for m, n in sizes]


@exercise
def check_12_1(answer):
    """`stretch(W)`: the largest eigenvalue of WᵀW."""
    for W in weights((2, 5), (3, 4), (5, 20)):
        factor, largest = float(answer(W)), torch.linalg.eigvalsh(W.T @ W)[-1].item()
        assert abs(factor - largest) < 1e-6, (
            f"{tuple(W.shape)}: the largest eigenvalue is {largest:.4f}, got {factor:.4f}"
        )


@exercise
def check_12_2(answer):
    """`sure_push(W)`: a push of length 1 that moves silent outputs by at least λ/√2."""
    for W in [sign * W for W in weights((2, 3), (2, 7), (3, 5), (4, 9), (5, 20)) for sign in (1, -1)]:
        push = answer(W)
        assert push.shape == W.shape[1:], f"one number for each feature, shape {tuple(W.shape[1:])}"
        assert abs(push.norm() - 1) < 1e-6, f"a push of length 1, got {push.norm():.4f}"
        moved, least = torch.relu(W.T @ W @ push).norm(), torch.linalg.matrix_norm(W, 2) ** 2 / 2**0.5
        assert moved >= least * (1 - 1e-9), f"{tuple(W.shape)}: moves the outputs by {moved:.3f}, not {least:.3f}"


@exercise
def check_12_3(answer):
    """`for_all(x, W, b, eps)`: one push for all inputs, worse than each of the paper's n."""
    generator = seed(1)
    for W in weights((3, 9), (4, 12), (5, 20)):
        W, n = W / W.norm(dim=0), W.shape[1]
        strength, coin = torch.rand(2, 200, n, generator=generator, dtype=torch.float64)
        x, b = strength * (coin < 0.1), torch.full((n,), -0.1, dtype=torch.float64)
        for eps in (0.2, 0.5):

            def harm(push, x=x, W=W, b=b):
                return ((x - reconstruct(x + push, W, b)) ** 2).sum(-1).mean().item()

            push = answer(x, W, b, eps)
            assert push.shape == (n,), f"one push, shape {(n,)}, got {tuple(push.shape)}"
            assert push.norm() <= eps * (1 + 1e-6), f"a push of length {eps}, got {push.norm():.4f}"
            best = max(harm(eps * row / row.norm()) for row in W.T @ W)
            assert harm(push) > 1.0001 * best, f"the paper's best does {best:.4f}, yours {harm(push):.4f}"
