"""PolygonPacker: how many one-hot features fit into the plane, and where they have to be."""

from typing import Any, ClassVar

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import observe

from supertoy import OneHot, ReLUModel, expected_loss, theory
from supertoy.geometry import gram
from supertoy.plots import CYCLE, INK, plot_features
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Choice, Number, Numbers, Whole

MOST, LONGEST, EXACT = 12, 10, 1e-9


class _Directions(Numbers):
    def __init__(self):
        super().__init__([], axes=2)
        self.rule = f"2 rows of 1 to {MOST} numbers from -{LONGEST} to {LONGEST}, or empty"

    def range(self) -> dict[str, Any]:
        """That of each number."""
        return {"min": -LONGEST, "max": LONGEST}

    def validate(self, obj: Any, value: Any) -> list:
        """The directions as two lists."""
        W = super().validate(obj, value)
        fits = len(W) == 2 and 1 <= len(W[0]) <= MOST and all(abs(v) <= LONGEST for row in W for v in row)
        return W if fits or not W else self.refuse(value)


class PolygonPacker(Widget):
    """n one-hot features in two dimensions, x̂ = ReLU(WᵀW x + b): drag their directions and see which are read exactly.

    The loss is L = (1/n) Σ_k ‖e_k − x̂(e_k)‖². With the bias b_j = 1 − ‖W_j‖², the only one that reads feature j back at
    full strength, it is 0 if and only if every margin min_k W_j·(W_j − W_k) is at least 1.

    Attributes:
        n_features: n, 1 to 12.
        W: directions, shape (2, n), numbers from -10 to 10; or empty for those of a regular n-gon at zero loss,
            r² = 1/(1 − cos(2π/n)) (n = 2: an antipodal pair of unit length). n follows W; a new n empties W.
        bias: b_j by rule: "own", 1 − ‖W_j‖²; "shared", b for all; or "zero".
        b: the shared bias, from -99 to 2.

    Raises `ValueError` if a value breaks its rule, or if W and n are given together and disagree. Source: the book's
    chapter 5.
    """

    module = "polygonpacker"
    n_features = Whole(5, at_least=1, at_most=MOST)
    W = _Directions()
    bias = Choice("own", ("own", "shared", "zero"))
    b = Number(0.0, at_least=-99, at_most=2, slider=(-10, 2))
    scales: ClassVar = {
        "scale": Number(1, at_least=0.1, at_most=LONGEST, log=True),
        "length": Number(1, at_least=0.01, at_most=LONGEST),
        "angle": Number(0, at_least=0, at_most=360),
    }

    def __init__(self, **traits: Any):
        super().__init__(**traits)
        if len(traits.get("W", ())) and traits.get("n_features", self.n_features) != len(traits["W"][0]):
            n, wanted = len(traits["W"][0]), traits["n_features"]
            raise ValueError(f"n_features must be the number of columns of W where both are given, {n}, got {wanted}")

    @observe("W")
    def _count(self, change: dict) -> None:
        if self.W:
            self.n_features = len(self.W[0])

    @observe("n_features")
    def _start_over(self, change: dict) -> None:
        if self.W and len(self.W[0]) != self.n_features:
            self.W = []

    def directions(self) -> Tensor:
        """W as it is shown, shape (2, n), in double precision."""
        if self.W:
            return torch.tensor(self.W, dtype=torch.float64)
        if self.n_features >= 3:
            return theory.polygon(self.n_features)[0]
        return torch.tensor([[1.0, -1.0], [0.0, 0.0]], dtype=torch.float64)[:, : self.n_features]

    def toy(self) -> ReLUModel:
        """The model as it is now, in double precision."""
        W = self.directions()
        given = {"own": 1 - (W**2).sum(0), "shared": torch.full_like(W[0], self.b), "zero": torch.zeros_like(W[0])}
        return ReLUModel.from_weights(W, given[self.bias])

    def loss(self) -> float:
        """L, of the model as it is now."""
        return expected_loss(self.toy(), OneHot(n_features=self.n_features)).loss.item()

    def margins(self) -> Tensor:
        """min_k W_j·(W_j − W_k) for every feature j, shape (n,); infinite for a feature that is alone."""
        G = gram(self.directions())
        return (G.diagonal()[:, None] - G).fill_diagonal_(torch.inf).amin(1)

    def exact(self) -> Tensor:
        """Whether output j is right at every input, shape (n,)."""
        inputs = torch.eye(self.n_features, dtype=torch.float64)
        return ((self.toy()(inputs).detach() - inputs).abs() < EXACT).all(0)

    def _title(self) -> str:
        loss = self.loss()
        return f"n = {self.n_features}, L = {0 if loss < EXACT else loss:.3g}"

    def _borders(self, ax: Axes) -> None:
        (left, right), model = ax.get_xlim(), self.toy()
        for j, (W, b) in enumerate(zip(self.directions().T, model.b.detach().tolist(), strict=True)):
            if W.norm() > 1e-6:
                foot = -b * W / W.square().sum()
                along = 3 * right * torch.stack([-W[1], W[0]]) / W.norm()
                ends = torch.stack([foot - along, foot + along])
                ax.plot(*ends.T, color=CYCLE[j % len(CYCLE)], linewidth=0.9, linestyle=(0, (5, 4)))
        ax.set(xlim=(left, right), ylim=(left, right))

    def figure(self) -> Figure:
        """The directions, each with the line that the others must stay behind, and the margins."""
        figure = Figure(figsize=(6.2, 3.1))
        left, right = figure.subplots(1, 2)
        plot_features(self.directions(), ax=left)
        self._borders(left)
        left.set_title(self._title())
        margins, exact = self.margins(), self.exact().tolist()
        margins[margins.isinf()] = 0
        corners = range(1, len(margins) + 1)
        right.bar(corners, margins.tolist(), color=[CYCLE[j % len(CYCLE)] for j in range(len(margins))])
        right.axhline(1, color=INK, linewidth=1, linestyle="--")
        for j, (margin, good) in enumerate(zip(margins.tolist(), exact, strict=True)):
            right.annotate(
                "✓" if good else "✗", (j + 1, max(0, margin)), (0, 3), textcoords="offset points", ha="center"
            )
        right.set(xticks=corners, xlabel="feature j (✓ exact)", ylabel="margin", xlim=(0.4, len(margins) + 0.6))
        right.margins(y=0.15)
        return figure

    def alt(self) -> str:
        """Says how many features come back, and what their margins are."""
        rule = {"own": "each bias 1 − ‖W‖²", "shared": f"all biases {self.b:g}", "zero": "no bias"}[self.bias]
        exact = self.exact()
        margins = ", ".join(f"{v:.2f}" for v in self.margins().tolist() if v < torch.inf) or "none"
        return (
            f"Left, the directions of one-hot features in the plane with {rule} ({self._title()}), each with a dashed "
            f"line that the others must stay behind. Right, their margins: {margins}; {int(exact.sum())} of "
            f"{len(exact)} outputs are exact."
        )
