"""What the toys minimise: importance-weighted squared error, summed over features and averaged over inputs."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from math import prod
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from supertoy._checks import finite, importances, instance, whole_number
from supertoy.batch import Batch, Features
from supertoy.model import ToyModel, closed_form, reconstruct, select
from supertoy.state import blocks


def feature_loss(
    x: Float[Tensor, "*#batch points n"],
    x_hat: Float[Tensor, "*#batch points n"],
    *,
    weight: Float[Tensor, "*#batch points"] | None = None,
    importance: float | Float[Tensor, "*#batch n"] = 1.0,
) -> Float[Tensor, "*batch n"]:
    """The loss that each feature pays: L_i = I_i Σ_p weight_p (x_pi − x̂_pi)².

    Args:
        x, x_hat: inputs and reconstructions, shape (..., points, n).
        weight: weight of each point, shape (..., points); equal weights summing to 1 if left out.
        importance: I, a non-negative number or shape (..., n).

    Returns:
        L_i, shape (..., n). The total loss is its sum over the last axis (public code often divides by n instead).

    Raises:
        ValueError: if shapes disagree, importance is negative or of the wrong length, or anything is NaN.

    Source: Elhage et al. (2022), "The loss".
    """
    if x.ndim < 2 or x_hat.ndim < 2 or x.shape[-2:] != x_hat.shape[-2:]:
        raise ValueError(f"x_hat must end in the shape of x, {tuple(x.shape[-2:])}, got shape {tuple(x_hat.shape)}")
    points = x.shape[-2]
    if weight is not None and weight.shape[-1:] != (points,):
        raise ValueError(f"weight must end in shape {(points,)}, one entry per point, got shape {tuple(weight.shape)}")
    if weight is None:
        weight = x.new_full((points,), 1 / points)
    squared = (finite("x", x) - finite("x_hat", x_hat)) ** 2
    mean = (finite("weight", weight)[..., None] * squared).sum(-2)
    return importances(importance, x.shape[-1], like=x_hat) * mean


def weighted_sum(weight: Tensor, error: Tensor, importance: Tensor) -> Float[Tensor, "*batch"]:
    """Σ_p weight_p Σ_j I_j error_pj, shape (...). `sum` adds in pairs: in float32, 100 times as exact as a product."""
    return ((error @ importance[..., None])[..., 0] * weight).sum(-1)


def half_line_moments(
    gain: Float[Tensor, "*shape"], bias: Float[Tensor, "*shape"], *, activation: str = "relu"
) -> Float[Tensor, "3 *shape"]:
    """∫ tʳ dt for r = 0, 1, 2 over the part of 0 ≤ t ≤ 1 where gain·t + bias > 0; over all of it for "linear"."""
    if activation == "linear":
        return torch.stack([torch.full_like(gain, 1 / r) for r in (1, 2, 3)])
    rising, moments = gain >= 0, gain.new_empty(3, *gain.shape)
    root = torch.div(bias, gain, out=moments[0]).neg_().nan_to_num_(1.0).clamp_(0, 1)
    square = torch.mul(root, root, out=moments[1])
    torch.mul(square, root, out=moments[2])
    moments.mul_(torch.where(rising, -1.0, 1.0)).add_(rising)  # from the root to 1, or from 0 to the root
    moments[1] /= 2
    moments[2] /= 3
    return moments


def segment_loss(model: ToyModel, segments: Batch, importance: Float[Tensor, "*#batch n"]) -> Float[Tensor, "*batch"]:
    """Σ_p weight_p Σ_j I_j ∫₀¹ (x_j − σ(z_j))² dt, x and z = WᵀW x + b being linear in t: in closed form."""
    W, x, weight, along = model.W, segments.x, segments.weight, segments.along
    z, gain = reconstruct(x, W, model.b, activation="linear"), along @ W.mT @ W
    with torch.no_grad():  # the integrand is 0 where its half-line ends, so the ends add no gradient
        m0, m1, m2 = half_line_moments(gain, z, activation=model.activation)
    on = z * (z - 2 * x) * m0 + 2 * (gain * (z - x) - along * z) * m1 + gain * (gain - 2 * along) * m2
    error = on + x**2 + x * along + along**2 / 3
    return weighted_sum(weight, error, importance)


def batch_loss(
    model: ToyModel, batch: Batch, *, importance: float | Float[Tensor, "*#batch outputs"] = 1.0
) -> Float[Tensor, "*batch"]:
    """L = Σ_i I_i (y_i − x̂_i)² of each model, averaged over the weighted points and segments of a batch.

    y is x, unless the batch has targets. Plain torch, as differentiable as `model(x)`. Over segments it is an integral
    in closed form where the model has one, and else a sum over 16 points of each. Leading axes of the batch broadcast
    to `model.batch`.

    Raises `ValueError` if they don't, a shape is wrong, or x_hat is not finite.
    """
    like = next(instance("model", model, ToyModel).parameters())
    importance = importances(importance, model.n_outputs, like=like)
    batch = answers(model, batch).to(like)
    points, segments = batch.split() if closed_form(model) else (batch.flat(), None)
    loss = []
    if points.points:
        loss.append(weighted_sum(points.weight, (model(points.x) - points.target).square(), importance))
    if segments is not None and segments.points:
        loss.append(segment_loss(model, segments, importance))
    finite("x_hat", sum(loss).detach())
    return sum(loss)


ROOM = 2**22
"""Numbers in one array, where a loss is taken of many models or over many points."""


def loss_in_blocks(model: ToyModel, batch: Batch, importance: Float[Tensor, "*#batch outputs"]) -> Tensor:
    """`batch_loss` of each model, without its gradient and in parts that fit into memory with ease."""
    batch = batch if closed_form(model) else batch.flat()
    widest = max(model.n_features, model.n_outputs, model.n_hidden)
    plan = blocks(answers(model, batch).shape, model.batch, batch.points * widest, room=ROOM)
    loss = []
    for models, rows in plan:
        some, own, each = model, batch, importance
        if len(plan) > 1:
            some, own = select(model, models), batch.rows(rows)
            each = importance.expand(*model.batch, -1).reshape(-1, importance.shape[-1])[models]
        parts = own.parts(max(1, ROOM // (widest * prod(some.batch))))
        loss.append(sum(batch_loss(some, part, importance=each) for part in parts).flatten())
    return torch.cat(loss).reshape(model.batch)


def answers(model: ToyModel, batch: Batch) -> Batch:
    """The batch, if the model can be asked for it; raises `ValueError` otherwise."""
    outputs = batch.width if batch.y is None else batch.y.shape[-1]
    if batch.width != model.n_features:
        got = tuple(batch.x.shape)
        raise ValueError(f"batch.x must have a last axis of n_features = {model.n_features}, got shape {got}")
    if outputs != model.n_outputs:
        raise ValueError(f"batch.y must have a last axis of n_outputs = {model.n_outputs}, got one of {outputs}")
    if len(batch.shape) > len(model.batch) or any(
        size not in (1, own) for size, own in zip(batch.shape[::-1], model.batch[::-1], strict=False)
    ):
        raise ValueError(f"batch must broadcast to {model.batch}, got x of {tuple(batch.x.shape)}")
    return batch


def exactly(function: Callable) -> Callable:
    """Turn autocast and inference mode off inside a function: it computes in the precision of its tensors."""

    @wraps(function)
    def call(*args, **kwargs):
        with ExitStack() as stack:
            if torch.is_inference_mode_enabled():
                stack.enter_context(torch.inference_mode(False))
            for device in filter(torch.is_autocast_enabled, ("cpu", "cuda", "mps")):
                stack.enter_context(torch.autocast(device, enabled=False))
            return function(*args, **kwargs)

    return call


class ExpectedLoss(NamedTuple):
    """The total loss L = E Σ_i I_i (x_i − x̂_i)² of each model, and how well it is known.

    Attributes:
        loss: L, shape `model.batch`.
        standard_error: of L, shape `model.batch`; 0 where L is exact (to the quadrature's digits).
    """

    loss: Float[Tensor, "*batch"]
    standard_error: Float[Tensor, "*batch"]


@exactly
@torch.no_grad()
def expected_loss(
    model: ToyModel,
    features: Features,
    *,
    importance: float | Tensor = 1.0,
    n_points: int = 2**13,
    generator: Generator | None = None,
) -> ExpectedLoss:
    """L = E Σ_i I_i (y_i − x̂_i)² of each model, by the best method there is; y is x, unless the features say otherwise.

    A finite distribution is summed. `SparseUniform` is exact for no and one active feature; the rest is Gauss–Legendre
    quadrature for n ≤ 6, or else the mean over stratified draws that all models share, with its standard error.

    Args:
        model: a batch of models.
        features: the distribution of x.
        importance: I, a non-negative number or shape (..., outputs).
        n_points: draws, where there must be draws: in 16 independent parts, whose spread gives the error.
        generator: source of the draws; seeded with 0 if left out, so that repeated calls agree.

    Raises:
        ValueError: if model and features disagree on n, or importance is invalid.
    """
    whole_number("n_points", n_points)
    like = next(instance("model", model, ToyModel).parameters())
    generator = generator or torch.Generator(like.device).manual_seed(0)
    batch, importance = exact_batch(same_size(model, features)), importances(importance, model.n_outputs, like=like)
    if batch is not None:
        loss = loss_in_blocks(model, batch, importance)
        return ExpectedLoss(loss, torch.zeros_like(loss))
    draw = features.stratified if features.exchangeable else features.sample
    part = -(-n_points // 16)
    parts, certain = [], 0.0
    for k in range(16):
        points, segments = draw(part, generator=generator).split()
        parts.append(loss_in_blocks(model, points, importance))
        if k == 0 and segments.points:  # no draw in the segments: the same in every part
            certain = loss_in_blocks(model, segments, importance)
    loss = torch.stack(parts)
    return ExpectedLoss(finite("x_hat", loss.mean(0) + certain), loss.std(0) / 4)


def same_size(model: ToyModel, features: Features) -> Features:
    """The features, if they are as many as the model's; raises `ValueError` otherwise."""
    if instance("features", features, Features).n_features != model.n_features:
        raise ValueError(f"features must have the model's n_features = {model.n_features}, got {features.n_features}")
    return features


def exact_batch(features: Features, *, budget: int = 4096) -> Batch | None:
    """All points of a finite distribution, or a quadrature over a small one, or None."""
    listed = features.exact()
    return features.quadrature(budget=budget) if listed is None and features.n_features <= 6 else listed
