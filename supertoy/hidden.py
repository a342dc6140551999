"""Toys with a layer of neurons: what they compute, and which features get a neuron of their own."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from supertoy._checks import last_axis, one_of, whole_number
from supertoy.model import ACTIVATIONS, ToyModel, normal


class HiddenReLUModel(ToyModel):
    """x̂ = ReLU(Wᵀ ReLU(W x) + b), neurons instead of plain dimensions; untied, V in place of Wᵀ.

    Args:
        tied: read back with the weights that wrote; if False, V is a parameter of its own, of shape (..., n, m).
        n_features, n_hidden, batch, bias, generator, device: see `TiedModel`, whose errors it has.

    Source: Elhage et al. (2022), "Superposition in a privileged basis".
    """

    def __init__(self, *, tied: bool = True, bias: bool = True, generator=None, device=None, **sizes):
        super().__init__(**sizes)
        m, n, where = self.n_hidden, self.n_features, {"generator": generator, "device": device}
        self.W = normal(*self.batch, m, n, fan_in=n, **where)
        self.V = None if tied else normal(*self.batch, n, m, fan_in=m, **where)
        self.b = nn.Parameter(self.W.new_zeros(*self.batch, n), requires_grad=bias)

    def forward(self, x: Float[Tensor, "*#batch points n"]) -> Float[Tensor, "*batch points n"]:
        """The reconstruction x̂, shape (..., points, n)."""
        V = self.W.mT if self.V is None else self.V
        h = torch.relu(last_axis("x", x, self.n_features) @ self.W.mT)
        return torch.relu(h @ V.mT + self.b[..., None, :])


class OneHiddenLayerModel(ToyModel):
    """y = σ(V ReLU(W x + c) + b): one hidden layer with weights of its own on each side, from n inputs to k outputs.

    Args:
        n_outputs: k; n if left out.
        activation: σ of the outputs, "relu" or "linear".
        n_features, n_hidden, batch, bias, generator, device: see `TiedModel`, whose errors it has. Without `bias`,
            b and c stay 0.

    Source: Elhage et al. (2022), "Computation in superposition".
    """

    def __init__(
        self, *, n_outputs: int | None = None, activation="relu", bias=True, generator=None, device=None, **sizes
    ):
        super().__init__(**sizes)
        m, n, where = self.n_hidden, self.n_features, {"generator": generator, "device": device}
        self.n_outputs = n if n_outputs is None else whole_number("n_outputs", n_outputs)
        self.activation = one_of("activation", activation, ACTIVATIONS)
        self.W = normal(*self.batch, m, n, fan_in=n, **where)
        self.V = normal(*self.batch, self.n_outputs, m, fan_in=m, **where)
        self.c = nn.Parameter(self.W.new_zeros(*self.batch, m), requires_grad=bias)
        self.b = nn.Parameter(self.W.new_zeros(*self.batch, self.n_outputs), requires_grad=bias)

    def forward(self, x: Float[Tensor, "*#batch points n"]) -> Float[Tensor, "*batch points outputs"]:
        """The answer y, shape (..., points, k)."""
        h = torch.relu(last_axis("x", x, self.n_features) @ self.W.mT + self.c[..., None, :])
        return ACTIVATIONS[self.activation](h @ self.V.mT + self.b[..., None, :])
