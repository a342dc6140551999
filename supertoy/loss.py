"""What the toys minimise: importance-weighted squared error, summed over features and averaged over inputs."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from supertoy._checks import finite, importances, last_axis, whole_number
from supertoy.features import Batch, Features
from supertoy.model import ToyModel, reconstruct


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


def tied_gradient(
    x: Float[Tensor, "models points n"],
    weight: Float[Tensor, "#models points"],
    theta: Float[Tensor, "models m1 n"],
    importance: Float[Tensor, "#models n"],
    *,
    relu: bool,
    work: "Workspace",
    out: Float[Tensor, "models m1 n"],
) -> Tensor:
    """The gradient of L for tied models, by hand: five matrix products and two passes over the points.

    With θ = [W; b] the last row of every θ-shaped array belongs to b. Let h = xWᵀ, z = [h, 1] θ, e = (z − x) 1[z > 0]:
    ∂L/∂θ = 2 ([h, 1]ᵀ diag(weight) e) I + 2 (e diag(I) Wᵀ)ᵀ diag(weight) x (the second term for W only). Importances
    and weights go on the small arrays.
    """
    m, (h, z, e, back, _) = theta.shape[1] - 1, work
    W, twice = theta[:, :m], 2 * weight[..., None]
    torch.bmm(x, W.mT, out=back)
    h[..., :m], h[..., m] = back, 1
    torch.bmm(h, theta, out=z)
    torch.sub(z, x, out=e)
    if relu:  # where z > 0, ReLU(z) = z; elsewhere no gradient flows
        torch.ops.aten.threshold_backward.grad_input(e, z, 0.0, grad_input=e)
    torch.bmm(e, (W * importance[:, None]).mT, out=back)
    torch.bmm(h.mul_(twice).mT, e, out=out).mul_(importance[:, None])
    out[:, :m] += torch.bmm(back.mul_(twice).mT, x)
    return out


class Workspace(NamedTuple):
    """The arrays that a step writes to, kept from step to step: [h, 1], z, e, the error sent back to h, and x."""

    h: Float[Tensor, "models points m1"]
    z: Float[Tensor, "models points n"]
    e: Float[Tensor, "models points n"]
    back: Float[Tensor, "models points m"]
    x: Float[Tensor, "models points n"]

    @classmethod
    def like(cls, theta: Float[Tensor, "models m1 n"], points: int) -> "Workspace":
        """Room for a block of models on so many points each."""
        models, m1, n = theta.shape
        return cls(*(theta.new_empty(models, points, width) for width in (m1, n, n, m1 - 1, n)))


class _TiedLoss(torch.autograd.Function):
    """L of each model of a flat batch, differentiable once in W and b through `tied_gradient`."""

    @staticmethod
    def forward(ctx, W, b, x, weight, importance, activation):
        theta = torch.cat([W, b[:, None]], 1)
        relu, work = activation == "relu", Workspace.like(theta, x.shape[1])
        gradient = torch.empty_like(theta)
        ctx.save_for_backward(tied_gradient(x, weight, theta, importance, relu=relu, work=work, out=gradient))
        x_hat = reconstruct(x, W, b, activation=activation)
        return feature_loss(x, x_hat, weight=weight, importance=importance).sum(-1)

    @staticmethod
    def backward(ctx, grad_loss):
        gradient = ctx.saved_tensors[0] * grad_loss[:, None, None]
        return gradient[:, :-1], gradient[:, -1], None, None, None, None


def half_line_moments(
    gain: Float[Tensor, "*shape"], bias: Float[Tensor, "*shape"], *, activation: str = "relu"
) -> Float[Tensor, "3 *shape"]:
    """∫ tʳ dt for r = 0, 1, 2 over the part of 0 ≤ t ≤ 1 where gain·t + bias > 0; over all of it for "linear"."""
    root = (-bias / gain).nan_to_num(1.0, posinf=1.0, neginf=0.0).clamp(0, 1)
    low, high = torch.where(gain >= 0, root, 0.0), torch.where(gain < 0, root, 1.0)
    if activation == "linear":
        low, high = torch.zeros_like(gain), torch.ones_like(gain)
    return torch.stack([(high**r - low**r) / r for r in (1, 2, 3)])


def _weighted_sum(weight: Tensor, error: Tensor, importance: Tensor) -> Tensor:
    """Σ_p weight_p Σ_j I_j error_pj, shape (...). `sum` adds in pairs: in float32, 100 times as exact as a product."""
    return ((error @ importance[..., None])[..., 0] * weight).sum(-1)


def _segment_loss(model: ToyModel, segments: Batch, importance: Tensor) -> Float[Tensor, "*batch"]:
    """Σ_p weight_p Σ_j I_j ∫₀¹ (x_j − σ(z_j))² dt, x and z = WᵀW x + b being linear in t: in closed form."""
    (x, weight, along), W = (t.to(model.W) for t in segments), model.W
    z, gain = reconstruct(x, W, model.b, activation="linear"), along @ W.mT @ W
    with torch.no_grad():  # the integrand is 0 where its half-line ends, so the ends add no gradient
        m0, m1, m2 = half_line_moments(gain, z, activation=model.activation)
    on = z * (z - 2 * x) * m0 + 2 * (gain * (z - x) - along * z) * m1 + gain * (gain - 2 * along) * m2
    error = on + x**2 + x * along + along**2 / 3
    return _weighted_sum(weight, error, importance)


def batch_loss(
    model: ToyModel, batch: Batch, *, importance: float | Float[Tensor, "*#batch n"] = 1.0
) -> Float[Tensor, "*batch"]:
    """L = Σ_i I_i (x_i − x̂_i)² of each model, averaged over the weighted points and segments of a batch.

    Differentiable once in W and b, for points by a gradient written out by hand: the quick way to train in a loop of
    your own. Leading axes of the batch broadcast to `model.batch`.

    Raises `ValueError` if they don't, a shape is wrong, or x_hat is not finite.
    """
    importance = importances(importance, model.n_features, like=model.W)
    last_axis("batch.x", batch.x, model.n_features)
    try:
        torch.broadcast_to(batch.x[..., 0], (*model.batch, batch.x.shape[-2]))
    except RuntimeError as error:
        raise ValueError(f"batch must broadcast to {model.batch}, got x of {tuple(batch.x.shape)}") from error
    methods = zip((_points_loss, _segment_loss), batch.split(), strict=True)
    loss = sum(method(model, part, importance) for method, part in methods if part.x.shape[-2])
    finite("x_hat", loss.detach())
    return loss


def _points_loss(model: ToyModel, points: Batch, importance: Tensor) -> Float[Tensor, "*batch"]:
    """The part of `batch_loss` that comes from plain points."""
    x, weight = (t.to(model.W) for t in points[:2])
    if not (torch.is_grad_enabled() and model.W.requires_grad):
        squared = model(x).sub_(x).square_()
        return _weighted_sum(weight, squared, importance)
    x = x.expand(*model.batch, *x.shape[-2:]).reshape(-1, *x.shape[-2:])
    weight = weight.expand(*model.batch, weight.shape[-1]).reshape(-1, weight.shape[-1])
    importance = importance.expand(*model.batch, model.n_features).reshape(-1, model.n_features)
    W, b = model.W.reshape(-1, *model.W.shape[-2:]), model.b.reshape(-1, model.n_features)
    return _TiedLoss.apply(W, b, x, weight, importance, model.activation).reshape(model.batch)


class ExpectedLoss(NamedTuple):
    """The total loss L = E Σ_i I_i (x_i − x̂_i)² of each model, and how well it is known.

    Attributes:
        loss: L, shape `model.batch`.
        standard_error: of L, shape `model.batch`; 0 where L is exact (to the quadrature's digits).
    """

    loss: Float[Tensor, "*batch"]
    standard_error: Float[Tensor, "*batch"]


@torch.no_grad()
def expected_loss(
    model: ToyModel,
    features: Features,
    *,
    importance: float | Tensor = 1.0,
    n_points: int = 2**13,
    generator: Generator | None = None,
) -> ExpectedLoss:
    """L = E Σ_i I_i (x_i − x̂_i)² of each model, by the best method there is for the distribution.

    A finite distribution is summed. `SparseUniform` is exact for no and one active feature; the rest is Gauss–Legendre
    quadrature for n ≤ 6, or else the mean over stratified draws that all models share, with its standard error.

    Args:
        model: a batch of models.
        features: the distribution of x.
        importance: I, a non-negative number or shape (..., n).
        n_points: draws, where there must be draws: in 16 independent parts, whose spread gives the error.
        generator: source of the draws; seeded with 0 if left out, so that repeated calls agree.

    Raises:
        ValueError: if model and features disagree on n, or importance is invalid.
    """
    whole_number("n_points", n_points)
    generator = generator or torch.Generator(model.W.device).manual_seed(0)
    batch, importance = exact_batch(same_size(model, features)), importances(importance, model.n_features, like=model.W)
    if batch is not None:
        room = max(1, 2**22 // model.b.numel())  # points whose arrays for all models fit in memory with ease
        loss = sum(batch_loss(model, part, importance=importance) for part in batch.parts(room))
        return ExpectedLoss(loss, torch.zeros_like(loss))
    draw = features.stratified if getattr(features, "exchangeable", False) else features.sample
    part = -(-n_points // 16)
    parts, certain = [], None
    for _ in range(16):
        points, segments = draw(part, generator=generator).split()
        parts.append(_points_loss(model, points, importance))
        if certain is None:  # no draw in the segments: the same in every part
            certain = _segment_loss(model, segments, importance)
    loss = torch.stack(parts)
    return ExpectedLoss(finite("x_hat", loss.mean(0) + certain), loss.std(0) / 4)


def same_size(model: ToyModel, features: Features) -> Features:
    """The features, if they are as many as the model's; raises `ValueError` otherwise."""
    if features.n_features != model.n_features:
        raise ValueError(f"features must have the model's n_features = {model.n_features}, got {features.n_features}")
    return features


def exact_batch(features: Features, *, budget: int = 4096) -> Batch | None:
    """All points of a finite distribution, or a quadrature over a small one, or None."""
    if features.exact() is None and features.n_features <= 6 and hasattr(features, "quadrature"):
        return features.quadrature(budget=budget)
    return features.exact()
