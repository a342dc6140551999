"""Train small toys to their optimum: damped Newton steps on the exact loss, for a whole batch of models at once."""

from math import inf, nan, prod
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from supertoy._checks import importances, whole_number
from supertoy._progress import progress_bar
from supertoy.batch import Batch, Features
from supertoy.loss import exact_batch, exactly, half_line_moments, same_size
from supertoy.model import TiedModel, best_restart, only_closed_form

ROOM = 2**17  # numbers in one array of a group of models: small enough for the arrays of a step to stay in cache


class Solution(NamedTuple):
    """What `solve` leaves behind.

    Attributes:
        model: the batch of models; those kept to the end are at their minima.
        loss: exact loss of each, shape `model.batch`; infinite for restarts that were dropped.
        slope: largest entry of the gradient that is left, shape `model.batch`; NaN for restarts that were dropped.
        finished: False if the run was interrupted; settings that were finished are here.
    """

    model: TiedModel
    loss: Float[Tensor, "*batch"]
    slope: Float[Tensor, "*batch"]
    finished: bool

    def best(self) -> tuple[TiedModel, Tensor]:
        """The model of least loss along the first batch axis, and that loss. See `TrainResult.best`."""
        return best_restart(self.model, self.loss)


@exactly
@torch.no_grad()
def solve(
    model: TiedModel,
    features: Features,
    *,
    importance: float | Float[Tensor, "*#batch n"] = 1.0,
    iterations: int = 40,
    keep: int = 3,
    progress: bool = True,
) -> Solution:
    """Minimise the exact L = E Σ_i I_i (x_i − x̂_i)² from every start, deterministically, in place.

    Every restart (first batch axis) takes `iterations` steps on a coarse quadrature; the `keep` best of each setting go
    on for half as many on the full one. The coarse one may misrank minima within about 1 % of each other: near such a
    tie keep all. Works in double precision, on distributions whose points can be listed: finite ones, and
    `SparseUniform` with n ≤ 6. A W or b that does not require gradients stays as it is. Raises `ValueError` if there is
    no such list, the model is not a plain tied one, n differs, or importance or a count is invalid.
    """
    whole_number("iterations", iterations)
    restarts, *settings = only_closed_form(model).batch or (1,)
    shape, n, keep = (restarts, prod(settings)), model.n_features, min(whole_number("keep", keep), restarts)
    importance = importances(importance, n, like=model.W).expand(*model.batch, n).reshape(*shape, n)
    coarse, fine = _quadratures(model, features)
    theta = torch.cat([model.W, model.b[..., None, :]], -2).reshape(*shape, -1, n).double()
    loss, slope, finished = theta.new_full(shape, inf), theta.new_full(shape, nan), True
    rows = torch.arange(fine.weight[..., 0].numel()).reshape(fine.weight.shape[:-1]).expand(model.batch).reshape(shape)
    room = max(1, ROOM // (n * max(restarts * len(coarse.x), keep * len(fine.x))))
    groups = torch.arange(shape[1]).split(room)
    try:
        for some in progress_bar(groups, "solving", show=progress):
            args = model, rows[:, some], importance[:, some]
            theta[:, some], value, _ = _descend(theta[:, some], _Points.of(coarse, *args), iterations)
            best = value.topk(keep, 0, largest=False).indices
            args = model, rows[best, some], importance[best, some]
            found = _descend(theta[best, some], _Points.of(fine, *args), -(-iterations // 2))
            theta[best, some], loss[best, some], slope[best, some] = found
    except KeyboardInterrupt:
        finished = False
    model.W.copy_(theta[..., :-1, :].reshape(model.W.shape))
    model.b.copy_(theta[..., -1, :].reshape(model.b.shape))
    return Solution(model, *(t.reshape(model.batch).to(model.W) for t in (loss, slope)), finished)


def _quadratures(model: TiedModel, features: Features) -> tuple[Batch, Batch]:
    """A coarse and a full list of weighted points."""
    fine = exact_batch(same_size(model, features), budget=1024)
    if fine is None or fine.x.ndim != 2 or fine.y is not None:
        rule = "a list of points that all models share, with x itself as the target"
        raise ValueError(f"features must have {rule}, got {type(features).__name__}")
    coarse = features.quadrature(budget=32) if features.exact() is None else fine
    return tuple(batch.to(model.W.new_empty(0).double()) for batch in (coarse, fine))


class _Points(NamedTuple):
    """What the steps need: segments shared by the models, and each model's own weights.

    `powers` holds (1, x, x⊗x) at x + t along as a polynomial in t: the coefficients of 1, t, t². `trains` is 1 for
    the rows of [W; b] that are free to move, else 0.
    """

    x: Float[Tensor, "points n"]
    along: Float[Tensor, "points n"]
    powers: Float[Tensor, "3 points powers"]
    weight: Float[Tensor, "models points"]
    importance: Float[Tensor, "models n"]
    relu: bool
    trains: Float[Tensor, " m1"]

    @classmethod
    def of(cls, batch: Batch, model: TiedModel, rows: Int[Tensor, "*models"], importance: Tensor) -> "_Points":
        """The points of a batch, for models like this one whose distributions are in these rows."""
        x, along = batch.x, torch.zeros_like(batch.x) if batch.along is None else batch.along
        one, outer = torch.ones_like(x[:, :1]), lambda a, b: (a[:, :, None] * b[:, None]).flatten(1)
        powers = torch.stack(
            [
                torch.cat([one, x, outer(x, x)], 1),
                torch.cat([0 * one, along, outer(x, along) + outer(along, x)], 1),
                torch.cat([0 * one, 0 * along, outer(along, along)], 1),
            ]
        )
        weight, importance = batch.weight.reshape(-1, len(x))[rows.flatten()], importance.double().flatten(0, -2)
        trains = x.new_tensor([model.W.requires_grad] * model.n_hidden + [model.b.requires_grad])
        return cls(x, along, powers, weight, importance, model.activation == "relu", trains)


def _descend(start: Float[Tensor, "*models m1 n"], points: _Points, iterations: int) -> tuple[Tensor, Tensor, Tensor]:
    """Damped Newton: (H + λ 1) δ = −∇L. λ falls after a step that lowers L, rises after one that doesn't (Levenberg).

    Returns θ, L and the largest entry of ∇L for each model.
    """
    theta = start.flatten(0, -3)
    loss, slope, curvature = _expand(theta, points)
    damping = torch.diagonal(curvature, dim1=1, dim2=2).mean(1)
    for _ in range(iterations):
        damped = curvature + torch.diag_embed(damping[:, None].expand(slope.shape))
        factor, failed = torch.linalg.cholesky_ex(damped)
        step = torch.cholesky_solve(slope[..., None], factor)[..., 0].nan_to_num(0, 0, 0)
        trial = theta - step.reshape(theta.shape)
        new_loss, new_slope, new_curvature = _expand(trial, points)
        better = (failed == 0) & (new_loss < loss)
        theta = torch.where(better[:, None, None], trial, theta)
        loss, slope = torch.where(better, new_loss, loss), torch.where(better[:, None], new_slope, slope)
        curvature = torch.where(better[:, None, None], new_curvature, curvature)
        damping = torch.where(better, damping * 0.3, damping * 4).clamp(1e-12, 1e12)
    batch = start.shape[:-2]
    return theta.reshape(start.shape), loss.reshape(batch), slope.abs().amax(1).reshape(batch)


def _expand(theta: Float[Tensor, "models m1 n"], points: _Points) -> tuple[Tensor, Tensor, Tensor]:
    """L, ∇L and the Hessian H, from moments alone: (models), (models, params), (models, params, params).

    Where ReLU j is on, its error z_j − x_j is linear in x. So all that L needs are the moments of x over {z_j > 0}:
    M⁰_j = Σ weight, M¹_jk = Σ weight x_k, M²_jkl = Σ weight x_k x_l. H holds {z_j > 0} fixed: it leaves out that the
    kinks move, which only makes steps shorter.
    """
    W, b = theta[:, :-1], theta[:, -1]
    G, own = W.mT @ W, torch.arange(W.shape[2], device=W.device)
    m0, m1, m2 = _moments(G, b, points)
    x_own = m2[:, own, own]  # Σ weight x_j x_k where j is on
    c1 = torch.einsum("dij,dijk->dik", G, m2) + b[..., None] * m1 - x_own  # Σ weight (z_j − x_j) x_k
    c0 = (G * m1).sum(-1) + b * m0 - m1[:, own, own]  # Σ weight (z_j − x_j)
    off = points.weight @ (points.x**2 + points.x * points.along + points.along**2 / 3)
    zx = (G * x_own).sum(-1) + b * m1[:, own, own]
    loss = ((c1 * G).sum(-1) + c0 * b - zx + points.importance * off).sum(-1)
    both = c1 + c1.mT
    slope = 2 * torch.cat([W @ both, c0[:, None]], 1) * points.trains[:, None]
    H = 2 * _curvature(W, both, m0, m1, m2) * points.trains[:, None, None, None] * points.trains[:, None]
    return loss, slope.flatten(1), H.flatten(3).flatten(1, 2)


def _curvature(W: Tensor, both: Tensor, m0: Tensor, m1: Tensor, m2: Tensor) -> Float[Tensor, "models m1 n m1 n"]:
    """Half of H, in which z_j's slopes are ∂z_j/∂W_ai = δ_ij h_a + W_aj x_i and ∂z_j/∂b_j = 1."""
    (models, m, n), own = W.shape, torch.arange(W.shape[2])
    H = W.new_zeros(models, m + 1, n, m + 1, n)
    H[:, :m, :, :m] = _squares(W, m2)
    H[:, torch.arange(m), :, torch.arange(m)] += both  # z's own curvature in W
    H[:, :m, :, m] = _weights_with_biases(W, m1)
    H[:, m, :, :m] = H[:, :m, :, m].permute(0, 3, 1, 2)
    H[:, m, own, m, own] = m0
    return H


def _squares(W: Tensor, m2: Tensor) -> Float[Tensor, "models m n m n"]:
    """Σ weight ∂z_j/∂W_ai ∂z_j/∂W_ck, over j and the points."""
    own = torch.arange(W.shape[2])
    total = torch.einsum("daj,dcj,djkl->dakcl", W, W, m2)
    cross = torch.einsum("dae,djek,dcj->dajck", W, m2, W)
    total += cross + cross.permute(0, 3, 4, 1, 2)
    total[:, :, own, :, own] += torch.einsum("dak,djkl,dcl->jdac", W, m2, W)
    return total


def _weights_with_biases(W: Tensor, m1: Tensor) -> Float[Tensor, "models m n n"]:
    """Σ weight ∂z_j/∂W_ai ∂z_j/∂b_j, over the points."""
    own = torch.arange(W.shape[2])
    total = W[:, :, None] * m1.mT[:, None]
    total[:, :, own, own] += W @ m1.mT
    return total


def _moments(G: Tensor, b: Tensor, points: _Points) -> tuple[Tensor, Tensor, Tensor]:
    """M⁰ (models, n), M¹ (models, n, n) and M² (models, n, n, n), times importance."""
    n = b.shape[-1]
    z, gain = (G @ points.x.mT).add_(b[..., None]), G @ points.along.mT
    on = half_line_moments(gain, z, activation="relu" if points.relu else "linear").mul_(points.weight[:, None])
    moments = torch.bmm(on.flatten(1, 2), points.powers).sum(0).unflatten(0, b.shape) * points.importance[..., None]
    m0, m1, m2 = moments.split([1, n, n * n], -1)
    return m0[..., 0], m1, m2.reshape(*b.shape, n, n)
