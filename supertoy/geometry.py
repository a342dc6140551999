"""How a set of feature directions lies in its space. Every function takes W of shape (..., m, n)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from supertoy._checks import finite, number


def norms(W: Float[Tensor, "*batch m n"]) -> Float[Tensor, "*batch n"]:
    """Length of each feature's direction, ‖W_i‖; shape (..., n). Raises `ValueError` if W has a NaN."""
    return finite("W", W).norm(dim=-2)


def gram(W: Float[Tensor, "*batch m n"]) -> Float[Tensor, "*batch n n"]:
    """All dot products, WᵀW: entry (i, j) is W_i·W_j; shape (..., n, n). Raises `ValueError` if W has a NaN."""
    return finite("W", W).mT @ W


def _overlaps(W: Tensor) -> Tensor:
    """(Ŵ_i·W_j)², shape (..., n, n)."""
    return (torch.nn.functional.normalize(finite("W", W), dim=-2).mT @ W) ** 2


def interference(W: Float[Tensor, "*batch m n"]) -> Float[Tensor, "*batch n"]:
    """How much the others reach into each feature: Σ_{j≠i} (Ŵ_i·W_j)²; shape (..., n).

    0 for a feature with W_i = 0. Raises `ValueError` if W has a NaN. Source: Elhage et al. (2022), "Definitions".
    """
    return _overlaps(W).sum(-1) - norms(W) ** 2


def feature_dimensionality(W: Float[Tensor, "*batch m n"]) -> Float[Tensor, "*batch n"]:
    """The share of a dimension that each feature has: D_i = ‖W_i‖² / Σ_j (Ŵ_i·W_j)², in [0, 1]; shape (..., n).

    1 for a feature with a dimension of its own, 1/2 in an antipodal pair, 2/5 in a pentagon, 0 for W_i = 0.
    Σ_i D_i ≤ rank W ≤ m. Raises `ValueError` if W has a NaN.

    Source: Elhage et al. (2022), "The geometry of superposition"; Scherlis et al. (2022), as capacity.
    """
    squared = norms(W) ** 2
    shared = _overlaps(W).sum(-1)
    return torch.where(shared > 0, squared / shared.clamp_min(torch.finfo(W.dtype).tiny), 0.0)


def cosines(W: Float[Tensor, "*batch m n"]) -> Float[Tensor, "*batch n n"]:
    """The cosine of the angle between any two directions, Ŵ_i·Ŵ_j in [−1, 1]; shape (..., n, n).

    0 beside a feature with W_i = 0. Raises `ValueError` if W has a NaN.
    """
    unit = torch.nn.functional.normalize(finite("W", W), dim=-2)
    return (unit.mT @ unit).clamp(-1, 1)


def dimensions_per_feature(W: Float[Tensor, "*batch m n"]) -> Float[Tensor, "*batch"]:
    """D* = m / ‖W‖²_F: hidden dimensions per feature, if ‖W‖²_F counts the features; shape (...), infinite at W = 0.

    It sees lengths only: m features of length 1 at right angles give 1, and so does any W with m orthonormal rows,
    where all n features share every dimension. Raises `ValueError` if W has a NaN.

    Source: Elhage et al. (2022), "The geometry of superposition".
    """
    return W.shape[-2] / (norms(W) ** 2).sum(-1)


def neuron_roles(W: Float[Tensor, "*batch m n"], *, holds: float = 0.3) -> Int[Tensor, "*batch n"]:
    """What each feature is to the neurons: 0 if none holds it, 1 if those that do hold no other, 2 if it shares one.

    Neuron k holds feature i if abs(W_ki) > `holds`; shape (..., n). Raises `ValueError` if W has a NaN, or `holds` is
    not above 0. Source: Elhage et al. (2022), "Superposition in a privileged basis".
    """
    held = finite("W", W).detach().abs() > number("holds", holds, above=0)
    crowded = held & (held.sum(-1, keepdim=True) > 1)
    return held.any(-2).long() + crowded.any(-2).long()


def feature_clusters(
    W: Float[Tensor, "m n"], *, threshold: float = 0.2, represented: float = 0.5
) -> list[Int[Tensor, " size"]]:
    """Groups of features that interfere: components of the graph with an edge where abs(Ŵ_i·Ŵ_j) > threshold.

    Only features with ‖W_i‖ > represented are nodes. Returns the indices of each group in order, largest group first.
    Raises `ValueError` if W is not (m, n) or has a NaN, or a limit is outside its range: threshold in (0, 1],
    represented above 0. Source: Elhage et al. (2022), "The geometry of superposition".
    """
    number("threshold", threshold, above=0, at_most=1)
    number("represented", represented, above=0)
    if W.ndim != 2:
        raise ValueError(f"W must have shape (m, n), got shape {tuple(W.shape)}")
    nodes = (norms(W) > represented).nonzero().flatten()
    near = cosines(W[:, nodes]).abs() > threshold
    left, groups = torch.ones(len(nodes), dtype=torch.bool, device=W.device), []
    while left.any():
        group = torch.zeros_like(left)
        group[left.nonzero()[0]] = True
        while (grown := group | near[group].any(0)).sum() > group.sum():
            group = grown
        groups.append(nodes[group])
        left &= ~group
    return sorted(groups, key=len, reverse=True)
