"""Where training starts: from solutions that are known, beside the random ones."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from supertoy.batch import Features
from supertoy.model import TiedModel, only_closed_form


@torch.no_grad()
def start_from_known(model: TiedModel, features: Features, *, generator: Generator) -> TiedModel:
    """Put the first two restarts (first batch axis) of each setting where theory knows a solution, in place.

    - Restart 0, the linear optimum: W has random orthonormal rows, so WᵀW is a projector.
    - Restart 1, antipodal pairs: W = [Q, −Q, small] with Q a random rotation, where n ≥ 2m.

    Both get b = E x − WᵀW E x, the best bias without a nonlinearity. Random starts reach these states slowly where
    inputs are dense, because all projectors cost the same there. Further restarts stay as they are. Returns the model.

    Raises `ValueError` if the batch has no axis of restarts, or the model is not a plain tied one that trains W.
    Source: the linear optimum is Baldi and Hornik (1989).
    """
    if not only_closed_form(model).W.requires_grad:
        raise ValueError("model must train W to start it elsewhere, got one with W fixed")
    if not model.batch:
        raise ValueError("model needs a first batch axis of restarts, got a batch of shape ()")
    (restarts, *settings), m, n = model.batch, model.n_hidden, model.n_features

    def rows(width: int) -> torch.Tensor:  # (settings, min(m, width), width): random orthonormal rows
        noise = torch.randn(*settings, width, min(m, width), generator=generator, device=generator.device)
        return torch.linalg.qr(noise.double())[0].mT.to(model.W)

    known = [model.W[0]]
    known[0][..., : min(m, n), :] = rows(n)
    if restarts > 1 and n >= 2 * m:
        Q, small = rows(m), model.W[1][..., 2 * m :] * 2
        known.append(model.W[1].copy_(torch.cat([Q, -Q, small], -1)))
    for W, b in zip(known, model.b, strict=False):
        if model.b.requires_grad:
            b.copy_(linear_bias(W, features.mean().to(W)))
    return model


def linear_bias(W: Float[Tensor, "*batch m n"], mean: Float[Tensor, "*#batch n"]) -> Float[Tensor, "*batch n"]:
    """The best bias without a nonlinearity, E x − WᵀW E x: with it outputs are right on average from the start."""
    return mean - (W.mT @ (W @ mean[..., None]))[..., 0]
