"""Checks of chapter 4, "Add a ReLU"."""

import torch

from supertoy.exercises._exercise import exercise
from supertoy.model import reconstruct
from supertoy.seeds import seed

EYE = torch.eye(2, dtype=torch.float64)


@exercise
def check_4_1(answer):
    """`bias_for(a)`: the common bias with which f = (a, −a) reads both features, or None."""
    for a in (0.5, 0.7, 0.75, 1.0, 2.0):
        b = answer(a)
        if 2 * a**2 < 1:
            assert b is None, f"a = {a}: no bias works, got {b}"
            continue
        assert b is not None, f"a = {a}: there is a bias that works, got None"
        W = torch.tensor([[a, -a]], dtype=torch.float64)
        x_hat = reconstruct(EYE, W, torch.full_like(W[0], float(b)))
        assert torch.allclose(x_hat, EYE), f"a = {a}: got b = {b}"


@exercise
def check_4_2(answer):
    """`leaky_loss(s)`: the least loss of two features in one dimension under a leaky ReLU, b = 0."""
    grid = torch.linspace(-1.2, 1.2, 481, dtype=torch.float64)
    W = torch.cartesian_prod(grid, grid)[:, None, :]
    z = W.mT @ W
    for s in (0.0, 0.1, 0.5, 1.0):
        error = EYE - torch.where(z > 0, z, s * z)
        best = error.square().sum((-2, -1)).min() / 2
        assert abs(answer(s) - best) < 1e-4, f"s = {s}: brute force finds {best:.4f}, got {answer(s)}"


@exercise
def check_4_3(answer):
    """`fits(f)`: whether some biases make the loss of one-hot features f_1, …, f_n in one dimension 0."""
    for k in range(300):
        f = 2 * torch.randn(2 + k % 3, generator=seed(k), dtype=torch.float64)
        identity = torch.eye(len(f), dtype=torch.float64)
        possible = torch.allclose(reconstruct(identity, f[None, :], 1 - f**2), identity, atol=1e-9)
        assert bool(answer(f.tolist())) == possible, f"f = {f.tolist()}: got {answer(f.tolist())}"
