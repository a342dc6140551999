"""Trainer: a toy with two hidden dimensions learns in the page."""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from supertoy import LinearModel, ReLUModel, SparseUniform, ToyModel, TrainConfig, expected_loss, train
from supertoy.plots import plot_features, plot_gram
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Choice, Flag, Number, Numbers, Whole


class Trainer(Widget):
    """A toy with m = 2 and sparse uniform features, trained in the browser: L = E Σ_i c^(i−1) (x_i − x̂_i)².

    Batches of 256; Adam with a rate that rises to 0.03 and falls along a cosine. Density and importance may change as
    it trains; n, σ and the seed start afresh. At each stop the exact loss is computed and comes back to Python.

    Attributes:
        n_features: n, 1 to 8.
        activation: σ, "relu" or "linear".
        density: p, from 0.01 to 1.
        importance_decay: c, from 0.5 to 1.
        seed: of the start and the inputs, 0 to 10⁶.
        steps: length of a run, 1 to 10⁶.
        speed: steps per second that are wanted, 1 to 20,000.
        playing: whether it trains.
        W: weights, shape (2, n), or empty before the first start; set it to start from there.
        b: output biases, shape (n,).
        step: updates made so far.
        loss: the exact loss at the last stop.

    Raises `ValueError` if a value breaks its rule. Source: Elhage et al. (2022), "Demonstrating superposition".
    """

    module = "trainer"
    n_features = Whole(5, at_least=1, at_most=8)
    activation = Choice("relu", ("relu", "linear"))
    density = Number(0.05, at_least=0.01, at_most=1, log=True)
    importance_decay = Number(0.9, at_least=0.5, at_most=1)
    seed = Whole(0, at_least=0, at_most=10**6)
    steps = Whole(3000, at_least=1, at_most=10**6)
    speed = Number(1500, at_least=1, at_most=20000, log=True, step=1)
    playing = Flag(False)
    W = Numbers([], axes=2)
    b = Numbers([])
    step = Whole(0, at_least=0, at_most=10**6)
    loss = Number(None, at_least=0, allow_none=True)

    def importance(self) -> Tensor:
        """I_i = c^(i−1), shape (n,)."""
        return self.importance_decay ** torch.arange(self.n_features, dtype=torch.float64)

    def features(self) -> SparseUniform:
        """The inputs."""
        return SparseUniform(n_features=self.n_features, density=self.density)

    def toy(self) -> ToyModel:
        """The model as it is now, in double precision. Raises `ValueError` before the view has made a start."""
        if not self.W:
            raise ValueError("W must hold a start, got none: show the widget first, or set W and b")
        kind = ReLUModel if self.activation == "relu" else LinearModel
        return kind.from_weights(torch.tensor(self.W).double(), torch.tensor(self.b).double())

    def _result(self) -> tuple[ToyModel, float]:
        if self.W:
            model = self.toy()
            return model, expected_loss(model, self.features(), importance=self.importance()).loss.item()
        kind = ReLUModel if self.activation == "relu" else LinearModel
        generator = torch.Generator().manual_seed(self.seed)
        model = kind(n_features=self.n_features, n_hidden=2, batch=(8,), generator=generator)
        config = TrainConfig(progress=False, batch_size=256)
        best, loss = train(model, self.features(), importance=self.importance(), config=config).best()
        return best, loss.item()

    def figure(self) -> Figure:
        """Directions and dot products after training (best of eight starts), or of the present W."""
        model, loss = self._result()
        figure = Figure(figsize=(5.8, 2.8))
        left, right = figure.subplots(1, 2)
        plot_features(model.W.detach(), ax=left)
        plot_gram(model.W.detach().mT @ model.W.detach(), ax=right)
        figure.suptitle(f"n = {self.n_features}, p = {self.density:g}, loss {loss:.4f}", fontsize="medium")
        return figure

    def alt(self) -> str:
        """Says what a trained toy looks like."""
        return (
            f"A trained toy with {self.n_features} features of density {self.density:g} in two dimensions: their "
            "directions as arrows in the plane, and a heat map of all dot products."
        )
