"""Train a batch of toys at once: many settings and many restarts, side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import cos, pi, prod
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from supertoy._checks import finite, importances, instance, number, whole_number
from supertoy._progress import progress_bar
from supertoy.features import Batch, Features, SparseUniform
from supertoy.loss import Workspace, batch_loss, expected_loss, same_size, tied_gradient
from supertoy.model import ToyModel

BLOCK = 2**20  # numbers in one array of a block of models: small enough for the arrays of a step to stay in cache


@dataclass(frozen=True)
class TrainConfig:
    """How to train: Adam, with a rate that rises linearly to `lr` and then falls to 0 along a cosine.

    Attributes:
        steps: optimiser steps, at least 1.
        lr: peak learning rate, above 0.
        warmup: share of the steps spent rising to the peak, in (0, 1].
        batch_size: points drawn for each step, where the distribution is not finite.
        drop_at: share of the steps, in (0, 1], after which the worse restarts (first batch axis) are frozen; 1: never.
        keep: restarts of each setting that train on after that, at least 1.
        records: about how many moments to keep in the history (fewer than twice as many), at least 1.
        progress: show a progress bar; or a function that iterates over the steps instead, as tqdm does.

    Raises `ValueError` if a field is outside its range.
    """

    steps: int = 1000
    lr: float = 0.03
    warmup: float = 0.05
    batch_size: int = 1024
    drop_at: float = 1.0
    keep: int = 1
    records: int = 100
    progress: bool | Callable = True

    def __post_init__(self):
        for name in ("steps", "batch_size", "keep", "records"):
            whole_number(name, getattr(self, name))
        number("lr", self.lr, above=0)
        number("warmup", self.warmup, above=0, at_most=1)
        number("drop_at", self.drop_at, above=0, at_most=1)

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
        b: output biases, shape (records, ..., n).
    """

    step: Int[Tensor, " records"]
    loss: Float[Tensor, "records *batch"]
    W: Float[Tensor, "records *batch m n"]
    b: Float[Tensor, "records *batch n"]


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
        return best_restart(self.model, self.loss)


def best_restart(model: ToyModel, loss: Float[Tensor, "*batch"]) -> tuple[ToyModel, Tensor]:
    """The model of least loss along the first batch axis, and that loss: see `TrainResult.best`."""
    if not model.batch:
        raise ValueError("best needs a first batch axis of restarts, got a batch of shape ()")
    loss, winner = loss.min(0)
    pick = winner[None, ..., None, None]
    W, b = (torch.take_along_dim(t.detach(), at, 0)[0] for t, at in ((model.W, pick), (model.b, pick[..., 0])))
    return type(model).from_weights(W, b), loss


def train(
    model: ToyModel,
    features: Features,
    *,
    importance: float | Float[Tensor, "*#batch n"] = 1.0,
    config: TrainConfig | None = None,
    generator: Generator | None = None,
) -> TrainResult:
    """Minimise L = E Σ_i I_i (x_i − x̂_i)² for every model of a batch, in place.

    A first batch axis can hold restarts: see `TrainResult.best` and `TrainConfig.drop_at`. Ctrl-C (a notebook's stop
    button) ends the run early and returns what there is. A finite distribution is used whole in every step;
    `generator` draws from others (seeded with 0 if left out). I is a non-negative number or has shape (..., n).

    Raises `ValueError` if an argument is invalid, model and features disagree on n, or x_hat stops being finite.
    Source: Elhage et al. (2022), "Demonstrating superposition", with restarts and a falling rate added.
    """
    importance = importances(importance, instance("model", model, ToyModel).n_features, like=model.W)
    config = instance("config", config or TrainConfig(), TrainConfig)
    generator = instance("generator", generator or torch.Generator(model.W.device).manual_seed(0), Generator)
    whole, run = same_size(model, features).exact(), _Run(model, features, importance)
    every, drop = max(1, config.steps // config.records), round(config.drop_at * config.steps)
    records, finished = [], True
    try:
        for step in progress_bar(range(config.steps), "training", show=config.progress):
            drawn = whole or run.draw(config.batch_size, generator)
            if step == drop:
                run.keep(config.keep, expected_loss(run.store(), features, importance=importance, n_points=2**11).loss)
            if step % every == 0:
                records.append((torch.tensor(step), run.loss(drawn), *(t.detach().clone() for t in (model.W, model.b))))
            run.step(drawn, config.rate(step))
    except KeyboardInterrupt:
        if not records:
            raise
        finished = False
    finite("x_hat", run.store().W.detach())
    history = History(*map(torch.stack, zip(*records, strict=True)))
    return TrainResult(model, expected_loss(model, features, importance=importance).loss, history, finished)


class _Run:
    """The state of a run: θ = [W; b] of the models that still train, shape (models, m + 1, n), and Adam's."""

    def __init__(self, model: ToyModel, features: Features, importance: Tensor):
        self.model, self.features, self.relu = model, features, model.activation == "relu"
        theta = torch.cat([model.W.detach(), model.b.detach()[..., None, :]], -2)
        self.theta = theta.reshape(-1, *theta.shape[-2:])
        self.importance_of_all = importance
        self.importance = importance.expand(*model.batch, model.n_features).reshape(-1, model.n_features)
        self.training = torch.arange(len(self.theta), device=self.theta.device)
        self.theta.grad = torch.zeros_like(self.theta)
        self.adam = torch.optim.Adam([self.theta], fused=True)
        self.work, self.plan = {}, {}

    def step(self, drawn: Batch | Tensor, rate: float) -> None:
        """One update of every model, from gradients taken a block of models at a time.

        `drawn` is a batch, or the noise of a `SparseUniform`, whose inputs are then made block by block, in cache.
        """
        shape, inputs, weight = self.source(drawn)
        points = weight.shape[-1]
        for models, rows in self.blocks(shape, points * self.model.n_features):
            theta, importance, out = self.theta[models], self.importance[models], self.theta.grad[models]
            work = self.workspace(len(theta), points)
            x = inputs(rows, work.x).expand(len(theta), -1, -1)
            each = weight[rows] if len(weight) > 1 else weight
            tied_gradient(x, each, theta, importance, relu=self.relu, work=work, out=out)
        if not self.model.b.requires_grad:
            self.theta.grad[:, -1] = 0
        self.adam.param_groups[0]["lr"] = rate
        self.adam.step()

    def source(self, drawn: Batch | Tensor) -> tuple[tuple[int, ...], Callable, Tensor]:
        """Of what was drawn: the batch shape of the distributions, how to get the inputs of some, and the weights."""
        if isinstance(drawn, Tensor):
            weight = drawn.new_full((1, len(drawn)), 1 / len(drawn))
            return self.features.density.shape[:-1], partial(self.features.inputs, drawn), weight
        if drawn.along is not None:
            raise ValueError("features must be plain points to take Adam steps on, got segments: `solve` takes those")
        shape = torch.broadcast_shapes(drawn.x.shape[:-2], drawn.weight.shape[:-1])
        x, weight = drawn.x.to(self.theta), drawn.weight.to(self.theta)
        x = x.expand(*shape, *x.shape[-2:]).reshape(-1, *x.shape[-2:])
        return shape, lambda rows, room: x[rows], weight.expand(*shape, -1).reshape(-1, x.shape[1])

    def blocks(self, shape: tuple[int, ...], size: int) -> list[tuple[slice, slice | Tensor]]:
        """Ranges of models whose arrays stay small, with the rows of x that each takes: a view where they adjoin."""
        if (shape, size) not in self.plan:
            x_rows = torch.arange(prod(shape), device=self.theta.device).reshape(shape).expand(self.model.batch)
            row, count, most = x_rows.flatten()[self.training], len(self.theta), max(1, BLOCK // size)
            group = prod(shape) if 1 < most < prod(shape) else count  # whole restarts, where a block has no room
            starts = [s for base in range(0, count, group) for s in range(base, min(base + group, count), most)]
            plan = []
            for start, stop in zip(starts, [*starts[1:], count], strict=True):
                rows = row[start:stop]
                adjoin = prod(shape) == 1 or bool((rows.diff() == 1).all())
                plan.append((slice(start, stop), slice(int(rows[0]), int(rows[-1]) + 1) if adjoin else rows))
            self.plan[shape, size] = plan
        return self.plan[shape, size]

    def workspace(self, models: int, points: int) -> Workspace:
        """The arrays for a block of so many models, kept from step to step."""
        if (models, points) not in self.work:
            self.work[models, points] = Workspace.like(self.theta[:models], points)
        return self.work[models, points]

    def keep(self, restarts: int, loss: Tensor) -> None:
        """Train on only so many restarts of least loss in each setting; the others stay as they are."""
        if not self.model.batch or restarts >= len(loss):
            return
        each = torch.arange(loss.numel(), device=loss.device).reshape(loss.shape)
        best = loss.topk(restarts, 0, largest=False).indices.sort(0).values
        pick = torch.take_along_dim(each, best, 0).flatten()
        state = {k: v if k == "step" else v[pick] for k, v in self.adam.state[self.theta].items()}
        self.theta, self.importance, self.training = self.theta[pick], self.importance[pick], pick
        self.work, self.plan = {}, {}
        self.theta.grad = torch.zeros_like(self.theta)
        self.adam = torch.optim.Adam([self.theta], fused=True)
        self.adam.state[self.theta] = state

    def draw(self, points: int, generator: Generator) -> Batch | Tensor:
        """A batch, or the noise of one where inputs can be made from it as they are needed."""
        plain = getattr(type(self.features), "sample", None) is SparseUniform.sample
        return (self.features.noise if plain else self.features.sample)(points, generator=generator)

    @torch.no_grad()
    def loss(self, drawn: Batch | Tensor) -> Tensor:
        """L of the user's model, as it is now, on what was drawn."""
        if isinstance(drawn, Tensor):
            drawn = Batch(self.features.inputs(drawn), drawn.new_full((len(drawn),), 1 / len(drawn)))
        return batch_loss(self.store(), drawn, importance=self.importance_of_all)

    @torch.no_grad()
    def store(self) -> ToyModel:
        """The user's model, with the weights as they are now."""
        m, n = self.model.n_hidden, self.model.n_features
        self.model.W.view(-1, m, n)[self.training] = self.theta[:, :m]
        self.model.b.view(-1, n)[self.training] = self.theta[:, m]
        return self.model
