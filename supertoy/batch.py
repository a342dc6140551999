"""Weighted points, which stand for a distribution over inputs, and what a distribution has to offer."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor

Rows = slice | Tensor
"""Which distributions of a batch are meant, by their place in the flat list."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Weighted points, or segments: the expectation of f is Σ_p weight_p ∫₀¹ f(x_p + t along_p) dt.

    Leading axes of a tensor are independent distributions; a tensor without them is shared by all.

    Attributes:
        x: inputs, shape (..., points, n).
        weight: weight of each point, shape (..., points), summing to 1.
        along: the direction in which each point extends to a segment, over which losses integrate in closed form; shape
            (points, n), 0 for a plain point. None if all are plain points.
        y: what the model should answer, shape (..., points, outputs); x if left out. Plain points only.

    Raises `ValueError` if there are targets y for segments.
    """

    x: Float[Tensor, "*#batch points n"]
    weight: Float[Tensor, "*#batch points"]
    along: Float[Tensor, "points n"] | None = None
    y: Float[Tensor, "*#batch points outputs"] | None = None

    def __post_init__(self):
        if self.y is not None and self.along is not None:
            raise ValueError(f"y must be left out where points extend along segments, got {tuple(self.y.shape)}")

    @property
    def target(self) -> Float[Tensor, "*batch points outputs"]:
        """What the model should answer, which is x if there is no y."""
        return self.x if self.y is None else self.y

    @property
    def points(self) -> int:
        """How many points there are."""
        return self.weight.shape[-1]

    @property
    def width(self) -> int:
        """How many features x has."""
        return self.x.shape[-1]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch of independent distributions."""
        y = () if self.y is None else self.y.shape[:-2]
        return tuple(torch.broadcast_shapes(self.x.shape[:-2], self.weight.shape[:-1], y))

    def to(self, like: Tensor) -> "Batch":
        """The same beside another tensor: on its device, in its dtype."""
        return Batch(*(None if t is None else t.to(like) for t in (self.x, self.weight, self.along, self.y)))

    def rows(self, rows: Rows, room: Tensor | None = None) -> "Batch":
        """Some of the distributions, as (k, points, …), or (1, points, …) where all share a tensor."""
        x, weight = _rows(self.x, 2, self.shape, rows), _rows(self.weight, 1, self.shape, rows)
        return Batch(x, weight, self.along, None if self.y is None else _rows(self.y, 2, self.shape, rows))

    def parts(self, points: int) -> list["Batch"]:
        """The same in parts of at most so many points: expectations add up."""
        if self.points <= points:
            return [self]
        tensors = (self.x, -2), (self.weight, -1), (self.along, -2), (self.y, -2)
        none = [None] * -(-self.points // points)
        cut = (none if t is None else t.split(points, axis) for t, axis in tensors)
        return [Batch(*part) for part in zip(*cut, strict=True)]

    def split(self) -> tuple["Batch", "Batch"]:
        """The plain points, and the segments."""
        if self.along is None:
            return self, Batch(self.x[..., :0, :], self.weight[..., :0])
        flat = (self.along == 0).all(-1)
        points = Batch(self.x[..., flat, :], self.weight[..., flat])
        return points, Batch(self.x[..., ~flat, :], self.weight[..., ~flat], self.along[~flat])

    def flat(self, order: int = 16) -> "Batch":
        """Plain points only: those of Gauss–Legendre stand for each segment."""
        points, segments = self.split()
        if not segments.points:
            return points
        t, rule = (torch.as_tensor(a / 2).to(self.x) for a in np.polynomial.legendre.leggauss(order))
        x = segments.x[..., None, :] + (t + 0.5)[:, None] * segments.along[:, None]
        weight = segments.weight[..., None] * rule
        x, weight = torch.cat([points.x, x.flatten(-3, -2)], -2), torch.cat([points.weight, weight.flatten(-2)], -1)
        return Batch(x, weight)


def _rows(tensor: Tensor, own: int, shape: tuple[int, ...], rows: Rows) -> Tensor:
    """Of a tensor with `own` axes behind those of the distributions, these rows of the flat list."""
    axes = tensor.shape[tensor.ndim - own :]
    if tensor.shape[: tensor.ndim - own].numel() == 1:
        return tensor.reshape(1, *axes)
    return tensor.expand(*shape, *axes).reshape(-1, *axes)[rows]


class Draw(Batch):
    """A batch whose inputs are made from random numbers as they are needed: all at once, or row by row.

    Args:
        features: has `density` (..., n) and `inputs(noise, rows, room)`.
        noise: random numbers, one row for each point, shared by all distributions.
        dtype: of the inputs that are made; the features' own if left out.
    """

    def __init__(self, features, noise: Float[Tensor, "points more"], dtype: torch.dtype | None = None):
        weight = _equal(noise).to(dtype)
        own = {"features": features, "noise": noise, "dtype": dtype, "weight": weight, "along": None, "y": None}
        vars(self).update(own)

    @cached_property
    def x(self) -> Float[Tensor, "*batch points n"]:
        """The inputs of all distributions."""
        return self.features.inputs(self.noise).to(self.dtype)

    @property
    def width(self) -> int:
        """How many features x has."""
        return self.features.n_features

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch of independent distributions."""
        return tuple(self.features.density.shape[:-1])

    def to(self, like: Tensor) -> "Draw":
        """The same beside another tensor: on its device, and with inputs in its dtype."""
        return Draw(self.features, self.noise.to(like.device), like.dtype)

    def rows(self, rows: Rows, room: Tensor | None = None) -> Batch:
        """Some of the distributions, their inputs written into `room` where there is one."""
        return Batch(self.features.inputs(self.noise, rows, room).to(self.dtype), self.weight[None])


def equal_weights(x: Float[Tensor, "*batch points n"]) -> Batch:
    """Plain points of equal weight."""
    return Batch(x, _equal(x))


def _equal(points: Tensor) -> Tensor:
    return points.new_full((points.shape[-2],), 1 / points.shape[-2])


class Features:
    """A distribution over inputs: what training and evaluation ask of it. Derive from it to write your own.

    It needs `n_features` and one of two: `exact`, the list of a finite distribution, or `sample`, a draw. More makes it
    quicker or more exact: a `Draw` for `sample`, so that inputs are made as they are needed; `quadrature`, a list that
    stands for a continuous distribution; and `stratified` draws, where `exchangeable` says that there are some.
    """

    n_features: int
    exchangeable: bool = False

    def exact(self) -> Batch | None:
        """Every point of a finite distribution with its probability, or None if there is no such list."""
        return None

    def sample(self, n_points: int, *, generator: Generator) -> Batch:
        """So many points, drawn."""
        raise NotImplementedError(f"{type(self).__name__} has neither a list of points (exact) nor draws (sample)")

    def quadrature(self, *, budget: int = 1024) -> Batch | None:
        """Weighted points or segments over which expectations are sums, or None if there is no such list."""
        return None

    def stratified(self, n_points: int, *, generator: Generator) -> Batch:
        """Points drawn by the number of active features, where `exchangeable` is true."""
        raise NotImplementedError(f"{type(self).__name__} has no strata")
