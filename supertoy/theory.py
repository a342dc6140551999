"""Closed forms to hold measurements against."""

from math import pi

import torch
from jaxtyping import Float
from torch import Tensor

from supertoy._checks import finite, importances, whole_number


def least_linear_loss(importance: float | Float[Tensor, " n"], *, n_features: int, n_hidden: int) -> float:
    """The least loss of the linear toy (b = 0) on one-hot inputs: (1/n) × the sum of the n − m smallest I_i.

    (n − m)/n at equal importance, where every WᵀW that is a projector of rank m attains it. In general the loss is
    ‖D(I − WᵀW)‖²_F / n with D² = diag(importance), at least the error of the best rank-m approximation of D.

    Raises `ValueError` if n or m is below 1, or importance is invalid. Source: Eckart and Young (1936).
    """
    whole_number("n_features", n_features)
    whole_number("n_hidden", n_hidden)
    weights = importances(importance, n_features, like=torch.zeros((), dtype=torch.float64))
    dropped = max(0, n_features - n_hidden)
    return weights.sort().values[:dropped].sum().item() / n_features


def antipodal_pairs(n_hidden: int) -> Float[Tensor, "m n"]:
    """Directions ±e_1, …, ±e_m, shape (m, 2m): as many one-hot features as fit without a bias.

    Without a bias, zero loss needs unit directions with pairwise dot products ≤ 0, and R^m has room for at most 2m
    of those. Raises `ValueError` if m is below 1. Source: Rankin (1955).
    """
    eye = torch.eye(whole_number("n_hidden", n_hidden), dtype=torch.float64)
    return torch.stack([eye, -eye], dim=-1).flatten(-2)


def polygon(n_features: int, *, radius: float | None = None) -> tuple[Float[Tensor, "2 n"], Float[Tensor, " n"]]:
    """A regular n-gon and a bias that read n one-hot features back from two dimensions.

    W_k = r (cos 2πk/n, sin 2πk/n), b = −r² cos(2π/n). The loss is 0 at r² = 1/(1 − cos(2π/n)), used if `radius` is left
    out; at another radius this b silences the neighbours and reads the feature back too weak or too strong.

    Returns W, shape (2, n), and b, shape (n,). Raises `ValueError` if n is below 3. Source: the book's chapter 5.
    """
    step = torch.tensor(2 * pi / whole_number("n_features", n_features, at_least=3), dtype=torch.float64)
    angle = step * torch.arange(n_features)
    r2 = 1 / (1 - step.cos()) if radius is None else torch.tensor(radius, dtype=torch.float64) ** 2
    return r2.sqrt() * torch.stack([angle.cos(), angle.sin()]), (-r2 * step.cos()).expand(n_features)


def one_active_loss(
    W: Float[Tensor, "*batch m n"],
    b: Float[Tensor, "*batch n"],
    *,
    importance: float | Float[Tensor, "*#batch n"] = 1.0,
) -> Float[Tensor, "*batch n"]:
    """The ReLU toy's loss when exactly one feature k is active with strength t ~ U[0, 1]: Σ_j I_j E_t (x_j − x̂_j)².

    With g = W_j·W_k the pre-activation is g t + b_j. Let A = ReLU(g + b), B = ReLU(b) and r the share of t where
    g t + b > 0. Then E ReLU² = r (A² + AB + B²)/3 and E t ReLU = r (A r/3 + A (1 − r)/2 + B r/6).

    Returns the loss for each active feature k, shape (..., n); ignoring a feature of importance 1 costs 1/3.
    Raises `ValueError` if W or b has a NaN, or importance is invalid. Source: integrated by hand.
    """
    weights = importances(importance, W.shape[-1], like=W)
    g, b = finite("W", W).mT @ W, finite("b", b)[..., :, None]
    A, B = torch.relu(g + b), torch.relu(b).expand_as(g)
    flat = g.abs() < 1e-12
    share = torch.where(flat, (b > 0).to(g), (A - B) / torch.where(flat, 1.0, g))
    square = share * (A * A + A * B + B * B) / 3
    product = share * (A * share / 3 + A * (1 - share) / 2 + B * share / 6)
    active = torch.eye(W.shape[-1], dtype=W.dtype, device=W.device)
    return (weights[..., :, None] * (square - 2 * active * product + active / 3)).sum(-2)


def welch_bound(*, n_features: int, n_hidden: int) -> float:
    """The least possible largest overlap of n unit directions in R^m: max abs(Ŵ_i·Ŵ_j) ≥ √((n − m)/(m (n − 1))).

    0 where n ≤ m. Raises `ValueError` if n or m is below 1. Source: Welch (1974).
    """
    n, m = whole_number("n_features", n_features), whole_number("n_hidden", n_hidden)
    return 0.0 if n <= m else ((n - m) / (m * (n - 1))) ** 0.5
