"""Where inputs come from: distributions over sparse features, handed out as weighted points."""

from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from supertoy._checks import finite, whole_number


class Batch(NamedTuple):
    """Weighted points: the expectation of f is Σ_p weight_p f(x_p).

    Attributes:
        x: inputs, shape (..., points, n); leading axes are independent models.
        weight: weight of each point, shape (points,), summing to 1.
    """

    x: Float[Tensor, "*batch points n"]
    weight: Float[Tensor, " points"]


@runtime_checkable
class Features(Protocol):
    """What training and evaluation need of a distribution over inputs; `sample` only where `exact` gives None."""

    n_features: int

    def exact(self) -> Batch | None:
        """Every point of a finite distribution with its probability, or None if there is no such list."""


def _equal_weights(x: Tensor) -> Batch:
    n_points = x.shape[-2]
    return Batch(x, x.new_full((n_points,), 1 / n_points))


class OneHot:
    """One feature at a time, at full strength: x = e_k with k uniform on {1, …, n}.

    The distribution is finite, so expectations over it are exact sums: `exact()` returns x = I with weights 1/n.

    Raises `ValueError` if `n_features` is not a whole number of at least 1. Source: the toy of the book's chapter 3.
    """

    def __init__(self, *, n_features: int):
        self.n_features = whole_number("n_features", n_features)

    def exact(self) -> Batch:
        """The n inputs e_1, …, e_n, shape (n, n), each of weight 1/n."""
        return _equal_weights(torch.eye(self.n_features))

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """`n_points` inputs with k drawn uniformly, shape (n_points, n)."""
        whole_number("n_points", n_points)
        k = torch.randint(self.n_features, (n_points,), generator=generator, device=generator.device)
        return _equal_weights(torch.nn.functional.one_hot(k, self.n_features).to(torch.get_default_dtype()))


class SparseUniform:
    """Independent sparse features: x_i = 0 with probability 1 − p_i, else x_i ~ U[0, 1].

    So E x_i = p_i / 2 and Var x_i = p_i/3 − p_i²/4. A density of shape (..., 1) or (..., n) gives one distribution
    for each model of a batch; the random numbers are drawn once and shared by all of them.

    Args:
        n_features: number of features n, at least 1.
        density: p = 1 − S in (0, 1], a number or a tensor whose last axis is 1 or n.

    Raises:
        ValueError: if `n_features` < 1, or any density is outside (0, 1] or NaN, or its last axis fits neither.

    Source: Elhage et al. (2022), "Demonstrating superposition".
    """

    def __init__(self, *, n_features: int, density: float | Tensor):
        self.n_features = whole_number("n_features", n_features)
        p = finite("density", torch.as_tensor(density, dtype=torch.get_default_dtype()))
        if not bool(((p > 0) & (p <= 1)).all()):
            bad = p[(p <= 0) | (p > 1)].flatten()[0].item()
            raise ValueError(f"density must lie in (0, 1] everywhere, got {bad}")
        if p.ndim and p.shape[-1] not in (1, n_features):
            raise ValueError(
                f"density must have a last axis of 1 or n_features = {n_features}, got shape {tuple(p.shape)}"
            )
        self.density = p.expand(*p.shape[:-1], n_features)

    def exact(self) -> None:
        """There is no finite list of inputs."""
        return None

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """`n_points` inputs for each distribution, shape (..., n_points, n); coordinate i is active where u_i < p_i."""
        whole_number("n_points", n_points)
        value, coin = torch.rand(2, n_points, self.n_features, generator=generator, device=generator.device)
        active = coin < self.density[..., None, :].to(coin)
        return _equal_weights(torch.where(active, value, 0.0))
