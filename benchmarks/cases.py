"""What is timed: the setting of each case, and how `supertoy` trains it."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from supertoy import ReLUModel, SparseUniform, TrainConfig, solve, start_from_known, train
from supertoy.starts import linear_bias


class Case(NamedTuple):
    """One toy per density (and importance), and our way to train them.

    Attributes:
        n_hidden: m.
        importance: shape (n,) or (models, n).
        density: shape (models,).
        ours: (case, seed) -> W (models, m, n), b (models, n).
        share: what part of the whole case the recipe's stretch covers: it trains `density[::1/share]`.
    """

    n_hidden: int
    importance: Tensor
    density: Tensor
    ours: Callable[["Case", int], tuple[Tensor, Tensor]]
    share: float = 1.0


def _model(case: Case, restarts: int, generator: torch.Generator) -> ReLUModel:
    batch = (restarts, len(case.density))
    return ReLUModel(n_features=case.importance.shape[-1], n_hidden=case.n_hidden, batch=batch, generator=generator)


def _weights(result) -> tuple[Tensor, Tensor]:
    model, _ = result.best()
    return model.W.detach(), model.b.detach()


def by_newton(restarts: int, iterations: int, keep: int):
    """The best of so many starts by damped Newton steps on the exact loss."""

    def ours(case: Case, seed: int) -> tuple[Tensor, Tensor]:
        model = _model(case, restarts, torch.Generator().manual_seed(seed))
        features = SparseUniform(n_features=model.n_features, density=case.density[:, None])
        found = solve(model, features, importance=case.importance, iterations=iterations, keep=keep, progress=False)
        return _weights(found)

    return ours


def by_draws(*, pairs_above: float | None = None, **config):
    """Large-rate Adam on shared draws, one start a model, with outputs right on average.

    It is random, or, with `pairs_above`, antipodal pairs at densities between that and 1 and the linear optimum at the
    others. (Both from the start and the better one kept takes twice as long, and half-way the wrong one can be ahead.)
    """

    def ours(case: Case, seed: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        model = _model(case, 1, generator)
        features = SparseUniform(n_features=model.n_features, density=case.density[:, None])
        if pairs_above is not None:
            both = start_from_known(_model(case, 2, generator), features, generator=generator)
            pairs = ((case.density > pairs_above) & (case.density < 1)).long()
            model = ReLUModel.from_weights(
                *(t.detach()[pairs, torch.arange(len(pairs))][None] for t in (both.W, both.b))
            )
        else:
            with torch.no_grad():
                model.b.copy_(linear_bias(model.W, features.mean()))
        settings = TrainConfig(records=1, progress=False, **config)
        return _weights(train(model, features, importance=case.importance, config=settings, generator=generator))

    return ours


def _grid(n_features: int, n_hidden: int, side: int, **newton) -> Case:
    """A phase diagram: density 0.01 … 1 by the last feature's importance 0.1 … 10, side × side cells."""
    density, ratio = torch.meshgrid(torch.logspace(-2, 0, side), torch.logspace(-1, 1, side), indexing="ij")
    importance = torch.ones(side * side, n_features)
    importance[:, -1] = ratio.flatten()
    return Case(n_hidden, importance, density.flatten(), by_newton(**newton), share=1 / 25)


CASES = {
    "intro": Case(2, 0.9 ** torch.arange(5), 20 ** -torch.linspace(0, 1, 10), by_newton(24, 16, 1)),
    "hundred": Case(
        20,
        100 ** -torch.linspace(0, 1, 100),
        20 ** -torch.linspace(0, 1, 20),
        by_draws(steps=1000, batch_size=128, lr=0.05, betas=(0.9, 0.95)),
    ),
    "geometry": Case(
        30,
        torch.ones(400),
        1 / torch.linspace(1, 10, 10),
        by_draws(pairs_above=0.25, steps=1700, batch_size=256, lr=0.01),
    ),
    "phase": _grid(2, 1, 100, restarts=12, iterations=20, keep=2),
    "phase3": _grid(3, 2, 50, restarts=16, iterations=25, keep=1),
}
