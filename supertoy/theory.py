"""Closed forms to hold measurements against."""

from math import factorial, pi

import torch
from jaxtyping import Float
from torch import Tensor

from supertoy._checks import densities, finite, importances, number, whole_number


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


def fixed_weight_losses(
    density: float | Float[Tensor, "*shape"], importance: float | Float[Tensor, "*shape"]
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """What two features of importance 1 and r cost in one dimension: the second dropped, and an antipodal pair.

    L_dropped = r (p/3 − p²/4) with W = (1, 0), b = (0, p/2); L_pair = (1 + r) p²/6 with W = (1, −1), b = 0. Both are
    upper bounds on the least loss. p in (0, 1], r ≥ 0, of shapes that broadcast.

    Raises `ValueError` if p is outside (0, 1] or r is negative. Source: Elhage et al. (2022), "Phase change".
    """
    p, r = densities(density, dtype=torch.float64), torch.as_tensor(importance, dtype=torch.float64)
    if bool((finite("importance", r) < 0).any()):
        raise ValueError(f"importance must be non-negative everywhere, got {r.min().item()}")
    return r * (p / 3 - p**2 / 4), (1 + r) * p**2 / 6


def antipodal_boundary(density: float | Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The importance r at which the two losses of `fixed_weight_losses` are equal: r = 2p/(4 − 5p).

    For r between this and its inverse the pair costs less. Above p = 4/7 it is more than 1 (so that no r does), and
    from p = 4/5 on infinite. Raises `ValueError` if p is outside (0, 1]. Source: the book's chapter 8.
    """
    p = densities(density, dtype=torch.float64)
    return torch.where(p < 0.8, 2 * p / (4 - 5 * p).clamp(min=1e-300), torch.inf)


def sharing_onset(density: float | Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The importance r ≤ 1 above which W = (1, 0) is no minimum: a little of feature 2 lowers the loss.

    r = min_β {p V + p (β − p/2)²/4 + (1 − p)[(1 − p) β² + p β³/3]} / V with V = p/3 − p²/4: second order in W_2 < 0,
    the shifts of W_1 and of the biases eliminated. 1 at p = 1. Raises `ValueError` if p is outside (0, 1].
    Source: the book's chapter 8.
    """
    p = densities(density, dtype=torch.float64)
    a, half, c = p * (1 - p), (p / 2 + 2 * (1 - p) ** 2) / 2, p**2 / 4
    shift = c / (half + (half**2 + a * c).sqrt())  # the root of aβ² + 2·half·β = c, stable as a → 0
    variance = p / 3 - p**2 / 4
    leak = (1 - p) * ((1 - p) * shift**2 + p * shift**3 / 3)
    return (p * variance + p * (shift - p / 2) ** 2 / 4 + leak) / variance


def two_in_one_loss(
    W: Float[Tensor, "*batch 1 2"],
    b: Float[Tensor, "*batch 2"],
    *,
    density: float | Float[Tensor, "*batch"],
    importance: float | Float[Tensor, "*#batch 2"] = 1.0,
) -> Float[Tensor, "*batch"]:
    """The expected loss of the ReLU toy with n = 2, m = 1 and sparse uniform features, in closed form.

    With R_k(z) = ReLU(z)^k / k!, an integral over a strength turns R_k(g t + b) into a difference of R_{k+1} over g:
    E R_1(a x + c y + b)² = 2 [R_4(a + c + b) − R_4(a + b) − R_4(c + b) + R_4(b)] / (a c) for two active features.

    Returns L, shape (...). Raises `ValueError` if shapes are wrong, W_1 W_2 is nearly 0 (use `expected_loss` there),
    p is outside (0, 1] or importance is invalid. Source: integrated by hand.
    """
    if W.shape[-2:] != (1, 2) or b.shape[-1:] != (2,):
        raise ValueError(f"W and b must end in shapes (1, 2) and (2,), got {tuple(W.shape)} and {tuple(b.shape)}")
    p, weights = densities(density, dtype=torch.float64).to(W), importances(importance, 2, like=W)
    own = finite("W", W)[..., 0, :] ** 2  # a: how much a feature's own strength moves its answer
    other = W.prod(-1)  # c: how much the other's does, shape (..., 1)
    if bool((other.abs() < 1e-6).any()):
        raise ValueError(f"W must have no entry near 0, got a product W_1 W_2 of {other.abs().min().item():.1e}")

    def R(k: int, z: Tensor) -> Tensor:
        return torch.relu(z) ** k / factorial(k)

    def own_times(k: int, z: Tensor) -> Tensor:  # ∫ x R_k(a x + z) dx
        return R(k + 1, own + z) / own - (R(k + 2, own + z) - R(k + 2, z)) / own**2

    b, c = finite("b", b), other
    none = 2 * R(2, b)
    alone = 1 / 3 - 2 * own_times(1, b) + 2 * (R(3, own + b) - R(3, b)) / own
    reached = 2 * (R(3, c + b) - R(3, b)) / c
    square = 2 * (R(4, own + c + b) - R(4, own + b) - R(4, c + b) + R(4, b)) / (own * c)
    both = 1 / 3 - 2 * (own_times(2, c + b) - own_times(2, b)) / c + square
    p = p[..., None]
    return (weights * ((1 - p) ** 2 * none + p * (1 - p) * (alone + reached) + p**2 * both)).sum(-1)


def strengths(spread: float, points: int) -> Float[Tensor, "2 points points"]:
    """Strengths of two features on a grid of midpoints of [1 − s, 1 + s] in each, s the `spread`."""
    middles = (torch.arange(whole_number("points", points), dtype=torch.float64) + 0.5) / points
    one = 1 + spread * (2 * middles - 1)
    return torch.stack(torch.meshgrid(one, one, indexing="ij"))


def absorption_loss(
    tilt: Float[Tensor, "*tilts"], *, spread: float, price: float, points: int = 24
) -> Float[Tensor, "*tilts"]:
    """What a child feature costs an L1-penalised dictionary, by the tilt β of its atom towards its parent's.

    Parent and child lie along e_p and e_c with strengths uniform on [1 − s, 1 + s], s the `spread`; the atoms are e_p
    and d = (e_c + β e_p)/√(1 + β²). The loss is the mean over strengths, on a grid of midpoints, of the least of
    ‖h − a_p e_p − a_d d‖² + λ(a_p + a_d) over codes ≥ 0, λ the `price`.

    Returns the loss of each β, shape (...). Raises `ValueError` if β is not finite, s is outside [0, 1], λ is below 0
    or `points` below 1. Source: the book's chapter 16.
    """
    number("spread", spread, at_least=0, at_most=1)
    number("price", price, at_least=0)
    p, c = strengths(spread, points).to(tilt)
    b = finite("tilt", tilt)[..., None, None]
    length = (1 + b**2).sqrt()
    overlap = b / length
    up, along = p - price / 2, (b * p + c) / length - price / 2  # what the parent's atom and d see, less half the price

    def loss(a_p: Tensor, a_d: Tensor) -> Tensor:
        return p**2 + c**2 + a_p**2 + a_d**2 + 2 * overlap * a_p * a_d - 2 * (a_p * up + a_d * along)

    a_p, a_d = (up - overlap * along) * length**2, (along - overlap * up) * length**2
    both = torch.where((a_p > 0) & (a_d > 0), loss(a_p, a_d), torch.inf)
    zero = torch.zeros_like(b)
    one = torch.minimum(loss(up.clamp(min=0), zero), loss(zero, along.clamp(min=0)))
    return torch.minimum(both, one).mean((-2, -1))
