"""What to compute: signs, draws in which something is always active, and targets other than the input.

Each takes a distribution and makes another: `Computed(torch.abs, Signed(AtLeastOne(SparseUniform(…))))`.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from supertoy._checks import instance
from supertoy.batch import Batch, Features
from supertoy.features import SparseUniform


class Signed(Features):
    """The same features with signs: each x_i becomes x_i or −x_i, with even chances, independently.

    Args:
        features: a distribution to draw from. Segments may be along one feature only, as those of `stratified` are.

    Raises `ValueError` if `features` are no `Features`. Source: Elhage et al. (2022), "Computation in superposition".
    """

    def __init__(self, features: Features):
        self.features = instance("features", features, Features)
        self.n_features, self.exchangeable = features.n_features, features.exchangeable and features.n_features > 1

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """`n_points` draws, each with signs of its own, which all distributions share."""
        return self._signed(self.features.sample(n_points, generator=generator), generator)

    def stratified(self, n_points: int, *, generator: Generator) -> Batch:
        """The strata with signs: a segment {t e_k} becomes two, {t e_k} and {−t e_k}, each of half its weight."""
        points, alone = self.features.stratified(n_points, generator=generator).split()
        drawn = self._signed(points, generator)
        if not alone.points:
            return drawn
        x = torch.cat([drawn.x, alone.x, -alone.x], -2)
        weight = torch.cat([drawn.weight, alone.weight / 2, alone.weight / 2], -1)
        plain = x.new_zeros(drawn.points, self.n_features)
        return Batch(x, weight, torch.cat([plain, alone.along, -alone.along]))

    def _signed(self, batch: Batch, generator: Generator) -> Batch:
        size, device = (batch.points, self.n_features), generator.device
        signs = torch.randint(2, size, generator=generator, device=device).to(batch.x) * 2 - 1
        return Batch(batch.x * signs, batch.weight)


class AtLeastOne(Features):
    """Sparse features without the waste: every draw has an active feature, and x = 0 comes once, at its exact weight.

    One feature j, drawn uniformly, is active; the others are as ever. Such draws favour inputs with many active
    features, so each has the weight P(x) / q(x) = n / Σ_{i active} 1/p_i, which is n p / K at equal densities. Every
    expectation is unbiased; the weights sum to 1 on average only.

    Args:
        features: independent sparse features.

    Raises `ValueError` if `features` are no `SparseUniform`, or are grouped.
    """

    def __init__(self, features: SparseUniform):
        if type(features) is not SparseUniform:
            raise ValueError(f"features must be a SparseUniform, whose features are independent, got {features!r}")
        self.features, self.n_features, self.exchangeable = features, features.n_features, features.exchangeable

    def quadrature(self, *, budget: int = 1024) -> Batch:
        """That of the features."""
        return self.features.quadrature(budget=budget)

    def stratified(self, n_points: int, *, generator: Generator) -> Batch:
        """That of the features."""
        return self.features.stratified(n_points, generator=generator)

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """The input 0 and then `n_points` weighted draws, x of shape (..., 1 + n_points, n)."""
        n, p, device = self.n_features, self.features.density.to(generator.device), generator.device
        x = self.features.inputs(self.features.noise(n_points, generator=generator))
        forced = torch.randint(n, (n_points, 1), generator=generator, device=device)
        strength = 1 - torch.rand(n_points, 1, generator=generator, device=device, dtype=x.dtype)  # never 0
        x = x.scatter(-1, forced.expand(*x.shape[:-1], 1), strength.expand(*x.shape[:-1], 1))
        weight = n / ((x > 0) / p[..., None, :]).sum(-1) / n_points
        none = (1 - p).prod(-1, keepdim=True)
        return Batch(torch.cat([x.new_zeros(*x.shape[:-2], 1, n), x], -2), torch.cat([none, weight], -1))


class Computed(Features):
    """Other features' inputs, and what a network should make of them: y = function(x).

    Args:
        function: maps inputs (..., points, n) to targets (..., points, outputs), such as `torch.abs`. Targets may
            differ between models whose inputs are the same.
        features: the distribution of x; its segments become 16 points each.

    Raises `ValueError` if `features` are no `Features`, or the function's answer is not one row for each point.
    """

    def __init__(self, function: Callable[[Tensor], Tensor], features: Features):
        self.function, self.features = function, instance("features", features, Features)
        self.n_features, self.exchangeable = features.n_features, features.exchangeable

    def exact(self) -> Batch | None:
        """Every point of a finite distribution, with its target."""
        return self._answered(self.features.exact())

    def quadrature(self, *, budget: int = 1024) -> Batch | None:
        """The points of a quadrature, with their targets."""
        return self._answered(self.features.quadrature(budget=budget))

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """`n_points` draws, with their targets."""
        return self._answered(self.features.sample(n_points, generator=generator))

    def stratified(self, n_points: int, *, generator: Generator) -> Batch:
        """Points drawn by the number of active features, with their targets."""
        return self._answered(self.features.stratified(n_points, generator=generator))

    def _answered(self, batch: Batch | None) -> Batch | None:
        if batch is None:
            return None
        points = batch.flat() if batch.along is not None else batch
        y = self.function(points.x)
        if not isinstance(y, Tensor) or y.ndim < 2 or y.shape[-2] != points.points:
            got = tuple(y.shape) if isinstance(y, Tensor) else repr(y)
            raise ValueError(f"function must return one row of targets for each of {points.points} points, got {got}")
        return Batch(points.x, points.weight, None, y)
