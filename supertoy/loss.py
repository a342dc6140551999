"""What the toys minimise: importance-weighted squared error, summed over features and averaged over inputs."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from supertoy._checks import finite, importances
from supertoy.features import Features
from supertoy.model import ToyModel


def feature_loss(
    x: Float[Tensor, "*#batch points n"],
    x_hat: Float[Tensor, "*#batch points n"],
    *,
    weight: Float[Tensor, " points"] | None = None,
    importance: float | Float[Tensor, "*#batch n"] = 1.0,
) -> Float[Tensor, "*batch n"]:
    """The loss that each feature pays: L_i = I_i Σ_p weight_p (x_pi − x̂_pi)².

    Args:
        x, x_hat: inputs and reconstructions, shape (..., points, n).
        weight: weight of each point, shape (points,); equal weights summing to 1 if left out.
        importance: I, a non-negative number or shape (..., n).

    Returns:
        L_i, shape (..., n). The total loss is its sum over the last axis (public code often divides by n instead).

    Raises:
        ValueError: if shapes disagree, importance is negative or of the wrong length, or anything is NaN.

    Source: Elhage et al. (2022), "The loss".
    """
    if x.ndim < 2 or x_hat.ndim < 2 or x.shape[-2:] != x_hat.shape[-2:]:
        raise ValueError(f"x_hat must end in the shape of x, {tuple(x.shape[-2:])}, got shape {tuple(x_hat.shape)}")
    if weight is not None and weight.shape != x.shape[-2:-1]:
        raise ValueError(f"weight must have shape {tuple(x.shape[-2:-1])}, one per point, got {tuple(weight.shape)}")
    if weight is None:
        weight = x.new_full(x.shape[-2:-1], 1 / x.shape[-2])
    squared = (finite("x", x) - finite("x_hat", x_hat)) ** 2
    mean = torch.einsum("p,...pn->...n", finite("weight", weight), squared)
    return importances(importance, x.shape[-1], like=x_hat) * mean


def expected_loss(
    model: ToyModel,
    features: Features,
    *,
    importance: float | Tensor = 1.0,
    n_points: int = 2**14,
    generator: Generator | None = None,
) -> Float[Tensor, "*batch"]:
    """The total loss L = E Σ_i I_i (x_i − x̂_i)² of each model.

    Exact where the distribution is finite (`OneHot`); otherwise the mean over `n_points` draws that all models share.

    Args:
        model: a batch of models.
        features: the distribution of x.
        importance: I, a non-negative number or shape (..., n).
        n_points: draws, where the distribution is not finite.
        generator: source of the draws; seeded with 0 if left out, so that repeated calls agree.

    Returns:
        L, one number for each model, shape `model.batch`.

    Raises:
        ValueError: if model and features disagree on n, or importance is invalid.
    """
    if features.n_features != model.n_features:
        raise ValueError(f"features must have the model's n_features = {model.n_features}, got {features.n_features}")
    generator = generator or torch.Generator(model.W.device).manual_seed(0)
    batch = features.exact() or features.sample(n_points, generator=generator)
    x, weight = (t.to(model.W) for t in batch)
    with torch.no_grad():
        return feature_loss(x, model(x), weight=weight, importance=importance).sum(-1)
