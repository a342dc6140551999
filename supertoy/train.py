"""Train a batch of toys at once: many settings and many restarts, side by side."""

from dataclasses import dataclass
from math import cos, pi
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from supertoy._checks import importances, number, whole_number
from supertoy._progress import progress_bar
from supertoy.features import Features
from supertoy.loss import expected_loss, feature_loss
from supertoy.model import ToyModel


@dataclass(frozen=True)
class TrainConfig:
    """How to train: Adam, with a rate that rises linearly to `lr` and then falls to 0 along a cosine.

    Attributes:
        steps: optimiser steps, at least 1.
        lr: peak learning rate, above 0.
        warmup: share of the steps spent rising to the peak, in (0, 1].
        batch_size: points drawn for each step, where the distribution is not finite.
        records: about how many moments of training to keep in the history (fewer than twice as many), at least 1.
        progress: show a progress bar.

    Raises `ValueError` if a field is outside its range.
    """

    steps: int = 1000
    lr: float = 0.03
    warmup: float = 0.05
    batch_size: int = 1024
    records: int = 100
    progress: bool = True

    def __post_init__(self):
        for name in ("steps", "batch_size", "records"):
            whole_number(name, getattr(self, name))
        number("lr", self.lr, above=0)
        number("warmup", self.warmup, above=0, at_most=1)

    def rate(self, step: int) -> float:
        """The learning rate at a step, 0 ≤ step < steps."""
        rise = max(1.0, self.warmup * self.steps)
        if step + 1 < rise:
            return self.lr * (step + 1) / rise
        return self.lr * 0.5 * (1 + cos(pi * (step + 1 - rise) / (self.steps + 1 - rise)))


class History(NamedTuple):
    """A run as it went, on the points that each step was trained on.

    Attributes:
        step: number of updates made before each record, shape (records,).
        loss: L of each model, shape (records, ...).
        W: weights, shape (records, ..., m, n).
    """

    step: Int[Tensor, " records"]
    loss: Float[Tensor, "records *batch"]
    W: Float[Tensor, "records *batch m n"]


class TrainResult(NamedTuple):
    """What training leaves behind.

    Attributes:
        model: the trained batch of models.
        loss: `expected_loss` of each, shape `model.batch`.
        history: the run as it went.
        finished: False if the run was interrupted; everything up to then is here.
    """

    model: ToyModel
    loss: Float[Tensor, "*batch"]
    history: History
    finished: bool

    def best(self) -> tuple[ToyModel, Tensor]:
        """Read the first axis of the batch as restarts: the model of least expected loss, and that loss.

        Raises `ValueError` if the batch has no axis.
        """
        if not self.model.batch:
            raise ValueError("best needs a first batch axis of restarts, got a batch of shape ()")
        loss, winner = self.loss.min(0)
        pick = winner[None, ..., None, None]
        W = torch.take_along_dim(self.model.W.detach(), pick, 0)[0]
        b = torch.take_along_dim(self.model.b.detach(), pick[..., 0], 0)[0]
        return type(self.model).from_weights(W, b), loss


def train(
    model: ToyModel,
    features: Features,
    *,
    importance: float | Float[Tensor, "*#batch n"] = 1.0,
    config: TrainConfig | None = None,
    generator: Generator | None = None,
) -> TrainResult:
    """Minimise L = E Σ_i I_i (x_i − x̂_i)² for every model of a batch, in place.

    A first batch axis can hold restarts: see `TrainResult.best`. Ctrl-C (a notebook's stop button) ends the run early
    and returns what there is. A finite distribution is used whole in every step; `generator` draws from others (seeded
    with 0 if left out). Importance I is a non-negative number or has shape (..., n).

    Raises `ValueError` if model and features disagree on n, importance is invalid, or x_hat stops being finite.
    Source: Elhage et al. (2022), "Demonstrating superposition", with restarts and a falling rate added.
    """
    config = config or TrainConfig()
    generator = generator or torch.Generator(model.W.device).manual_seed(0)
    importance = importances(importance, model.n_features, like=model.W)
    expected_loss(model, features, importance=importance, n_points=1)  # for its checks
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=config.lr)
    every = max(1, config.steps // config.records)
    records, finished = [], True
    try:
        for step in progress_bar(range(config.steps), "training", show=config.progress):
            optimizer.param_groups[0]["lr"] = config.rate(step)
            x, weight = features.exact() or features.sample(config.batch_size, generator=generator)
            W = model.W.detach().clone() if step % every == 0 else None
            loss = _step(model, optimizer, x.to(model.W), weight.to(model.W), importance)
            if W is not None:
                records.append((torch.tensor(step), loss, W))
    except KeyboardInterrupt:
        if not records:
            raise
        finished = False
    history = History(*map(torch.stack, zip(*records, strict=True)))
    return TrainResult(model, expected_loss(model, features, importance=importance), history, finished)


def _step(model: ToyModel, optimizer, x: Tensor, weight: Tensor, importance: Tensor) -> Tensor:
    """One update of every model (the sum of their losses has each model's own gradient); the loss from before it."""
    optimizer.zero_grad()
    loss = feature_loss(x, model(x), weight=weight, importance=importance).sum(-1)
    loss.sum().backward()
    optimizer.step()
    return loss.detach()
