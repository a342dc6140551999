"""LossLandscape: a ring of minima, and what breaks it."""

import math

import torch
from matplotlib.figure import Figure
from torch import Tensor

from supertoy import LinearModel, OneHot, ReLUModel, ToyModel, expected_loss
from supertoy.plots import BLUE, ORANGE, plot_landscape
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Choice, Flag, Number

REACH = 1.6


class LossLandscape(Widget):
    """The one-hot loss of two features in one dimension, b = 0: L = ½ Σ_k Σ_j I_j (x_j − x̂_j)², I = (1, importance).

    σ linear: along each direction θ of (f₁, f₂) the loss is least at r = 1, where L = ½[I₁ sin²θ + I₂ cos²θ]: a ring
    of minima at equal importance, two points otherwise. ReLU: L = 0 at the antipodal pairs ±(1, −1). The view rolls
    the point downhill by gradient descent, or 40 random starts.

    Attributes:
        f1: first weight, from -1.6 to 1.6.
        f2: second weight, from -1.6 to 1.6.
        importance: I₂, from 0.1 to 2; I₁ = 1.
        activation: σ, "linear" or "relu".
        playing: whether the point rolls.

    Raises `ValueError` if a value breaks its rule. Source: the toy of the book's chapters 3 and 4.
    """

    module = "losslandscape"
    f1 = Number(0.3, at_least=-REACH, at_most=REACH)
    f2 = Number(0.2, at_least=-REACH, at_most=REACH)
    importance = Number(1.0, at_least=0.1, at_most=2)
    activation = Choice("linear", ("linear", "relu"))
    playing = Flag(False)

    def _toy(self, W: Tensor) -> ToyModel:
        return (ReLUModel if self.activation == "relu" else LinearModel).from_weights(W)

    def _loss(self, W: Tensor) -> Tensor:
        importance = torch.tensor([1, self.importance], dtype=W.dtype)
        return expected_loss(self._toy(W), OneHot(n_features=2), importance=importance).loss

    def toy(self) -> ToyModel:
        """The model as it is now, W of shape (1, 2), in double precision."""
        return self._toy(torch.tensor([[self.f1, self.f2]], dtype=torch.float64))

    def loss(self) -> float:
        """L, of the model as it is now."""
        return self._loss(self.toy().W).item()

    def path(self, *, steps: int = 2000, rate: float = 0.02) -> Tensor:
        """Gradient descent from (f1, f2), shape (steps + 1, 2)."""
        W = self.toy().W.detach()
        visited = [W[0]]
        importance, eye = torch.tensor([1, self.importance], dtype=W.dtype), torch.eye(2, dtype=W.dtype)
        for _ in range(steps):
            z = W.mT @ W
            e = (z - eye) * importance * ((z > 0) if self.activation == "relu" else 1)
            W = W - rate * (W @ (e + e.mT))
            visited.append(W[0])
        return torch.stack(visited)

    def valley(self, angle: Tensor) -> tuple[Tensor, Tensor]:
        """How far out the loss is least in each direction, and what it is there.

        Along a ray L = ½[I₁ + I₂ − 2Aq + Bq²] with q = r², A = I₁c² + I₂s², B = I₁c⁴ + I₂s⁴ + (I₁ + I₂)c²s², the last
        term only where interference passes σ; so q = A/B.
        """
        c, s = angle.cos() ** 2, angle.sin() ** 2
        shared = (1 + self.importance) * c * s
        if self.activation == "relu":
            shared = shared * (angle.cos() * angle.sin() >= 0)
        A, B = c + self.importance * s, c**2 + self.importance * s**2 + shared
        return (A / B).sqrt(), (1 + self.importance - A**2 / B) / 2

    def figure(self) -> Figure:
        """The landscape with its valley and the way down from the point, and the valley's floor over the angle."""
        axis = torch.linspace(-REACH, REACH, 161, dtype=torch.float64)
        W = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)[:, :, None]
        figure = Figure(figsize=(6.2, 2.9))
        left, right = figure.subplots(1, 2, width_ratios=(1.4, 1))
        plot_landscape(axis, self._loss(W).detach(), ax=left)
        angle = torch.linspace(-math.pi, math.pi, 181, dtype=torch.float64)
        radius, floor = self.valley(angle)
        left.plot(radius * angle.cos(), radius * angle.sin(), "--", color="white", linewidth=1)
        path = self.path()
        left.plot(*torch.cat([path[:100:2], path[100::40], path[-1:]]).T, color=ORANGE, linewidth=1.5)
        left.plot(*path[0], "o", color="white", markeredgecolor="black", markersize=6)
        left.plot(*path[-1], "*", color=ORANGE, markeredgecolor="black", markersize=11)
        left.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
        right.plot(angle.rad2deg(), floor, color=BLUE)
        right.set(xlabel="angle θ (degrees)", ylabel="least loss at θ", xticks=range(-180, 181, 90), ylim=(0, None))
        figure.draw_without_rendering()  # tick labels settle, and with them the layout of the next drawing
        return figure

    def alt(self) -> str:
        """Says what the valley looks like and where the point rolls."""
        end = self.path()[-1].round(decimals=2) + 0.0
        if self.activation == "relu":
            shape = "Its lowest points are (1, -1) and (-1, 1), where it is 0"
        elif self.importance == 1:
            shape = "Its valley is a ring of radius 1, all at the loss ½"
        else:
            lowest = "(1, 0) and (-1, 0)" if self.importance < 1 else "(0, 1) and (0, -1)"
            shape = f"Its valley is a ring that is lowest at {lowest}, where it is {min(1, self.importance) / 2:g}"
        return (
            f"Left, the loss of two features in one dimension over their weights. {shape}. From "
            f"({self.f1:g}, {self.f2:g}) gradient descent leads to ({end[0]:g}, {end[1]:g}). Right, the "
            "valley's floor over the angle."
        )
