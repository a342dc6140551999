"""Absorption: how far a child's atom leans towards its parent's, and what that saves."""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from torch import Tensor

from supertoy.plots import BLUE, GREY, INK, ORANGE
from supertoy.theory import absorption_loss, strengths
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Number

TILTS = 121
POINTS = 24
REACH = 2.1


class Absorption(Widget):
    """Two atoms of a dictionary, a parent's and a child's, and inputs with both features.

    Left, the plane of the two features: inputs fill a square, the child's atom can be dragged. Between the atoms codes
    are exact, outside that wedge the parent's code would have to be negative. Right, the loss over the tilt.

    Attributes:
        tilt: β, the parent's part in the child's atom e_c + β e_p, from 0 to 1.2.
        spread: s, strengths are uniform on [1 − s, 1 + s], from 0 to 1.
        price: λ, what a unit of code costs, from 0.01 to 0.5.

    Raises `ValueError` if a value breaks its rule. Source: the book's chapter 16; `theory.absorption_loss`.
    """

    module = "absorption"
    tilt = Number(0.0, at_least=0, at_most=1.2)
    spread = Number(0.5, at_least=0, at_most=1)
    price = Number(0.05, at_least=0.01, at_most=0.5, log=True)

    def losses(self) -> tuple[Tensor, Tensor]:
        """Tilts from 0 to 1.2, and what each costs beyond no tilt, both of shape (121,)."""
        tilts = torch.linspace(0, 1.2, TILTS, dtype=torch.float64)
        loss = absorption_loss(tilts, spread=self.spread, price=self.price, points=POINTS)
        return tilts, loss - loss[0]

    def best(self) -> float:
        """The tilt of least loss."""
        tilts, loss = self.losses()
        return tilts[loss.argmin()].item()

    def outside(self) -> float:
        """The share of inputs for which the parent's code would have to be negative."""
        parent, child = strengths(self.spread, POINTS)
        return (parent < self.tilt * child - 1e-12).double().mean().item()

    def figure(self) -> Figure:
        """The two features' plane, and the loss over the tilt."""
        figure = Figure(figsize=(6.6, 3.1))
        left, right = figure.subplots(1, 2)
        low = 1 - self.spread
        ends = [(REACH, REACH), (self.tilt * REACH, REACH)] if self.tilt < 1 else [(REACH, REACH / self.tilt)]
        left.add_patch(Polygon([(0, 0), (REACH, 0), *ends], color=BLUE, alpha=0.15, linewidth=0))
        left.add_patch(Rectangle((low, low), 2 * self.spread, 2 * self.spread, fill=False, edgecolor=INK))
        left.plot([0, 1], [0, 0], color=BLUE, linewidth=3)
        left.plot([0, self.tilt], [0, 1], color=ORANGE, linewidth=3)
        left.set(xlim=(-0.1, REACH), ylim=(-0.1, REACH), xlabel="parent", ylabel="child", title="inputs and atoms")
        tilts, loss = self.losses()
        right.plot(tilts, loss, color=INK)
        right.axvline(self.tilt, color=ORANGE)
        right.axvline(self.best(), color=GREY, linestyle="--")
        right.set(xlabel="tilt β", title="loss, beyond no tilt")
        figure.draw_without_rendering()  # tick labels settle, and with them the layout of the next drawing
        return figure

    def alt(self) -> str:
        """Says how far the atom leans, and which tilt is best."""
        return (
            f"Left, a square of inputs around (1, 1), strengths from {1 - self.spread:.2f} to {1 + self.spread:.2f}, "
            f"the parent's atom along the horizontal axis, and the child's, tilted by {self.tilt:.2f}; the wedge "
            f"between them leaves out {self.outside():.0%} of the inputs. Right, the loss over the tilt at a price of "
            f"{self.price:g}, least at {self.best():.2f}."
        )
