"""A batch of models as rows of numbers, taken a block at a time."""

from math import prod
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from supertoy.batch import Rows
from supertoy.model import ToyModel


class State:
    """The parameters of a batch of models side by side: θ, shape (models, size), and the way back.

    Raises `ValueError` if a parameter or buffer does not begin with the model's batch, parameters differ in dtype or
    device, hooks may set weights before each pass (as pruning does), or hooks wait for the gradient of a parameter.
    """

    def __init__(self, model: ToyModel):
        self.model, self.models = model, prod(model.batch)
        self.parameters, self.buffers = dict(model.named_parameters()), dict(model.named_buffers())
        for name, tensor in {**self.parameters, **self.buffers}.items():
            if tuple(tensor.shape[: len(model.batch)]) != model.batch:
                got = f"{name} of shape {tuple(tensor.shape)}"
                raise ValueError(f"model must have tensors that begin with its batch {model.batch}, got {got}")
        kinds = {(p.dtype, p.device) for p in self.parameters.values()}
        if len(kinds) != 1:
            raise ValueError(f"model must have parameters of one dtype on one device, got {kinds or 'none'}")
        if model._forward_pre_hooks:
            hooks = ", ".join(type(hook).__name__ for hook in model._forward_pre_hooks.values())
            raise ValueError(f"model must have no forward pre-hooks (end a pruning with prune.remove), got {hooks}")
        for name, p in self.parameters.items():
            if p._backward_hooks or getattr(p, "_post_accumulate_grad_hooks", None) or p.is_inference():
                raise ValueError(f"model must have no gradient hooks or inference tensors, got one on {name}")
        self.shapes = {name: p.shape[len(model.batch) :] for name, p in self.parameters.items()}
        self.sizes = [shape.numel() for shape in self.shapes.values()]
        self.fixed, self.free = self._columns(train=False), self._columns(train=True)

    def read(self) -> Float[Tensor, "models size"]:
        """θ, a copy."""
        return torch.cat([p.detach().reshape(self.models, -1) for p in self.parameters.values()], 1)

    def _columns(self, *, train: bool) -> list[slice]:
        """The columns of θ that train, or those that do not."""
        ends = torch.tensor(self.sizes).cumsum(0).tolist()
        columns = zip(self.parameters.values(), self.sizes, ends, strict=True)
        return [slice(end - size, end) for p, size, end in columns if p.requires_grad is train]

    def named(self, theta: Float[Tensor, "some size"]) -> dict[str, Tensor]:
        """Parameters by name, each (some, ...): views of rows of θ."""
        parts = theta.split(self.sizes, 1)
        return {
            name: part.unflatten(1, shape) if shape else part[:, 0]
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }

    def buffers_of(self, models: Tensor) -> dict[str, Tensor]:
        """Buffers by name, each (some, ...), of these models of the flat list."""
        axes = len(self.model.batch)
        return {name: t.reshape(self.models, *t.shape[axes:])[models] for name, t in self.buffers.items()}

    @torch.no_grad()
    def write(self, theta: Float[Tensor, "some size"], models: Tensor) -> None:
        """Put rows of θ back into the model: those of these models of the flat list."""
        for p, part in zip(self.parameters.values(), theta.split(self.sizes, 1), strict=True):
            rows = p.detach().reshape(self.models, -1)
            rows[models] = part
            p.copy_(rows.view(p.shape))


class Block(NamedTuple):
    """Models that are computed together, and the distributions that their inputs come from.

    Attributes:
        models: a range of the flat list of models.
        rows: of the flat list of distributions: a range, where they adjoin, or one for each model.
    """

    models: slice
    rows: Rows


def blocks(
    distributions: tuple[int, ...], batch: tuple[int, ...], size: int, *, room: int, some: Tensor | None = None
) -> list[Block]:
    """Cut a batch of models into blocks whose arrays, of `size` numbers for each model, fit into `room`.

    `distributions` is the shape of the batch of distributions, which broadcasts to the models'; `some` are the models
    of the flat list that take part, all if left out.
    """
    row = torch.arange(prod(distributions)).reshape(distributions).expand(batch).flatten()
    row = row if some is None else row[some.cpu()]
    count, most = len(row), max(1, room // size)
    group = prod(distributions) if 1 < most < prod(distributions) else count  # whole restarts, where there is no room
    starts = [s for base in range(0, count, group) for s in range(base, min(base + group, count), most)]
    plan = []
    for start, stop in zip(starts, [*starts[1:], count], strict=True):
        rows = row[start:stop]
        adjoin = prod(distributions) == 1 or bool((rows.diff() == 1).all())
        plan.append(Block(slice(start, stop), slice(int(rows[0]), int(rows[-1]) + 1) if adjoin else rows))
    return plan
