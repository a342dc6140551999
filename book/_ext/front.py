"""The picture of the front page: five features find their places in two dimensions, computed when the book is built."""

import torch
from docutils import nodes
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from supertoy import OneHot, ReLUModel, TrainConfig, plots, seed, train
from supertoy._svg import drawing

from .parsing import parsed

ALT = (
    "Five coloured curves start close together in the middle of a plane and bend outwards, each to a corner of a "
    "regular pentagon, where an arrow from the centre ends."
)


def trails() -> torch.Tensor:
    """Where each feature's direction was as a toy trained, the best of eight: shape (records, 2, 5)."""
    model = ReLUModel(n_features=5, n_hidden=2, batch=(8,), generator=seed(0))
    config = TrainConfig(steps=1500, lr=0.01, records=300, progress=False)
    result = train(model, OneHot(n_features=5), config=config)
    return result.history.W[:, result.loss.argmin()].detach()


def draw() -> Figure:
    """The trails, and the directions at the end."""
    W = trails()
    figure = Figure(figsize=(4.6, 4.4))
    ax = figure.subplots()
    for i, color in enumerate(plots.CYCLE[:5]):
        ax.plot(*W[:, :, i].T, color=color, linewidth=1.5)
        ax.plot(*W[0, :, i], "o", color=color, markersize=4)
        ax.annotate(
            "",
            W[-1, :, i].tolist(),
            (0, 0),
            arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 2.5},
        )
    ax.set(aspect="equal", xlabel="hidden number 1", ylabel="hidden number 2")
    return figure


class Pentagon(SphinxDirective):
    """The picture, its caption being the content."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Train, and draw."""
        picture = nodes.raw("", drawing(draw, ALT), format="html")
        return [picture, *parsed(self, list(self.content))]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("pentagon", Pentagon)
