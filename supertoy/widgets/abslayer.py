"""AbsLayer: a layer of ReLU neurons computes absolute values, one neuron after the other."""

from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import default

from supertoy.plots import CYCLE, GREY, INK
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Choice, Number, Records, Whole

LAYERS = {
    "two each": {
        "W": [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]],
        "V": [[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]],
    },
    "shared": {
        "W": [[-1, 0, 1], [-1, -1, 0], [0, 1, 1], [0, 0, -1], [1, 1, 0]],
        "V": [[1, 0, -1, 0, 1], [-1, 1, 1, 0, 0], [1, -1, 0, 1, 0]],
    },
    "asymmetric": {
        "W": [[2, -0.5], [1, 0], [-1, 0], [0, 1]],
        "V": [[0.5, 0, 1, 0], [2, -4, 0, 1]],
    },
}
"""Weights by hand: W of shape (neurons, features) reads, V (features, neurons) writes."""

SUBSCRIPT = "₁₂₃"


class AbsLayer(Widget):
    """Absolute values from a layer y = ReLU(V ReLU(W x)): each neuron's hinge, and the outputs as neurons are added.

    Three layers, by hand. "two each": six neurons for three features, one for each sign. "shared": five neurons for
    the same three, exact while one feature is active. "asymmetric": two features share a neuron by unequal weights,
    and a second neuron takes away what the first does to feature 2's output.

    Attributes:
        layer: "two each", "shared" or "asymmetric" (of two features).
        x1: the input's first feature, from -1 to 1.
        x2: its second, likewise.
        x3: its third, likewise; not used by "asymmetric".
        feature: 1, 2 or 3, which of them the picture moves.
        neurons: how many neurons are added up, from 0 to 6; what is beyond the layer's number means all.
        layers: the weights of all layers; not to be set.

    Raises `ValueError` if a value breaks its rule. Source: Elhage et al. (2022), "Computation in superposition"; the
    layer "shared" is the book's own.
    """

    module = "abslayer"
    layer = Choice("two each", tuple(LAYERS))
    x1 = Number(-0.6, at_least=-1, at_most=1)
    x2 = Number(0.0, at_least=-1, at_most=1)
    x3 = Number(0.0, at_least=-1, at_most=1)
    feature = Choice(1, (1, 2, 3))
    neurons = Whole(6, at_least=0, at_most=6)
    layers = Records({}, read_only=True)

    @default("layers")
    def _layers(self) -> dict[str, Any]:
        return LAYERS

    def weights(self) -> tuple[Tensor, Tensor]:
        """W (neurons, features) and V (features, neurons) of the neurons that are added up."""
        W, V = (torch.tensor(LAYERS[self.layer][name], dtype=torch.float64) for name in "WV")
        return W[: self.neurons], V[:, : self.neurons]

    def x(self) -> Tensor:
        """The input, shape (features,)."""
        n = len(LAYERS[self.layer]["V"])
        return torch.tensor([self.x1, self.x2, self.x3], dtype=torch.float64)[:n]

    def answer(self, x: Tensor | None = None) -> Tensor:
        """ReLU(V ReLU(W x)) of the neurons that are added up, shape (..., features)."""
        W, V = self.weights()
        return torch.relu(torch.relu((self.x() if x is None else x) @ W.T) @ V.T)

    def figure(self) -> Figure:
        """The answers, and what each neuron says, as one feature moves."""
        x = self.x()
        moving = min(self.feature, len(x)) - 1
        axis = torch.linspace(-1, 1, 201, dtype=torch.float64)
        inputs = x.repeat(201, 1)
        inputs[:, moving] = axis
        figure = Figure(figsize=(6.2, 2.9))
        left, right = figure.subplots(1, 2)
        for j, line in enumerate(self.answer(inputs).T):
            left.plot(axis, line, color=CYCLE[j], label=f"ŷ{SUBSCRIPT[j]}")
        left.plot(axis, axis.abs(), color=INK, linestyle="--", linewidth=1, label="wanted")
        left.axvline(x[moving], color=GREY, linewidth=1)
        left.set(xlabel=f"x{SUBSCRIPT[moving]}", title="outputs")
        left.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, -0.25))
        W, _ = self.weights()
        for k, line in enumerate(torch.relu(inputs @ W.T).T):
            right.plot(axis, line + 0.02 * k, label=f"neuron {k + 1}", color=CYCLE[k])
        right.set(xlabel=f"x{SUBSCRIPT[moving]}", title="what each neuron says")
        if len(W):
            right.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, -0.25))
        figure.draw_without_rendering()  # tick labels settle, and with them the layout of the next drawing
        return figure

    def alt(self) -> str:
        """Says which layer it is, and what comes out for which input."""
        x, y = (", ".join(f"{v:.2f}" for v in (t + 0.0).tolist()) for t in (self.x(), self.answer()))
        many = len(self.weights()[0])
        return (
            f'The layer "{self.layer}" with {many} neurons added up. Left, its outputs as x'
            f"{SUBSCRIPT[min(self.feature, len(self.x())) - 1]} moves from -1 to 1, beside the absolute value. Right, "
            f"what each neuron says. To the input ({x}) it answers ({y})."
        )
