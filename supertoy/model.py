"""The toys: n features squeezed through m hidden dimensions, and read back.

A new one is a class with parameters and a `forward`, as in torch: see the module `hidden`. Training, restarts and
losses ask no more of it than that each parameter has the batch's axes first.
"""

from copy import deepcopy

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn
from torch.func import functional_call

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
    """A batch of independent models: parameters that share leading axes, and a `forward` that knows nothing of them.

    A subclass makes its parameters and buffers, each with the batch as its first axes, and computes x̂ from x by
    operations that broadcast over leading axes.

    Args:
        n_features: n, at least 1.
        n_hidden: m, at least 1.
        batch: shape of the batch of independent models, () for a single one.

    Attributes:
        n_outputs: how many numbers x̂ has: n, unless a subclass says otherwise.

    Raises `ValueError` if n, m or an entry of `batch` is not a whole number of at least 1.
    """

    def __init__(self, *, n_features: int, n_hidden: int, batch: tuple[int, ...] = ()):
        super().__init__()
        self.n_features = self.n_outputs = whole_number("n_features", n_features)
        self.n_hidden = whole_number("n_hidden", n_hidden)
        self.batch = shape("batch", batch)

    def extra_repr(self) -> str:
        """What `print(model)` says of it."""
        fixed = [name for name, p in self.named_parameters() if not p.requires_grad]
        sizes = f"n_features={self.n_features}, n_hidden={self.n_hidden}, batch={self.batch}"
        return sizes + (f", fixed: {', '.join(fixed)}" if fixed else "")

    def forward(self, x: Float[Tensor, "*#batch points n"]) -> Float[Tensor, "*batch points outputs"]:
        """The model's answer x̂, shape (..., points, n_outputs)."""
        raise NotImplementedError(f"{type(self).__name__} must have a forward(x)")


def apply(
    model: ToyModel, parameters: dict[str, Tensor], x: Float[Tensor, "*#batch points n"]
) -> Float[Tensor, "*batch points outputs"]:
    """x̂ = model(x) with these parameters and buffers in place of the model's own: a pure function of both.

    `parameters` maps the names of `model.named_parameters()` to tensors; those left out are the model's. They may
    belong to any number of models, as long as all have the same leading axes. Returns x̂, shape (..., points, outputs).
    """
    return functional_call(model, parameters, (x,))


def select(model: ToyModel, pick: slice | Int[Tensor, "*pick"]) -> ToyModel:
    """A model of the same kind that holds copies of some of a batch: `pick` says which, by place in the flat list.

    Raises `ValueError` if `forward` was put on the instance: a copy would go on asking the model it was made for.
    """
    if "forward" in vars(model):
        raise ValueError(f"model must have its forward in its class to be copied, got one set on {model!r}")
    copies = {}
    for tensor in (*model.parameters(), *model.buffers()):
        rows = tensor.detach().reshape(-1, *tensor.shape[len(model.batch) :])[pick].clone()
        copies[id(tensor)] = nn.Parameter(rows, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else rows
    twin = deepcopy(model, copies)  # which takes these for what it has copied already
    places = torch.arange(torch.Size(model.batch).numel())[pick.cpu() if isinstance(pick, Tensor) else pick]
    twin.batch = tuple(places.shape)
    return twin


def best_restart(model: ToyModel, loss: Float[Tensor, "*batch"]) -> tuple[ToyModel, Tensor]:
    """Read the first axis of the batch as restarts: the model of least loss in each setting, and that loss.

    Raises `ValueError` if the batch has no axis.
    """
    if not model.batch:
        raise ValueError("best needs a first batch axis of restarts, got a batch of shape ()")
    loss, winner = loss.min(0)
    settings = torch.arange(winner.numel(), device=winner.device).reshape(winner.shape)
    return select(model, winner * winner.numel() + settings), loss


def normal(
    *size: int, fan_in: int, generator: Generator | None, device: str | torch.device | None = None
) -> nn.Parameter:
    """A parameter that starts at N(0, 1/fan_in), drawn where the generator is and kept on `device` (or there)."""
    instance("generator", generator, Generator, optional=True)
    start = torch.device(generator.device if generator else device or torch.get_default_device())
    return nn.Parameter((torch.randn(*size, generator=generator, device=start) / fan_in**0.5).to(device or start))


def closed_form(model: ToyModel) -> bool:
    """Whether the model is x̂ = σ(WᵀW x + b) of its own W and b and nothing besides, so that formulas hold of it."""
    own = isinstance(model, TiedModel) and list(dict(model.named_parameters())) == ["W", "b"]
    hooks = model._forward_hooks or model._forward_pre_hooks or model._backward_hooks or model._backward_pre_hooks
    as_written = type(model).forward is TiedModel.forward and type(model).__call__ is nn.Module.__call__
    return own and as_written and "forward" not in vars(model) and not hooks and not dict(model.named_buffers())


def only_closed_form(model: ToyModel) -> "TiedModel":
    """The model, if formulas hold of it; raises `ValueError` otherwise."""
    if not closed_form(instance("model", model, ToyModel)):
        rule = "a LinearModel or ReLUModel as it is, with no parametrisation, hook or forward of its own"
        raise ValueError(f"model must be {rule}, got {model!r}")
    return model


class TiedModel(ToyModel):
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
        super().__init__(n_features=n_features, n_hidden=n_hidden, batch=batch)
        size = *self.batch, n_hidden, n_features
        self.W = normal(*size, fan_in=n_features, generator=generator, device=device)
        self.b = nn.Parameter(self.W.new_zeros(*self.batch, n_features), requires_grad=bias)

    @classmethod
    def from_weights(cls, W: Float[Tensor, "*batch m n"], b: Float[Tensor, "*batch n"] | None = None) -> "TiedModel":
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
        model.batch = tuple(batch)
        model.W = nn.Parameter(finite("W", W).detach().clone())
        bias = W.new_zeros(*batch, n) if b is None else finite("b", b).detach().clone()
        model.b = nn.Parameter(bias, requires_grad=b is not None)
        return model

    def encode(self, x: Float[Tensor, "*#batch points n"]) -> Float[Tensor, "*batch points m"]:
        """The hidden state h = W x, shape (..., points, m)."""
        return last_axis("x", x, self.n_features) @ self.W.mT

    def forward(self, x: Float[Tensor, "*#batch points n"]) -> Float[Tensor, "*batch points n"]:
        """The reconstruction x̂ = σ(WᵀW x + b), shape (..., points, n)."""
        return reconstruct(x, self.W, self.b, activation=self.activation)


class LinearModel(TiedModel):
    """x̂ = WᵀW x + b: the toy without a nonlinearity. See `TiedModel` for arguments and errors."""

    activation = "linear"


class ReLUModel(TiedModel):
    """x̂ = ReLU(WᵀW x + b): the toy that can superpose. See `TiedModel` for arguments and errors."""

    activation = "relu"
