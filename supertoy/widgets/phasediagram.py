"""PhaseDiagram: two features in one dimension, over importance and density."""

from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import validate

from supertoy import theory
from supertoy.plots import PHASES, plot_phase_map
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Number, Numbers, Records

NAMES = ["feature 2 dropped", "antipodal pair", "feature 1 dropped", "lopsided pair", "same side"]
SIZE = 40


def fixed_weight_map(density: Tensor, importance: Tensor) -> Tensor:
    """Which of the first three phases costs least with fixed weights, shape (densities, importances)."""
    p, r = torch.broadcast_tensors(density[:, None], importance[None])
    dropped, pair = theory.fixed_weight_losses(p, r)
    dropped = dropped / r * r.clamp(max=1)  # the less important one is dropped
    return torch.where(pair < dropped, 1, torch.where(r <= 1, 0, 2))


class PhaseDiagram(Widget):
    """The ReLU toy with n = 2, m = 1 and importances (1, r): point at a density and an importance; what is best there?

    The page searches the least loss of chapter 8's closed form over W and b from several starts, beside the losses of
    the candidates with fixed weights, r (p/3 − p²/4) and (1 + r) p²/6, and follows both along the density.

    Attributes:
        density: p of the chosen cell, from 0.01 to 1.
        importance: r of the chosen cell, from 0.1 to 10.
        densities: of the rows of `labels`, above 0 and rising.
        importances: of the columns of `labels`, above 0 and rising.
        labels: the number of each cell's phase in `names`; by the fixed-weight losses if none are given.
        names: up to six phases.
        colors: theirs (read only).

    To change the map's size, set all its parts together, in `with widget.hold_trait_notifications():`.

    Raises `ValueError` if a value breaks its rule, or labels do not fit the axes and names.
    Source: Elhage et al. (2022), "Phase change"; the closed form is the book's chapter 8.
    """

    module = "phasediagram"
    density = Number(0.3, at_least=0.01, at_most=1, log=True)
    importance = Number(0.5, at_least=0.1, at_most=10, log=True)
    densities = Numbers(torch.logspace(-2, 0, SIZE).tolist())
    importances = Numbers(torch.logspace(-1, 1, SIZE).tolist())
    labels = Numbers(fixed_weight_map(torch.logspace(-2, 0, SIZE), torch.logspace(-1, 1, SIZE)).tolist(), axes=2)
    names = Records(NAMES)
    colors = Records(list(PHASES), read_only=True)

    @validate("labels", "densities", "importances", "names")
    def _map_fits(self, proposal: Any) -> list:
        """Hold labels, axes and names together; during construction all are there when this is called."""
        value, name = proposal["value"], proposal["trait"].name
        if name in ("densities", "importances") and not (value and min(value) > 0 and value == sorted(set(value))):
            raise ValueError(f"{name} must be numbers above 0, rising, got {value!r}")
        if name == "names" and not (all(isinstance(v, str) for v in value) and 1 <= len(value) <= len(PHASES)):
            raise ValueError(f"names must be one to {len(PHASES)} strings, got {value!r}")
        parts = {key: getattr(self, key) for key in ("labels", "densities", "importances", "names")} | {name: value}
        labels, shape = parts["labels"], (len(parts["densities"]), len(parts["importances"]))
        if (len(labels), len(labels[0]) if labels else 0) != shape:
            raise ValueError(
                "labels must have a row for each density and a column for each importance, "
                f"got {len(labels)} × {len(labels[0]) if labels else 0} for {shape[0]} × {shape[1]}"
            )
        if not {v for row in labels for v in row} <= set(range(len(parts["names"]))):
            raise ValueError(f"labels must be whole numbers below {len(parts['names'])}, the number of names")
        return value

    def figure(self) -> Figure:
        """The map, with the border of fixed weights and the chosen cell."""
        figure = Figure(figsize=(5.6, 4.4))
        ax = figure.subplots()
        p, r = torch.tensor(self.densities), torch.tensor(self.importances)
        plot_phase_map(p, r, torch.tensor(self.labels).long(), self.names, ax=ax)
        fine = torch.linspace(0.01, 4 / 7, 200)
        border = theory.antipodal_boundary(fine)
        for side in (border, 1 / border):
            ax.plot(side.numpy(), fine.numpy(), "--", color="#101418")
        ax.plot([self.importance], [self.density], "o", color="white", markeredgecolor="#101418")
        ax.set(xlim=(0.1, 10), ylim=(1, 0.01), xlabel="importance r of feature 2")
        return figure

    def alt(self) -> str:
        """Says what the map shows."""
        return (
            "A map of what two features in one dimension do, over importance and density: the less important one is "
            "dropped where features are dense or unequal; where they are sparse they share the dimension as a pair."
        )
