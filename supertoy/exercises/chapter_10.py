"""Checks of chapter 10, "Bend the geometry"."""

from collections.abc import Callable

import torch
from torch import Tensor

from supertoy.batch import Features
from supertoy.exercises._exercise import NotYet, exercise
from supertoy.features import SparseUniform
from supertoy.geometry import cosines, norms
from supertoy.groups import GroupedUniform
from supertoy.model import ReLUModel
from supertoy.newton import solve
from supertoy.seeds import seed


@exercise
def check_10_1(answer: Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]) -> None:
    """`draw_pairs(strength, s, p)`: the inputs of two correlated and of two anticorrelated pairs."""
    pairs, noise = [(0, 1), (2, 3)], torch.rand(2000, 6, generator=seed(0))
    strength, s = 1 - noise[:, :4], noise[:, 4:]
    for p in (0.05, 0.3, 0.5):
        drawn = answer(strength, s, p)
        for kind, x in zip(("correlated", "anticorrelated"), drawn, strict=True):
            law = GroupedUniform(n_features=4, density=p, **{kind: pairs})
            assert x.shape == strength.shape, f"{kind}: the shape should be (points, 4), got {tuple(x.shape)}"
            wrong = (x != law.inputs(noise)).any(-1).nonzero().flatten()
            assert not len(wrong), (
                f"{kind}, p = {p}, s = {s[wrong[0]].tolist()}: got {x[wrong[0]].tolist()} "
                f"of strengths {strength[wrong[0]].tolist()}"
            )


@exercise
def check_10_2(answer: Callable[[], float]) -> None:
    """`snap_importance()`: the importance of feature 1 at which the optimum goes from the pentagon to two pairs."""
    r = answer()
    importance = torch.ones(2, 5)
    importance[:, 0] = torch.tensor([0.95, 1.05]) * r
    toys = ReLUModel(n_features=5, n_hidden=2, batch=(30, 2), generator=seed(9))
    law = SparseUniform(n_features=5, density=0.05)
    best, _ = solve(toys, law, importance=importance, keep=30, progress=False).best()
    below, above = norms(best.W.detach())[:, 0].tolist()
    assert below < 0.1 < 0.9 < above, f"at 0.95 r and 1.05 r feature 1 has lengths {below:.2f} and {above:.2f}"


@exercise
def check_10_3(answer: Callable[[float], Features]) -> None:
    """`Twins(p)`: two pairs whose partners are always equal, as weighted points."""
    points = answer(0.1).exact()
    if points is ...:
        raise NotYet
    x, weight = points.x.double(), points.weight.double()
    assert abs(weight.sum() - 1) < 1e-5, f"weights should sum to 1, got {weight.sum()}"
    assert torch.equal(x[:, ::2], x[:, 1::2]), "partners should be equal at every point"
    mean, second = weight @ x, torch.einsum("p,pi,pj->ij", weight, x, x)
    assert torch.allclose(mean, mean.new_full((4,), 0.05), atol=1e-3), f"E x should be p/2, got {mean.tolist()}"
    assert abs(second[0, 0] - 0.1 / 3) < 1e-3, f"E x² should be p/3, got {second[0, 0]}"
    assert abs(second[0, 2] - 0.1**2 / 4) < 3e-4, "the two pairs should be independent"
    toys = ReLUModel(n_features=4, n_hidden=2, batch=(40,), generator=seed(0))
    best, loss = solve(toys, answer(0.1), progress=False).best()
    assert loss < 1e-6, f"the least loss should be 0, got {loss}"
    assert (cosines(best.W.detach())[[0, 2], [1, 3]] > 0.99).all(), "partners should merge"
