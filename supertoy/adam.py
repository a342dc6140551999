"""Train a batch of toys at once: many settings and many restarts, side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor
from torch.optim.adam import adam

from supertoy._checks import finite, importances, instance, number, whole_number
from supertoy._progress import progress_bar
from supertoy.batch import Batch, Features
from supertoy.gradient import gradient_for
from supertoy.loss import answers, exactly, expected_loss, loss_in_blocks, same_size
from supertoy.model import ToyModel, best_restart
from supertoy.state import Block, State, blocks

BLOCK = 2**20  # numbers in one array of a block of models: small enough for the arrays of a step to stay in cache


@dataclass(frozen=True)
class TrainConfig:
    """How to train: Adam, with a rate that rises linearly to `lr` and then falls to 0 along a cosine.

    Attributes:
        steps: optimiser steps, at least 1.
        lr: peak learning rate, above 0.
        warmup: share of the steps spent rising to the peak, in (0, 1].
        betas: how slowly Adam's means of the gradient and of its square forget, each above 0 and below 1.
        weight_decay: each step first shrinks every parameter that trains, biases too, by the factor 1 − rate ·
            weight_decay: decoupled from the gradient, as in AdamW. At least 0, and with `lr` below 1 in their product.
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
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
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
        for beta in instance("betas", self.betas, tuple):
            number("betas", beta, above=0, at_most=1 - 1e-9)
        number("weight_decay", self.weight_decay, at_least=0, at_most=1 / self.lr)

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
        parameters: every parameter by name, shape (records, ..., its own axes).
    """

    step: Int[Tensor, " records"]
    loss: Float[Tensor, "records *batch"]
    parameters: dict[str, Tensor]

    @classmethod
    def of(cls, records: list[tuple[int, Tensor, dict[str, Tensor]]]) -> "History":
        """The history that these moments make."""
        step, loss, parameters = zip(*records, strict=True)
        named = {name: torch.stack([p[name] for p in parameters]) for name in parameters[0]}
        return cls(torch.tensor(step), torch.stack(loss), named)

    @property
    def W(self) -> Float[Tensor, "records *batch m n"]:
        """The weights W, of shape (records, ..., m, n) in a tied model."""
        return self.parameters["W"]

    @property
    def b(self) -> Float[Tensor, "records *batch n"]:
        """The output biases b, of shape (records, ..., n)."""
        return self.parameters["b"]


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


@exactly
def train(
    model: ToyModel,
    features: Features,
    *,
    importance: float | Float[Tensor, "*#batch outputs"] = 1.0,
    config: TrainConfig | None = None,
    generator: Generator | None = None,
) -> TrainResult:
    """Minimise L = E Σ_i I_i (y_i − x̂_i)² (y is x, unless the features say otherwise) for every model, in place.

    A first batch axis can hold restarts: see `TrainResult.best` and `TrainConfig.drop_at`. Ctrl-C (a notebook's stop
    button) ends the run early and returns what there is. A finite distribution is used whole in every step;
    `generator` draws from others (seeded with 0 if left out). I is a non-negative number or has shape (..., outputs).
    Parameters that do not require gradients stay as they are. Autocast is off: weights keep their precision.

    Raises `ValueError` if an argument is invalid, model and features disagree on n, or x_hat stops being finite.
    Source: Elhage et al. (2022), "Demonstrating superposition", with restarts and a falling rate added.
    """
    run = _Run(instance("model", model, ToyModel), importance)
    config = instance("config", config or TrainConfig(), TrainConfig)
    generator = instance("generator", generator or torch.Generator(run.theta.device).manual_seed(0), Generator)
    whole = same_size(model, features).exact()
    every, drop = max(1, config.steps // config.records), round(config.drop_at * config.steps)
    records, finished = [], True
    try:
        for step in progress_bar(range(config.steps), "training", show=config.progress):
            batch = whole or features.sample(config.batch_size, generator=generator)
            if step == drop:
                run.keep(config.keep, expected_loss(run.store(), features, importance=importance, n_points=2**11).loss)
            if step % every == 0:
                records.append(run.record(step, batch))
            run.step(batch, config.rate(step), config.betas, config.weight_decay)
    except KeyboardInterrupt:
        if not records:
            raise
        finished = False
    finite("x_hat", run.theta)
    loss = expected_loss(run.store(), features, importance=importance).loss
    return TrainResult(model, loss, History.of(records), finished)


class _Run:
    """The state of a run: θ of the models that still train, shape (models, size), their gradient, and Adam's."""

    def __init__(self, model: ToyModel, importance: float | Tensor):
        self.model, self.state = model, State(model)
        self.theta, self.training = self.state.read(), torch.arange(self.state.models)
        self.importance_of_all = importances(importance, model.n_outputs, like=self.theta).detach()
        self.importance = self.importance_of_all.expand(*model.batch, -1).reshape(-1, model.n_outputs)
        self.means, self.squares = torch.zeros_like(self.theta), torch.zeros_like(self.theta)
        self.steps = torch.zeros((), dtype=torch.float32, device=self.theta.device)
        self.begin()

    def begin(self) -> None:
        """Make room for gradients of the models that train from here on."""
        self.gradient, self.slope, self.plans = gradient_for(self.model), torch.zeros_like(self.theta), {}

    @torch.no_grad()
    def step(
        self, batch: Batch, rate: float, betas: tuple[float, float] = (0.9, 0.999), weight_decay: float = 0.0
    ) -> None:
        """One update of every model, from gradients taken a block of models at a time."""
        batch = answers(self.model, batch).to(self.theta)
        if batch.along is not None:
            raise ValueError("features must be plain points to take Adam steps on, got segments: `solve` takes those")
        for models, rows in self.plan(batch):
            theta, out = self.theta[models], self.slope[models]
            drawn = batch.rows(rows, self.gradient.room(theta, batch.points))
            self.gradient(theta, self.training[models], drawn, self.importance[models], out=out)
        for columns in self.state.fixed:
            self.slope[:, columns] = 0
        for columns in self.state.free if weight_decay else ():
            self.theta[:, columns] *= 1 - rate * weight_decay
        moved = [self.theta], [self.slope], [self.means], [self.squares], [], [self.steps]
        (beta1, beta2), plain = betas, {"amsgrad": False, "weight_decay": 0.0, "maximize": False, "fused": True}
        adam(*moved, lr=rate, beta1=beta1, beta2=beta2, eps=1e-8, **plain)

    def plan(self, batch: Batch) -> list[Block]:
        """The blocks for a batch of this shape, kept from step to step."""
        key = batch.shape, batch.points
        if key not in self.plans:
            widest = batch.points * max(self.model.n_features, self.model.n_outputs, self.model.n_hidden)
            self.plans[key] = blocks(batch.shape, self.model.batch, widest, room=BLOCK, some=self.training)
        return self.plans[key]

    def keep(self, restarts: int, loss: Tensor) -> None:
        """Train on only so many restarts of least loss in each setting; the others stay as they are."""
        if not self.model.batch or restarts >= len(loss):
            return
        each = torch.arange(loss.numel(), device=loss.device).reshape(loss.shape)
        best = loss.topk(restarts, 0, largest=False).indices.sort(0).values
        pick = torch.take_along_dim(each, best, 0).flatten()
        self.theta, self.means, self.squares = self.theta[pick], self.means[pick], self.squares[pick]
        self.importance, self.training = self.importance[pick], pick
        self.begin()

    @torch.no_grad()
    def record(self, step: int, batch: Batch) -> tuple[int, Tensor, dict[str, Tensor]]:
        """What the history keeps of a moment."""
        loss = loss_in_blocks(self.store(), batch, self.importance_of_all)
        return step, loss, {name: p.detach().clone() for name, p in self.state.parameters.items()}

    def store(self) -> ToyModel:
        """The user's model, with the weights as they are now."""
        self.state.write(self.theta, self.training)
        return self.model
