"""AttackPlane: a small push on the input of a toy with two hidden dimensions, and what the outputs make of it."""

from math import cos, pi, radians, sin
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from supertoy import ReLUModel, theory
from supertoy.plots import CYCLE, INK, RED, plot_features
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Number, Numbers

FEWEST, MOST, FLAT = 2, 8, 1e-6


class _Directions(Numbers):
    def __init__(self, default: list):
        super().__init__(default, axes=2)
        self.rule = f"two rows of {FEWEST} to {MOST} numbers from -3 to 3 whose columns span the plane"

    def validate(self, obj: Any, value: Any) -> list:
        """The directions as lists."""
        W = super().validate(obj, value)
        good = len(W) == 2 and FEWEST <= len(W[0]) <= MOST and all(abs(v) <= 3 for row in W for v in row)
        return W if good and torch.linalg.det(_frame(W)) > FLAT else self.refuse(value)


def _per_feature(default: list, at_least: float, at_most: float) -> Numbers:
    each = Number(0, at_least=at_least, at_most=at_most, step=0.05)
    return Numbers(default, each=each, rule=f"one number from {at_least:g} to {at_most:g} for each feature")


def _frame(W: list | Tensor) -> Tensor:
    """F = WWᵀ, in double precision."""
    W = torch.as_tensor(W, dtype=torch.float64)
    return W @ W.mT


def _root(W: list | Tensor) -> Tensor:
    """F^(1/2), which takes u to what it adds to the hidden state."""
    values, vectors = torch.linalg.eigh(_frame(W))
    return (vectors * values.sqrt()) @ vectors.mT


class AttackPlane(Widget):
    """A toy x̂ = ReLU(WᵀW(x + δ) + b) with two hidden dimensions, and a push δ of length ε or less.

    A push matters by Wδ alone. The shortest push for a place is δ = WᵀF^(-1/2) u with F = WWᵀ and ‖u‖ = ‖δ‖, so that
    W(x + δ) = Wx + F^(1/2) u: all pushes together reach an ellipse around Wx, a disc if W is a tight frame. The squared
    error is ‖x − x̂‖²: what was wanted is x, without the push.

    Attributes:
        W: directions, two rows of 2 to 8 numbers from -3 to 3 that span the plane.
        b: biases from -3 to 3, one for each feature.
        x: the input, a strength from 0 to 1 for each feature.
        epsilon: ε, the longest push allowed, from 0.05 to 1.
        angle: direction of u in degrees, from 0 to 360.
        size: ‖u‖/ε, from 0 to 1.

    Raises `ValueError` if a value breaks its rule, or b or x are not one for each column of W where they are given
    together. Source: Elhage et al. (2022), "Superposition and adversarial robustness"; the book's chapter 12.
    """

    module = "attackplane"
    W = _Directions(theory.polygon(5, radius=1.17)[0].tolist())
    b = _per_feature([-0.28] * 5, -3, 3)
    x = _per_feature([0.8, 0, 0, 0, 0], 0, 1)
    epsilon = Number(0.3, at_least=0.05, at_most=1)
    angle = Number(90, at_least=0, at_most=360, step=1)
    size = Number(0.5, at_least=0, at_most=1)

    def __init__(self, **traits: Any):
        super().__init__(**traits)
        n = len(self.W[0])
        for name in ("b", "x"):
            if name in traits and len(getattr(self, name)) != n:
                raise ValueError(f"{name} must be one number for each of {n} features, got {len(getattr(self, name))}")
            if len(getattr(self, name)) != n:
                setattr(self, name, [*getattr(self, name), *[0] * MOST][:n])

    def toy(self) -> ReLUModel:
        """The model, in double precision."""
        return ReLUModel.from_weights(*(torch.tensor(t, dtype=torch.float64) for t in (self.W, self.b)))

    def push(self) -> Tensor:
        """δ = WᵀF^(-1/2) u, shape (n,)."""
        turn, length = radians(self.angle), self.epsilon * self.size
        u = length * torch.tensor([cos(turn), sin(turn)], dtype=torch.float64)
        return torch.tensor(self.W, dtype=torch.float64).mT @ torch.linalg.solve(_root(self.W), u)

    def _input(self) -> Tensor:
        return torch.tensor(self.x, dtype=torch.float64)

    def answers(self) -> tuple[Tensor, Tensor]:
        """x̂ without the push, and with it; each of shape (n,)."""
        x = self._input()
        clean, pushed = self.toy()(torch.stack([x, x + self.push()])).detach()
        return clean, pushed

    def errors(self) -> tuple[float, float]:
        """The squared error without the push, and with it."""
        x = self._input()
        clean, pushed = (((x - x_hat) ** 2).sum().item() for x_hat in self.answers())
        return clean, pushed

    def figure(self) -> Figure:
        """The hidden plane with what a push can reach; the outputs with and without it."""
        figure = Figure(figsize=(6.6, 3.3), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.2))
        W = torch.tensor(self.W, dtype=torch.float64)
        start, end = W @ self._input(), W @ (self._input() + self.push())
        plot_features(W, ax=left)
        turn = torch.linspace(0, 2 * pi, 121, dtype=torch.float64)
        circle = self.epsilon * torch.stack([turn.cos(), turn.sin()])
        edge = start[:, None] + _root(W) @ circle
        left.plot(*edge, "--", color=RED, linewidth=1.5)
        left.plot(*torch.stack([start, end], 1), color=INK, linewidth=1.6)
        left.plot(*end, "o", color="white", markeredgecolor=INK, markersize=7)
        reach = 1.2 * max(W.norm(dim=0).max().item(), edge.norm(dim=0).max().item())
        left.set(
            xlim=(-reach, reach),
            ylim=(-reach, reach),
            xlabel="",
            ylabel="",
            title=f"what ε = {self.epsilon:g} can reach",
        )
        at, colors = range(1, len(self.x) + 1), [CYCLE[i % len(CYCLE)] for i in range(len(self.x))]
        clean, pushed = self.answers()
        right.bar(at, clean.tolist(), color=colors, alpha=0.35, width=0.8)
        right.bar(at, pushed.tolist(), color=colors, width=0.45)
        right.bar(at, self.x, fill=False, edgecolor=INK, linestyle="--", width=0.8)
        before, after = self.errors()
        right.set(xlabel="output (pale: no push, dashed: wanted)", title=f"squared error {before:.3g} → {after:.3g}")
        right.set_xticks(list(at))
        figure.draw_without_rendering()
        return figure

    def alt(self) -> str:
        """Says what the push does to the outputs."""
        clean, pushed = (", ".join(f"{v:.2f}" for v in t.tolist()) for t in self.answers())
        before, after = self.errors()
        return (
            f"Left, {len(self.x)} features as arrows in the hidden plane, a red line around all that pushes of "
            f"length {self.epsilon:g} reach, and a push of {self.size:g} of that length at {self.angle:g} degrees. "
            f"Right, bars: the outputs are {clean} without the push and {pushed} with it, wanted are "
            f"{', '.join(f'{v:g}' for v in self.x)}; the squared error goes from {before:.3g} to {after:.3g}."
        )
