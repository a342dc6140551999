"""The gradient of the loss for a block of models: one door, behind it a quick way for tied models and one for all."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from supertoy._checks import one_of
from supertoy.batch import Batch
from supertoy.model import ACTIVATIONS, ToyModel, apply, closed_form
from supertoy.state import State


def gradient_for(model: ToyModel) -> "AnyGradient | TiedGradient":
    """What computes ∂L/∂θ for blocks of models like this one: the tied kernel where it fits, else plain autograd."""
    return TiedGradient(model) if closed_form(model) else AnyGradient(model)


class AnyGradient:
    """By autograd, through the model's own `forward`."""

    def __init__(self, model: ToyModel):
        self.model, self.state, self.rooms = model, State(model), {}

    def room(self, theta: Tensor, points: int) -> Tensor:
        """Where inputs may be written, so that they stay in cache."""
        size = len(theta), points, self.model.n_features
        if size not in self.rooms:
            self.rooms[size] = theta.new_empty(size)
        return self.rooms[size]

    def __call__(
        self,
        theta: Float[Tensor, "models size"],
        models: Tensor,
        batch: Batch,
        importance: Float[Tensor, "#models outputs"],
        *,
        out: Float[Tensor, "models size"],
    ) -> None:
        """Write ∂L/∂θ of these models, on these weighted points, to `out`."""
        with torch.enable_grad():
            leaf = theta.detach().requires_grad_()
            parameters = {**self.state.named(leaf), **self.state.buffers_of(models)}
            x_hat = apply(self.model, parameters, batch.x.expand(len(theta), -1, -1))
        error = (x_hat.detach() - batch.target).mul_(2 * batch.weight[..., None]).mul_(importance[:, None])
        out.copy_(torch.autograd.grad(x_hat, leaf, error)[0])


class TiedGradient:
    """By hand, for x̂ = σ(WᵀW x + b): see `tied_gradient`. Arrays are kept from step to step."""

    def __init__(self, model: ToyModel):
        self.relu = one_of("activation", model.activation, ACTIVATIONS) == "relu"
        self.m, self.n, self.work = model.n_hidden, model.n_features, {}

    def workspace(self, theta: Tensor, points: int) -> "Workspace":
        """The arrays for a block of so many models and points."""
        key = len(theta), points
        if key not in self.work:
            self.work[key] = Workspace.like(theta.unflatten(1, (self.m + 1, self.n)), points)
        return self.work[key]

    def room(self, theta: Tensor, points: int) -> Tensor:
        """Where inputs may be written, so that they stay in cache."""
        return self.workspace(theta, points).x

    def __call__(self, theta: Tensor, models: Tensor, batch: Batch, importance: Tensor, *, out: Tensor) -> None:
        """Write ∂L/∂θ of these models, on these weighted points, to `out`."""
        x, y = (t.expand(len(theta), -1, -1) for t in (batch.x, batch.target))
        theta3, out3 = (t.view(len(theta), self.m + 1, self.n) for t in (theta, out))
        work = self.workspace(theta, batch.points)
        tied_gradient(x, y, batch.weight, theta3, importance, relu=self.relu, work=work, out=out3)


def tied_gradient(
    x: Float[Tensor, "models points n"],
    y: Float[Tensor, "models points n"],
    weight: Float[Tensor, "#models points"],
    theta: Float[Tensor, "models m1 n"],
    importance: Float[Tensor, "#models n"],
    *,
    relu: bool,
    work: "Workspace",
    out: Float[Tensor, "models m1 n"],
) -> Tensor:
    """The gradient of L for tied models, by hand: five matrix products and two passes over the points.

    With θ = [W; b] the last row of every θ-shaped array belongs to b. Let h = xWᵀ, z = [h, 1] θ, e = (z − y) 1[z > 0]:
    ∂L/∂θ = 2 ([h, 1]ᵀ diag(weight) e) I + 2 (e diag(I) Wᵀ)ᵀ diag(weight) x (the second term for W only). Importances
    and weights go on the small arrays.
    """
    m, (h, z, e, back, _) = theta.shape[1] - 1, work
    W, twice = theta[:, :m], 2 * weight[..., None]
    torch.bmm(x, theta.mT, out=h)
    h[..., m] = 1  # one column of products for nothing, which costs less than to copy h
    torch.bmm(h, theta, out=z)
    torch.sub(z, y, out=e)
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
