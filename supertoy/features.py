"""Where inputs come from: distributions over sparse features, handed out as weighted points."""

from functools import cache
from itertools import combinations, product
from math import comb

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from supertoy._checks import densities, finite, instance, whole_number
from supertoy.batch import Batch, Draw, Features, Rows, equal_weights


class OneHot(Features):
    """One feature at a time, at full strength: x = e_k with k uniform on {1, …, n}.

    The distribution is finite, so expectations over it are exact sums: `exact()` returns x = I with weights 1/n.

    Raises `ValueError` if `n_features` is not a whole number of at least 1. Source: the toy of the book's chapter 3.
    """

    def __init__(self, *, n_features: int):
        self.n_features = whole_number("n_features", n_features)

    def mean(self) -> Float[Tensor, " n"]:
        """E x = 1/n for every feature."""
        return torch.full((self.n_features,), 1 / self.n_features)

    def exact(self) -> Batch:
        """The n inputs e_1, …, e_n, shape (n, n), each of weight 1/n."""
        return equal_weights(torch.eye(self.n_features))

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """`n_points` inputs with k drawn uniformly, shape (n_points, n)."""
        whole_number("n_points", n_points)
        k = torch.randint(self.n_features, (n_points,), generator=generator, device=generator.device)
        return equal_weights(torch.nn.functional.one_hot(k, self.n_features).to(torch.get_default_dtype()))


class Samples(Features):
    """A finite set of inputs, each as likely as the others: what a model that trains on T samples knows of the world.

    Expectations are means over the samples: `exact()` returns them with weights 1/T, so that `train` takes all of them
    in every step. Leading axes are independent sets, one for each model of a batch.

    Args:
        x: the samples, shape (..., T, n).

    Raises `ValueError` if x is no floating-point tensor, has fewer than two axes or an empty one, or is not finite.
    Source: Henighan et al. (2023), "Superposition, Memorization, and Double Descent".
    """

    def __init__(self, x: Float[Tensor, "*batch samples n"]):
        if not instance("x", x, Tensor).is_floating_point() or x.ndim < 2 or not x.numel():
            raise ValueError(f"x must be a floating-point tensor (..., T, n), got {x.dtype} of shape {tuple(x.shape)}")
        self.x, self.n_features = finite("x", x.detach()), x.shape[-1]

    def mean(self) -> Float[Tensor, "*batch n"]:
        """The mean of each feature over the samples, shape (..., n)."""
        return self.x.mean(-2)

    def exact(self) -> Batch:
        """All samples, shape (..., T, n), each of weight 1/T."""
        return equal_weights(self.x)

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """`n_points` samples drawn with replacement, at the same places of all sets, shape (..., n_points, n)."""
        size = (whole_number("n_points", n_points),)
        place = torch.randint(self.x.shape[-2], size, generator=generator, device=generator.device)
        return equal_weights(self.x[..., place.to(self.x.device), :])


class SparseUniform(Features):
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
        p = densities(density, dtype=torch.get_default_dtype())
        if p.ndim and p.shape[-1] not in (1, n_features):
            raise ValueError(
                f"density must have a last axis of 1 or n_features = {n_features}, got shape {tuple(p.shape)}"
            )
        self.density = p.expand(*p.shape[:-1], n_features)

    @property
    def exchangeable(self) -> bool:
        """Whether the features of each distribution share one density, so that only their number K matters."""
        return bool((self.density == self.density[..., :1]).all())

    def mean(self) -> Float[Tensor, "*batch n"]:
        """E x = p/2, shape (..., n)."""
        return self.density / 2

    def sample(self, n_points: int, *, generator: Generator) -> Draw:
        """`n_points` inputs for each distribution, shape (..., n_points, n): x_i = max(0, 1 − u_i/p_i), u_i ~ U[0, 1).

        One number decides both: x_i > 0 where u_i < p_i, and there 1 − u_i/p_i is uniform. What is active at one
        density is active at every higher one.
        """
        return Draw(self, self.noise(n_points, generator=generator))

    def noise(self, n_points: int, *, generator: Generator) -> Float[Tensor, "points n"]:
        """The numbers u_i ~ U[0, 1) that one draw needs, shared by all distributions."""
        size = whole_number("n_points", n_points), self.n_features
        return torch.rand(size, generator=generator, device=generator.device, dtype=self.density.dtype)

    def inputs(
        self, u: Float[Tensor, "points n"], rows: Rows | None = None, room: Tensor | None = None
    ) -> Float[Tensor, "*batch points n"]:
        """max(0, 1 − u_i/p_i) for every distribution, or for these rows of their flat list, written into `room`."""
        p = self.density.to(u.device)
        p = (p if rows is None else p.reshape(-1, self.n_features)[rows])[..., None, :]
        return torch.sub(p, u, out=None if room is None else room[: len(p)]).clamp_(min=0).mul_(1 / p)

    def stratified(self, n_points: int, *, generator: Generator) -> Batch:
        """Inputs stratified by K, the number of active features; one draw for all densities, their weights differ.

        K = 0 is the point x = 0 and K = 1 the n segments {t e_k}, all at their exact probability. Then come `n_points`
        points with K ~ q, the mean of the densities' laws of K given K ≥ 2, drawn systematically, of weight
        P(K) / (q(K) n_points). Every expectation is unbiased.

        Returns x and along (1 + n + n_points, n), weight (..., 1 + n + n_points). Raises `ValueError` if the features
        of one distribution differ in density, or n = 1 (where `quadrature` is exact).
        """
        whole_number("n_points", n_points)
        n, device = self.n_features, generator.device
        if n == 1 or not self.exchangeable:
            raise ValueError(f"density must be equal for all of n ≥ 2 features to stratify by K, got {self.density}")
        law = _law_of_count(self.density[..., :1].double().to(device), n)
        q = torch.nn.functional.normalize(law[..., 2:].reshape(-1, n - 1).mean(0), p=1, dim=0)
        k = 2 + _systematic(q, n_points, generator)
        alone = (law[..., 1:2] / n).expand(*law.shape[:-1], n)
        weight = torch.cat([law[..., :1], alone, law[..., k] / (q[k - 2] * n_points)], -1)
        drawn = _with_active(k, n, generator, self.density.dtype)
        x = torch.cat([drawn.new_zeros(1 + n, n), drawn])
        along = torch.zeros_like(x)
        along[1 : n + 1] = torch.eye(n)
        return Batch(x, weight.to(x), along)

    def quadrature(self, *, budget: int = 1024) -> Batch:
        """Segments over every set of K ≥ 1 active features: exact along one of them, Gauss–Legendre in the others.

        Only weights depend on the density: `chance` of the active set × the rule's weight. Each K gets the highest
        order, from 2 to 16, that makes at most `budget` segments (order 2 may make more). Losses of trained
        toys come out within 2e-5 for n ≤ 3 and 1e-3 for n ≤ 6, relatively; where groups come together
        (`GroupedUniform`), up to 5 % off at a budget of 256.

        Returns x and along (segments, n), weight (..., segments). Raises `ValueError` if n > 6: too many.
        """
        n, p = self.n_features, self.density
        if n > 6:
            raise ValueError(f"n_features must be at most 6 for quadrature, got {n}")
        x, along, rule, active = (t.to(p) for t in _segments(n, whole_number("budget", budget)))
        chance = self.chance(active)
        happens = (chance > 0).reshape(-1, len(x)).any(0)
        return Batch(x[happens], (rule * chance)[..., happens], along[happens])

    def chance(self, active: Float[Tensor, "points n"]) -> Float[Tensor, "*batch points"]:
        """P(exactly these features are active): Π_i (p_i if active else 1 − p_i)."""
        p = self.density[..., None, :]
        return torch.where(active > 0, p, 1 - p).prod(-1)


def _law_of_count(p: Float[Tensor, "*batch 1"], n: int) -> Float[Tensor, "*batch n1"]:
    """P(K = 0), …, P(K = n) for n features that are active with probability p each."""
    k = torch.arange(n + 1, device=p.device, dtype=p.dtype)
    choose = torch.lgamma(k.new_tensor(n + 1)) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    return torch.exp(choose + torch.special.xlogy(k, p) + torch.special.xlog1py(n - k, -p))


def _systematic(law: Float[Tensor, " values"], n_points: int, generator: Generator) -> Int[Tensor, " points"]:
    """Values 0, 1, … drawn by one random number: each comes n_points × its probability times, up or down to a whole."""
    device = law.device
    at = (torch.rand((), generator=generator, device=device) + torch.arange(n_points, device=device)) / n_points
    return torch.searchsorted(law.cumsum(0), at.double()).clamp(max=len(law) - 1)


def _with_active(
    k: Int[Tensor, " points"], n: int, generator: Generator, dtype: torch.dtype
) -> Float[Tensor, "points n"]:
    """Inputs of which exactly k features are active, whichever they are."""
    order, value = torch.rand(2, len(k), n, generator=generator, device=k.device, dtype=dtype)
    return value * (order <= order.sort(-1).values.gather(-1, k[:, None] - 1))  # those with the k smallest


@cache
def _segments(n: int, budget: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For every set of active features: x, along (its first member), the rule's weight, and what is active."""
    rows = [(torch.zeros(1, n), torch.zeros(1, n), torch.ones(1), torch.zeros(1, n))]
    for k in range(1, n + 1):
        order = min(16, max(2, int((budget / comb(n, k)) ** (1 / max(1, k - 1)) + 1e-9)))
        nodes, rule = (torch.as_tensor(a) / 2 for a in np.polynomial.legendre.leggauss(order))
        cube, weights = (
            torch.tensor(list(product(axis.tolist(), repeat=k - 1)), dtype=torch.float64).reshape(
                order ** (k - 1), k - 1
            )
            for axis in (nodes + 0.5, rule)
        )
        for first, *others in combinations(range(n), k):
            x, along, active = torch.zeros(3, len(cube), n, dtype=torch.float64)
            x[:, others] = cube
            along[:, first] = 1
            active[:, [first, *others]] = 1
            rows.append((x, along, weights.prod(-1), active))
    return tuple(torch.cat([part.double() for part in parts]) for parts in zip(*rows, strict=True))
