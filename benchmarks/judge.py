"""What both sides are judged by, and neither uses: plain Gauss–Legendre points, common draws, and Adam by autograd."""

from itertools import combinations

import numpy as np
import torch
from torch import Tensor


def quadrature(n_features: int, orders: tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Points x (P, n), the rule's weights (P,) and the number of active features (P,); orders for K = 1, 2, …, n."""
    xs, rules, actives = [torch.zeros(1, n_features).double()], [torch.ones(1).double()], [torch.zeros(1)]
    for k, order in enumerate(orders, 1):
        nodes, rule = (torch.as_tensor(a) / 2 for a in np.polynomial.legendre.leggauss(order))
        inside = torch.cartesian_prod(*[nodes + 0.5] * k).reshape(-1, k)
        weight = torch.cartesian_prod(*[rule] * k).reshape(-1, k).prod(1)
        for members in combinations(range(n_features), k):
            x = torch.zeros(len(inside), n_features).double()
            x[:, list(members)] = inside
            xs, rules, actives = [*xs, x], [*rules, weight], [*actives, torch.full((len(inside),), float(k))]
    return torch.cat(xs), torch.cat(rules), torch.cat(actives)


def loss_on(points: tuple[Tensor, Tensor, Tensor], W: Tensor, b: Tensor, importance: Tensor, density: Tensor) -> Tensor:
    """L of each model (...), in double precision: W (..., m, n), b (..., n), importance (..., n), density (...)."""
    x, rule, active = points
    W, b, importance, p = W.double(), b.double(), importance.double(), density.double()[..., None]
    weight = rule * p**active * (1 - p) ** (x.shape[1] - active)
    error = (x - torch.relu(x @ W.mT @ W + b[..., None, :])) ** 2
    return (weight * (error @ importance[..., None])[..., 0]).sum(-1)


ORDERS = {2: (64, 48), 3: (64, 32, 20), 5: (32, 12, 8, 6, 5)}


@torch.no_grad()
def loss(W: Tensor, b: Tensor, importance: Tensor, density: Tensor) -> Tensor:
    """L of each model: by quadrature for n = 2, 3, 5, else over 100,000 draws that every caller shares."""
    n = W.shape[-1]
    if n in ORDERS:
        points = quadrature(n, ORDERS[n])
        importance = importance.expand(len(W), n)
        groups = (part.split(50) for part in (W, b, importance, density))
        return torch.cat([loss_on(points, *group) for group in zip(*groups, strict=True)])
    generator, total = torch.Generator().manual_seed(12345), torch.zeros(len(W)).double()
    for _ in range(50):
        strength, coin = torch.rand(2, 2000, n, generator=generator)
        x = strength * (coin <= density[:, None, None])
        x_hat = torch.relu(x @ W.mT @ W + b[:, None])
        total += (importance * (x - x_hat) ** 2).sum((1, 2)).double()
    return total / 100_000


SEARCH = {2: (32, 20), 3: (32, 14, 9)}


def optimum(n_hidden: int, importance: Tensor, density: Tensor, *, starts: int = 12, steps: int = 600) -> Tensor:
    """The least L (models,) that an independent search finds: autograd and Adam, its best start judged as all are."""
    models, n = importance.shape
    generator = torch.Generator().manual_seed(7)
    W = torch.randn(starts, models, n_hidden, n, generator=generator, dtype=torch.float64).mul_(0.8).requires_grad_()
    b = torch.zeros(starts, models, n, dtype=torch.float64, requires_grad=True)
    adam, points = torch.optim.Adam([W, b]), quadrature(n, SEARCH[n])
    scale = 1 / density.double()  # so that every cell's steps are as large as another's
    for step in range(steps):
        adam.param_groups[0]["lr"] = 0.05 * min(1, step / 20) * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
        adam.zero_grad()
        (loss_on(points, W, b, importance, density) * scale).sum().backward()
        adam.step()
    with torch.no_grad():
        W, b = W.flatten(0, 1), b.flatten(0, 1)
        found = loss(W, b, importance.repeat(starts, 1), density.repeat(starts))
    return found.reshape(starts, models).min(0).values
