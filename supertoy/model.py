"""The two toy models: n features squeezed through m hidden dimensions and read back with the same weights."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from supertoy._checks import finite, instance, last_axis, one_of, shape, whole_number

ACTIVATIONS = {"linear": lambda z: z, "relu": torch.relu}


def reconstruct(
    x: Float[Tensor, "*#batch points n"],
    W: Float[Tensor, "*#batch m n"],
    b: Float[Tensor, "*#batch n"] | None = None,
    *,
    activation: str = "relu",
) -> Float[Tensor, "*batch points n"]:
    """Send inputs through the toy: x̂ = σ(WᵀW x + b).

    Args:
        x: inputs, shape (..., points, n).
        W: column W_i = W[..., :, i] is feature i's direction, shape (..., m, n).
        b: output bias, shape (..., n); zero if left out.
        activation: σ, "linear" (identity) or "relu".

    Returns x̂, shape (..., points, n), leading axes broadcast. Raises `ValueError` if the shapes disagree or the
    activation is unknown. Source: Elhage et al. (2022), "Demonstrating superposition".
    """
    sigma = ACTIVATIONS[one_of("activation", activation, ACTIVATIONS)]
    if W.ndim < 2:
        raise ValueError(f"W must have shape (..., n_hidden, n_features), got shape {tuple(W.shape)}")
    if x.ndim < 2:
        raise ValueError(f"x must have shape (..., points, n_features), got shape {tuple(x.shape)}")
    last_axis("x", x, W.shape[-1])
    h = x @ W.mT
    z = h @ W
    return sigma(z if b is None else z + last_axis("b", b, W.shape[-1])[..., None, :])


class ToyModel(nn.Module):
    """A batch of independent tied models x̂ = σ(WᵀW x + b); `LinearModel` and `ReLUModel` fix σ.

    Args:
        n_features: n, at least 1.
        n_hidden: m, at least 1.
        batch: shape of the batch of independent models, () for a single one.
        bias: learn b; if False, b stays 0.
        generator: source of the random start W_ij ~ N(0, 1/n); torch's global one if left out.
        device: where the weights live ("cpu", "cuda"); the generator's device if left out.

    Attributes:
        W: weights, shape (..., m, n).
        b: output bias, shape (..., n).

    Raises `ValueError` if n, m or an entry of `batch` is not a whole number of at least 1, or `generator` no Generator.
    Source: Elhage et al. (2022), "Demonstrating superposition".
    """

    activation: str

    def __init__(
        self,
        *,
        n_features: int,
        n_hidden: int,
        batch: tuple[int, ...] = (),
        bias: bool = True,
        generator: Generator | None = None,
        device: str | torch.device | None = None,
    ):
        super().__init__()
        whole_number("n_features", n_features)
        whole_number("n_hidden", n_hidden)
        batch = shape("batch", batch)
        instance("generator", generator, Generator, optional=True)
        start = torch.device(generator.device if generator else device or torch.get_default_device())
        W = torch.randn(*batch, n_hidden, n_features, generator=generator, device=start) / n_features**0.5
        W = W.to(device or start)
        self.W = nn.Parameter(W)
        self.b = nn.Parameter(W.new_zeros(*batch, n_features), requires_grad=bias)

    @classmethod
    def from_weights(cls, W: Float[Tensor, "*batch m n"], b: Float[Tensor, "*batch n"] | None = None) -> "ToyModel":
        """A model that holds a copy of W (..., m, n) and b (..., n); b = 0 and fixed if left out.

        Raises `ValueError` if W or b is no tensor or has a NaN, or their shapes disagree.
        """
        instance("W", W, Tensor)
        instance("b", b, Tensor, optional=True)
        if W.ndim < 2:
            raise ValueError(f"W must have shape (..., n_hidden, n_features), got shape {tuple(W.shape)}")
        *batch, m, n = W.shape
        if b is not None and b.shape != (*batch, n):
            raise ValueError(f"b must have shape {(*batch, n)} to fit W, got shape {tuple(b.shape)}")
        model = cls(n_features=n, n_hidden=m, bias=b is not None)
        model.W = nn.Parameter(finite("W", W).detach().clone())
        bias = W.new_zeros(*batch, n) if b is None else finite("b", b).detach().clone()
        model.b = nn.Parameter(bias, requires_grad=b is not None)
        return model

    @property
    def n_features(self) -> int:
        """n, the number of features."""
        return self.W.shape[-1]

    @property
    def n_hidden(self) -> int:
        """m, the number of hidden dimensions."""
        return self.W.shape[-2]

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the batch of independent models."""
        return tuple(self.W.shape[:-2])

    def extra_repr(self) -> str:
        """What `print(model)` says of it."""
        sizes = f"n_features={self.n_features}, n_hidden={self.n_hidden}, batch={self.batch}"
        return f"{sizes}, bias={self.b.requires_grad}"

    def encode(self, x: Float[Tensor, "*#batch points n"]) -> Float[Tensor, "*batch points m"]:
        """The hidden state h = W x, shape (..., points, m)."""
        return last_axis("x", x, self.n_features) @ self.W.mT

    def forward(self, x: Float[Tensor, "*#batch points n"]) -> Float[Tensor, "*batch points n"]:
        """The reconstruction x̂ = σ(WᵀW x + b), shape (..., points, n)."""
        return reconstruct(x, self.W, self.b, activation=self.activation)


class LinearModel(ToyModel):
    """x̂ = WᵀW x + b: the toy without a nonlinearity. See `ToyModel` for arguments and errors."""

    activation = "linear"


class ReLUModel(ToyModel):
    """x̂ = ReLU(WᵀW x + b): the toy that can superpose. See `ToyModel` for arguments and errors."""

    activation = "relu"
