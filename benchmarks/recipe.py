"""The recipe of the public notebooks, as short as it goes: the side that `supertoy` is timed against.

A fresh Monte Carlo batch of 1024 for every model in every step, AdamW at a constant 1e-3, one Xavier start, autograd.
"""

import time

import torch
from torch import Tensor

STEPS = 10_000


def train(
    n_hidden: int, importance: Tensor, density: Tensor, *, steps: int = STEPS, seed: int = 0
) -> tuple[Tensor, Tensor, float]:
    """Train one toy per density; returns W (models, m, n), b (models, n) and the seconds of the loop."""
    torch.manual_seed(seed)
    models, n = len(density), importance.shape[-1]
    V = torch.nn.Parameter(torch.nn.init.xavier_normal_(torch.empty(models, n, n_hidden)))  # W, features first
    b = torch.nn.Parameter(torch.zeros(models, n))
    adam = torch.optim.AdamW([V, b], lr=1e-3)
    began = time.perf_counter()
    for _ in range(steps):
        strength, coin = torch.rand(2, 1024, models, n)
        x = torch.where(coin <= density[:, None], strength, torch.tensor(0.0))
        hidden = torch.einsum("pdn,dnm->pdm", x, V)
        x_hat = torch.relu(torch.einsum("pdm,dnm->pdn", hidden, V) + b)
        loss = (importance * (x - x_hat) ** 2).mean((0, 2)).sum()
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
    return V.detach().mT, b.detach(), time.perf_counter() - began
