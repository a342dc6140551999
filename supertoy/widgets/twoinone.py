"""TwoInOne: two features share one number."""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from supertoy import LinearModel, OneHot, ReLUModel, ToyModel, expected_loss
from supertoy.plots import BLUE, INK, ORANGE, plot_landscape
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Choice, Flag, Number

REACH = 2.0


class TwoInOne(Widget):
    """Two features in one dimension, x̂ = σ(WᵀW x + b) with W = (f₁, f₂): the loss, and the answers to each input.

    The landscape is L = ½ Σ_k ‖e_k − x̂(e_k)‖², the one-hot loss, under the bias that is in force. With the bias tied,
    L = 0 where f₁(f₁ − f₂) ≥ 1 and f₂(f₂ − f₁) ≥ 1 (σ = ReLU).

    Attributes:
        f1: first weight, from -2 to 2.
        f2: second weight, from -2 to 2.
        b1: first output bias, from -3 to 3; while biases are tied the view sets it.
        b2: second output bias, likewise.
        tie_bias: whether b_j = 1 − f_j², the only bias with which feature j is read back at full strength.
        activation: σ, "relu" or "linear".
        both_active: whether the input e₁ + e₂ is shown too, and what features of strength U[0, 1] that meet lose.

    Raises `ValueError` if a value breaks its rule. Source: the toy of the book's chapters 3 and 4.
    """

    module = "twoinone"
    f1 = Number(0.6, at_least=-REACH, at_most=REACH)
    f2 = Number(-0.6, at_least=-REACH, at_most=REACH)
    b1 = Number(0.0, at_least=-3, at_most=3)
    b2 = Number(0.0, at_least=-3, at_most=3)
    tie_bias = Flag(True)
    activation = Choice("relu", ("relu", "linear"))
    both_active = Flag(False)

    def _toy(self, W: Tensor) -> ToyModel:
        given = torch.tensor([self.b1, self.b2], dtype=W.dtype).expand(*W.shape[:-2], 2)
        kind = ReLUModel if self.activation == "relu" else LinearModel
        return kind.from_weights(W, 1 - W[..., 0, :] ** 2 if self.tie_bias else given)

    def toy(self) -> ToyModel:
        """The model as it is now, W of shape (1, 2), in double precision."""
        return self._toy(torch.tensor([[self.f1, self.f2]], dtype=torch.float64))

    def loss(self) -> float:
        """L, of the model as it is now."""
        return expected_loss(self.toy(), OneHot(n_features=2)).loss.item()

    def figure(self) -> Figure:
        """The landscape with the point, and the answers to each input beside what was wanted."""
        axis = torch.linspace(-REACH, REACH, 161, dtype=torch.float64)
        W = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)[:, :, None]
        figure = Figure(figsize=(6.2, 2.9))
        left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
        plot_landscape(axis, expected_loss(self._toy(W), OneHot(n_features=2)).loss, ax=left)
        left.plot(self.f1, self.f2, "o", color="white", markeredgecolor="black", markersize=8)
        x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)[: 3 if self.both_active else 2]
        x_hat = self.toy()(x).detach()
        for j, color in enumerate((BLUE, ORANGE)):
            at = [k + (j - 0.5) * 0.36 for k in range(len(x))]
            right.bar(at, x_hat[:, j].tolist(), width=0.34, color=color, label=f"x̂{'₁₂'[j]}")
            right.bar(at, x[:, j].tolist(), width=0.34, fill=False, edgecolor=INK, linestyle="--")
        right.set_xticks(range(len(x)), ["e₁", "e₂", "both"][: len(x)])
        right.set(xlabel="input (dashed: wanted)", title=f"loss {self.loss():.3g}")
        right.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, -0.25))
        figure.draw_without_rendering()  # tick labels settle, and with them the layout of the next drawing
        return figure

    def alt(self) -> str:
        """Says where the point is, and what comes back."""
        rule = "each bias 1 − f²" if self.tie_bias else f"biases {self.b1:g} and {self.b2:g}"
        answers = self.toy()(torch.eye(2, dtype=torch.float64)).detach().round(decimals=2) + 0.0
        first, second = (f"({a:g}, {b:g})" for a, b in answers.tolist())
        return (
            f"Left, the loss of two features in one dimension over their weights, {rule}, with a point at f₁ = "
            f"{self.f1:g}, f₂ = {self.f2:g}, where it is {self.loss():.3g}. Right, as bars, the answers: {first} to "
            f"the input (1, 0) and {second} to (0, 1)."
        )
