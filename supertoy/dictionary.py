"""Dictionaries: how one agrees with the truth, and how one is learned without a network."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor
from torch.nn.functional import normalize

from supertoy._checks import finite, whole_number


class Match(NamedTuple):
    """How found directions and true ones agree, by cosines; each of the batch's shape.

    Attributes:
        truth: mean over true features of their best cosine with a living latent (MMCS to the truth).
        latents: mean over living latents of their best cosine with a true feature.
        recall: share of true features with a latent of their own beyond the threshold (Hungarian assignment).
        precision: share of living latents that are such a feature's own.
        duplicates: living latents beyond the threshold whose feature has another latent.
    """

    truth: Float[Tensor, "*batch"]
    latents: Float[Tensor, "*batch"]
    recall: Float[Tensor, "*batch"]
    precision: Float[Tensor, "*batch"]
    duplicates: Float[Tensor, "*batch"]


@torch.no_grad()
def match(
    decoder: Float[Tensor, "*#batch L m"],
    truth: Float[Tensor, "*#batch m n"],
    *,
    living: Bool[Tensor, "*#batch L"] | None = None,
    signed: bool = True,
    threshold: float = 0.9,
) -> Match:
    """Compare a dictionary's rows with the columns of W, as directions; without `signed`, as lines.

    Raises `ValueError` if shapes disagree or anything is not finite.
    """
    from scipy.optimize import linear_sum_assignment

    if finite("decoder", decoder).shape[-1] != finite("truth", truth).shape[-2]:
        raise ValueError(f"truth must have shape (..., {decoder.shape[-1]}, n), got shape {tuple(truth.shape)}")
    cosine = normalize(decoder, dim=-1) @ normalize(truth, dim=-2)
    cosine = cosine if signed else cosine.abs()
    alive = torch.ones_like(cosine[..., 0], dtype=torch.bool) if living is None else living.expand(cosine.shape[:-1])
    cosine = torch.where(alive[..., None], cosine, -1.0)
    flat = cosine.reshape(-1, *cosine.shape[-2:])
    pairs = [linear_sum_assignment(c > threshold, maximize=True) for c in flat.numpy()]
    own = [(c[rows, columns] > threshold).sum() for c, (rows, columns) in zip(flat, pairs, strict=True)]
    own, count = torch.stack(own).reshape(cosine.shape[:-2]).to(cosine), alive.sum(-1).clamp(min=1)
    best = cosine.amax(-1)
    return Match(
        truth=cosine.amax(-2).mean(-1),
        latents=torch.where(alive, best, 0).sum(-1) / count,
        recall=own / cosine.shape[-1],
        precision=own / count,
        duplicates=(best > threshold).sum(-1) - own,
    )


def explained(
    h: Float[Tensor, "*#batch points m"], h_hat: Float[Tensor, "*#batch points m"]
) -> Float[Tensor, "*batch"]:
    """1 − E‖h − ĥ‖² / E‖h − mean‖², the variance of hidden vectors that a reconstruction explains."""
    return 1 - (h - h_hat).square().sum((-2, -1)) / (h - h.mean(-2, keepdim=True)).square().sum((-2, -1))


@torch.no_grad()
def sparse_code(
    h: Float[Tensor, "*#batch points m"], dictionary: Float[Tensor, "*#batch L m"], k: int
) -> Float[Tensor, "*batch points L"]:
    """Orthogonal matching pursuit with codes of at least 0: k times, take the atom that points most along what is left
    of h, and fit all atoms taken so far again. Rows of the dictionary count as directions.

    Raises `ValueError` if k is not from 1 to L. Source: Pati, Rezaiifar and Krishnaprasad (1993).
    """
    atoms = normalize(finite("dictionary", dictionary), dim=-1)
    if whole_number("k", k) > atoms.shape[-2]:
        raise ValueError(f"k must be at most the number of atoms, {atoms.shape[-2]}, got {k}")
    gram, along = atoms @ atoms.mT, finite("h", h) @ atoms.mT
    left, taken = along, along.new_empty(*along.shape[:-1], 0, dtype=torch.long)
    rows = gram.expand(*along.shape[:-2], *gram.shape[-2:])
    for _ in range(k):
        taken = torch.cat([taken, left.scatter(-1, taken, -torch.inf).argmax(-1, keepdim=True)], -1)
        wide = torch.take_along_dim(rows[..., None, :, :], taken[..., None], -2)  # (..., points, taken, L)
        among = torch.take_along_dim(wide, taken[..., None, :], -1)
        among = among + 1e-5 * torch.eye(taken.shape[-1], dtype=h.dtype)
        amount = torch.linalg.solve(among, along.gather(-1, taken)).clamp(min=0)
        left = along - (amount[..., None, :] @ wide)[..., 0, :]
    return torch.zeros_like(along).scatter(-1, taken, amount)


@torch.no_grad()
def learn_dictionary(
    h: Float[Tensor, "*batch points m"],
    n_atoms: int,
    k: int,
    *,
    rounds: int = 40,
    batch_size: int = 2000,
    start: Float[Tensor, "*#batch L m"] | None = None,
    generator: Generator | None = None,
) -> Float[Tensor, "*batch L m"]:
    """Method of optimal directions: code some points by `sparse_code`, fit the atoms to them, and again.

    Starts from points of h. An atom that no point took becomes the point that is coded worst.

    Raises `ValueError` if an argument is invalid. Source: Engan, Aase and Husøy (1999).
    """
    whole_number("batch_size", batch_size, at_least=whole_number("n_atoms", n_atoms))
    if h.shape[-2] < batch_size:
        raise ValueError(f"h must have at least {batch_size} points, got {h.shape[-2]}")
    pick = torch.randperm(h.shape[-2], generator=generator)[:n_atoms]
    atoms = normalize(h[..., pick, :] if start is None else start, dim=-1).expand(*h.shape[:-2], n_atoms, h.shape[-1])
    ridge = 1e-4 * torch.eye(n_atoms, dtype=h.dtype)
    for _ in range(whole_number("rounds", rounds)):
        some = h[..., torch.randint(h.shape[-2], (batch_size,), generator=generator), :]
        codes = sparse_code(some, atoms, k)
        error = (some - codes @ atoms).square().sum(-1)
        worst = error.topk(n_atoms, -1).indices[..., None]
        fitted = torch.linalg.solve(codes.mT @ codes + ridge, codes.mT @ some)
        unused = (codes.sum(-2) == 0)[..., None]
        atoms = normalize(torch.where(unused, torch.take_along_dim(some, worst, -2), fitted), dim=-1)
    return atoms
