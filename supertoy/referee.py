"""A referee for dictionary learners: how well does each get the directions of trained toys back, and of which toys?"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from time import perf_counter
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from supertoy._checks import finite, whole_number
from supertoy.adam import TrainConfig, train
from supertoy.dictionary import match
from supertoy.features import SparseUniform
from supertoy.model import ReLUModel
from supertoy.seeds import seed

REGIMES = {
    "superposed, 80 in 20": (80, 1 / 20),
    "pairs, 40 in 20": (40, 1 / 20),
    "pairs at p = 1/3": (80, 1 / 3),
    "neurons turned, 20 in 20": (20, 1 / 5),
}
"""The features of each regime's toys and their density, by the regime's name; all toys have 20 hidden dimensions."""


class Toys(NamedTuple):
    """Toys of one regime.

    Attributes:
        regime: its name.
        h: hidden vectors of each toy, all that a learner sees.
        truth: for each toy its directions, the columns of W of length above ½, shape (m, features).
    """

    regime: str
    h: Float[Tensor, "toys points m"]
    truth: list[Float[Tensor, "m _"]]


class Mark(NamedTuple):
    """How one learner did in one regime: means over its toys.

    Attributes:
        learner: its name.
        regime: the toys' name.
        score: mean over features of the best cosine with an atom (MMCS to the truth).
        floor: the score of as many hidden vectors, drawn at random.
        found: share of features with an atom of their own at a cosine above 0.9.
        precision: share of atoms that are such a feature's own.
        atoms: how many atoms the learner has.
        seconds: time of one `fit`.
    """

    learner: str
    regime: str
    score: float
    floor: float
    found: float
    precision: float
    atoms: int
    seconds: float


def trained_toys(
    regimes: Iterable[str] = tuple(REGIMES), *, n_toys: int = 2, n_points: int = 20_000, steps: int = 1500
) -> list[Toys]:
    """Toys of `REGIMES`, trained from random starts, and hidden vectors of theirs, never all zero.

    Raises `ValueError` if a regime is not known, or a number is not whole and at least 1.
    """
    found = []
    whole_number("n_points", n_points)
    config = TrainConfig(steps=steps, lr=0.01, batch_size=256, records=1, progress=False)
    for regime in regimes:
        if regime not in REGIMES:
            raise ValueError(f"regimes must be among {list(REGIMES)}, got {regime!r}")
        n, density = REGIMES[regime]
        features = SparseUniform(n_features=n, density=density)
        batch = (whole_number("n_toys", n_toys),)
        model = ReLUModel(n_features=n, n_hidden=20, batch=batch, generator=seed(0))
        W = train(model, features, config=config, generator=seed(1)).model.W.detach()
        empty = (1 - density) ** n
        x = features.inputs(features.noise(int(n_points / (1 - empty) * 1.1) + 50, generator=seed(2)))
        x = x[(x > 0).any(-1)][:n_points]
        found.append(Toys(regime, x @ W.mT, [V[:, V.norm(dim=0) > 0.5] for V in W]))
    return found


def atoms_of(learner: Any, n_hidden: int) -> Float[Tensor, "atoms m"]:
    """A fitted learner's directions, one a row.

    They are looked for as `decoder` (a matrix, or a layer with a `weight`), `W_dec`, `mixing_` and `components_`, and
    turned if only their columns have n_hidden numbers. Lines, which have no sign, count as two atoms each: those of a
    learner with `mixing_`, or whose `lines` is true.

    Raises `ValueError` if there is none of these, or no side of it has n_hidden numbers.
    """
    for name in ("decoder", "W_dec", "mixing_", "components_"):
        atoms = getattr(learner, name, None)
        if atoms is not None:
            break
    else:
        raise ValueError("a fitted learner must have a decoder, W_dec, mixing_ or components_, got none of them")
    turned = name == "mixing_" or hasattr(atoms, "weight")  # a layer's weight has an atom in each column
    atoms = torch.as_tensor(getattr(atoms, "weight", atoms)).detach()
    if atoms.ndim != 2 or n_hidden not in atoms.shape:
        raise ValueError(f"{name} must have a side of {n_hidden} numbers, got shape {tuple(atoms.shape)}")
    if atoms.shape[1] != n_hidden or (turned and atoms.shape[0] == n_hidden):
        atoms = atoms.mT
    lines = getattr(learner, "lines", name == "mixing_")
    return finite(name, torch.cat([atoms, -atoms]) if lines else atoms)


def referee(learners: Mapping[str, Any], toys: Iterable[Toys] | None = None) -> list[Mark]:
    """Fit a copy of each learner to the hidden vectors of each toy, and mark its atoms by the toy's directions.

    A learner is any object with `fit(h)`, h of shape (points, m), that afterwards has what `atoms_of` looks for.
    `toys` come from `trained_toys`, and are its toys if left out.

    Raises `ValueError` if a learner has no `fit`, or leaves no atoms.
    """
    toys = list(trained_toys() if toys is None else toys)
    marks = []
    for name, learner in learners.items():
        if not callable(getattr(learner, "fit", None)):
            raise ValueError(f"learners must have a method fit(h), got {learner!r} for {name!r}")
        for regime, h, truth in toys:
            rows = []
            for some, directions in zip(h, truth, strict=True):
                mine, begin = deepcopy(learner), perf_counter()
                mine.fit(some)
                seconds = perf_counter() - begin
                atoms = atoms_of(mine, h.shape[-1]).to(some)
                drawn = some[torch.randint(len(some), (len(atoms),), generator=seed(3))]
                own, floor = match(atoms, directions), match(drawn, directions)
                rows.append([own.truth, floor.truth, own.recall, own.precision, len(atoms), seconds])
            *values, count, seconds = torch.tensor(rows).mean(0).tolist()
            marks.append(Mark(name, regime, *values, round(count), seconds))
    return marks
