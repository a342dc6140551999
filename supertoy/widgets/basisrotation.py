"""BasisRotation: the neurons turn, the features stay."""

from math import cos, radians, sin
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import observe

from supertoy import theory
from supertoy.plots import CYCLE, GREY, INK, plot_features
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Number, Numbers, Whole

FEWEST, MOST, NEAR = 2, 8, 0.005


class _Strengths(Numbers):
    def __init__(self, default: list):
        each = Number(0, at_least=0, at_most=1, step=0.05)
        super().__init__(default, each=each, rule=f"{FEWEST} to {MOST} numbers from 0 to 1")

    def validate(self, obj: Any, value: Any) -> list:
        """The strengths as a list."""
        c = super().validate(obj, value)
        return c if FEWEST <= len(c) <= MOST else self.refuse(value)


class BasisRotation(Widget):
    """n features as fixed unit directions f_i in the plane, and two neurons e_k at right angles that turn.

    Neuron k reads f_i·e_k of feature i, and a·e_k of the activation a = Σ_i c_i f_i. It is said to answer to every
    feature that it reads as more than half of its largest reading: to one, and it is monosemantic; to several,
    polysemantic.
    Turning changes all of this and none of the f_i·f_j and f_i·a.

    Attributes:
        n_features: n, 2 to 8; a regular n-gon (two are at right angles).
        degrees: by how much the neurons are turned, 0 to 360.
        activity: c, n numbers from 0 to 1. n follows the length of activity; a new n cuts it off or fills it up with 0.

    Raises `ValueError` if a value breaks its rule, or if activity and n are given together and disagree. Source: the
    book's chapter 2.
    """

    module = "basisrotation"
    n_features = Whole(5, at_least=FEWEST, at_most=MOST)
    degrees = Number(0, at_least=0, at_most=360, step=0.5)
    activity = _Strengths([0, 0.8, 0, 0, 0.5])

    def __init__(self, **traits: Any):
        super().__init__(**traits)
        n = len(traits.get("activity", self.activity))
        if traits.get("n_features", n) != n:
            raise ValueError(f"activity must be {traits['n_features']} numbers from 0 to 1 as n_features says, got {n}")

    @observe("activity")
    def _count(self, change: dict) -> None:
        self.n_features = len(self.activity)

    @observe("n_features")
    def _fill_up(self, change: dict) -> None:
        self.activity = [*self.activity, *[0] * MOST][: self.n_features]

    def directions(self) -> Tensor:
        """The features f_i as columns, shape (2, n), in double precision."""
        if self.n_features == 2:
            return torch.eye(2, dtype=torch.float64)
        return theory.polygon(self.n_features, radius=1.0)[0]

    def neurons(self) -> Tensor:
        """The neurons' axes e_k as rows, shape (2, 2)."""
        c, s = cos(radians(self.degrees)), sin(radians(self.degrees))
        return torch.tensor([[c, s], [-s, c]], dtype=torch.float64)

    def readings(self) -> Tensor:
        """What each neuron reads of each feature, e_k·f_i, shape (2, n)."""
        return self.neurons() @ self.directions()

    def activations(self) -> Tensor:
        """What the neurons say of the active features, a·e_k, shape (2,)."""
        return self.readings() @ torch.tensor(self.activity, dtype=torch.float64)

    def answers_to(self, neuron: int) -> list[int]:
        """The features that neuron 1 or 2 answers to, by number from 1, the best first."""
        values = self.readings()[neuron - 1]
        found = values.sort(descending=True, stable=True).indices.tolist()
        largest = values.max().item()
        return [i + 1 for i in found if largest >= NEAR and values[i] > largest / 2 + 1e-9]

    def _called(self, neuron: int) -> str:
        found = self.answers_to(neuron)
        return f"neuron {neuron} answers to {' and '.join(map(str, found)) or 'no feature'}"

    def _bars(self, neuron: int, ax: Axes) -> None:
        values, corners = self.readings()[neuron - 1], range(1, self.n_features + 1)
        bars = ax.bar(corners, values.tolist(), color=[CYCLE[i % len(CYCLE)] for i in range(self.n_features)])
        ax.bar_label(
            bars,
            [f"{v:.2f}".replace("-", "−") for v in (values.round(decimals=2) + 0.0).tolist()],
            fontsize=8,
            padding=1,
        )
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.axhline(max(0, values.max().item()) / 2, color=GREY, linewidth=1, linestyle="--")
        ax.set(xticks=corners, yticks=(-1, 0, 1), ylim=(-1.5, 1.5), title=self._called(neuron))

    def figure(self) -> Figure:
        """Features, neurons and activation in the plane; what each neuron reads of each feature."""
        figure = Figure(figsize=(6.6, 3.3))
        left, top, bottom = (figure.add_subplot(*place) for place in ((1, 2, 1), (2, 2, 2), (2, 2, 4)))
        plot_features(self.directions(), ax=left)
        for k, axis in enumerate(self.neurons(), start=1):
            left.plot(*torch.stack([-1.2 * axis, 1.2 * axis], 1), "--", color=GREY, linewidth=1.2)
            left.annotate(f"neuron {k}", 1.3 * axis, color=GREY, fontsize=8, ha="center", va="center")
        a = self.directions() @ torch.tensor(self.activity, dtype=torch.float64)
        reach = max(1.45, 1.2 * a.abs().max().item())
        left.annotate("", a.tolist(), (0, 0), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2})
        left.annotate("a", a.tolist(), (4, 4), textcoords="offset points", weight="bold")
        left.set(xlabel="", ylabel="", xlim=(-reach, reach), ylim=(-reach, reach), title=f"turned by {self.degrees:g}°")
        for neuron, ax in ((1, top), (2, bottom)):
            self._bars(neuron, ax)
        bottom.set_xlabel("feature")
        return figure

    def alt(self) -> str:
        """Says what the neurons read of each feature, and what they say."""
        first, second = (
            ", ".join(f"{v:.2f}" for v in row) for row in (self.readings().round(decimals=2) + 0.0).tolist()
        )
        says = " and ".join(f"{v:.2f}" for v in (self.activations().round(decimals=2) + 0.0).tolist())
        strengths = ", ".join(f"{c:g}" for c in self.activity)
        return (
            f"Left, {self.n_features} features as arrows in the plane, the axes of two neurons turned by "
            f"{self.degrees:g} degrees, and the activation a of strengths {strengths}, of which the "
            f"neurons say {says}. Right, bars: neuron 1 reads {first} of the features, neuron 2 reads {second}; "
            f"{self._called(1)}, {self._called(2)}."
        )
