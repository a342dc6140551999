"""Sparse features that come together, or never together."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from supertoy._checks import whole_number
from supertoy.batch import Rows
from supertoy.features import SparseUniform

Groups = Iterable[Sequence[int]]


class GroupedUniform(SparseUniform):
    """Sparse features x_i ~ U[0, 1] in groups; p_i = P(x_i ≠ 0) stays the density of each single feature.

    - A correlated group is active all at once, with probability p, or not at all.
    - Of an anticorrelated group at most one feature is active: feature i with probability p_i, none with 1 − Σ p_i.
    - Features in no group are independent. Strengths are independent of everything.

    One uniform number s decides for a group: feature i is active where low_i ≤ s < low_i + p_i, with low = 0 in a
    correlated group and the sum of the densities before it in an anticorrelated one.

    Args:
        n_features: number of features n, at least 1.
        density: as for `SparseUniform`.
        correlated, anticorrelated: groups of at least two feature indices, no feature in more than one.

    Raises:
        ValueError: as `SparseUniform`; if a group is too small, overlaps another or has an index outside 0 … n − 1; if
            densities differ in a correlated group, or add up to more than 1 in an anticorrelated one.

    Source: Elhage et al. (2022), "Correlated and anticorrelated features".
    """

    def __init__(
        self,
        *,
        n_features: int,
        density: float | Tensor,
        correlated: Groups = (),
        anticorrelated: Groups = (),
    ):
        super().__init__(n_features=n_features, density=density)
        together = [_members("correlated", group, n_features) for group in correlated]
        apart = [_members("anticorrelated", group, n_features) for group in anticorrelated]
        grouped = [i for group in (*together, *apart) for i in group]
        if len(set(grouped)) < len(grouped):
            raise ValueError(f"correlated and anticorrelated must not share a feature, got {together} and {apart}")
        self.together = together + [[i] for i in range(n_features) if i not in grouped]
        self.apart = apart
        self.low = torch.zeros_like(self.density)
        for group in together:
            if not bool((self.density[..., group] == self.density[..., group[:1]]).all()):
                raise ValueError(f"density must be equal in correlated group {group}, got {self.density[..., group]}")
        for group in apart:
            total = self.density[..., group].cumsum(-1)
            if bool((total[..., -1] > 1 + 1e-6).any()):
                raise ValueError(f"density must sum to at most 1 in anticorrelated group {group}, got {total.max()}")
            self.low[..., group[1:]] = total[..., :-1]
        self.decider = torch.empty(n_features, dtype=torch.long)
        for number, group in enumerate(self.together + self.apart):
            self.decider[group] = number

    @property
    def exchangeable(self) -> bool:
        """Whether only the number of active features matters, which is false where there are groups."""
        return super().exchangeable and len(self.together) == self.n_features

    def noise(self, n_points: int, *, generator: Generator) -> Float[Tensor, "points more"]:
        """The numbers that one draw needs: n strengths, then one number to decide for each group."""
        size = whole_number("n_points", n_points), self.n_features + len(self.together) + len(self.apart)
        return torch.rand(size, generator=generator, device=generator.device, dtype=self.density.dtype)

    def inputs(
        self, u: Float[Tensor, "points more"], rows: Rows | None = None, room: Tensor | None = None
    ) -> Float[Tensor, "*batch points n"]:
        """Strength where low_i ≤ s < low_i + p_i, else 0, for every distribution or for these rows of their list."""
        p, low = (
            (t if rows is None else t.reshape(-1, self.n_features)[rows])[..., None, :].to(u.device)
            for t in (self.density, self.low)
        )
        s = u[:, self.n_features + self.decider.to(u.device)]
        return (1 - u[:, : self.n_features]) * ((s >= low) & (s < low + p))

    def chance(self, active: Float[Tensor, "points n"]) -> Float[Tensor, "*batch points"]:
        """P(exactly these features are active), group by group."""
        p, parts = self.density[..., None, :], []
        for group in self.together:
            on = active[:, group].mean(-1)
            q = p[..., group[0]]
            parts.append(torch.where(on == 1, q, torch.where(on == 0, 1 - q, 0)))
        for group in self.apart:
            on = active[:, group].sum(-1)
            q = p[..., group]
            one, none = (active[:, group] * q).sum(-1), (1 - q.sum(-1)).clamp(min=0)
            parts.append(torch.where(on == 1, one, torch.where(on == 0, none, 0)))
        return torch.stack(torch.broadcast_tensors(*parts)).prod(0)


def _members(name: str, group: Sequence[int], n_features: int) -> list[int]:
    """A group as a list of indices, if it is one."""
    members = list(group)
    if len(members) < 2 or not all(type(i) is int and 0 <= i < n_features for i in members):
        raise ValueError(f"{name} must hold groups of two or more indices from 0 to {n_features - 1}, got {members}")
    return members
