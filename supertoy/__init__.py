"""Toy models of superposition, small enough to read in one sitting.

    import torch
    from supertoy import OneHot, ReLUModel, geometry, plots, seed, train

    model = ReLUModel(n_features=5, n_hidden=2, batch=(100,), generator=seed(0))
    best, loss = train(model, OneHot(n_features=5)).best()
    plots.plot_features(best.W)  # a pentagon
    geometry.feature_dimensionality(best.W)  # 2/5 for each feature

Data: `SparseUniform`, `OneHot`, `GroupedUniform`, `Samples`; of these `Signed`, `AtLeastOne`, `Computed`; your own:
`Features`. Models: `LinearModel`, `ReLUModel`, `HiddenReLUModel`, `OneHiddenLayerModel`; your own: `ToyModel`. Loss:
`expected_loss`, `batch_loss`. Optimum: `train`, `solve`, `start_from_known`; many of them: `sweep`. Results: the
modules `geometry`, `theory`, `polytopes`, `plots`, `geometry_plots`. The features back: `sae`, `dictionary`, `referee`.
In a notebook or a page: `widgets`. A real network: `lens`. Randomness: `seed`.
What a chapter puts on record: `answer`, `verdict`; its exercises: `supertoy.exercises`.
"""

from importlib import import_module

from supertoy.adam import History, TrainConfig, TrainResult, train
from supertoy.batch import Batch, Features
from supertoy.claims import answer, verdict
from supertoy.features import OneHot, Samples, SparseUniform
from supertoy.grid import sweep
from supertoy.groups import GroupedUniform
from supertoy.hidden import HiddenReLUModel, OneHiddenLayerModel
from supertoy.loss import ExpectedLoss, batch_loss, expected_loss, feature_loss
from supertoy.model import LinearModel, ReLUModel, TiedModel, ToyModel, apply, reconstruct
from supertoy.newton import Solution, solve
from supertoy.seeds import seed
from supertoy.starts import start_from_known
from supertoy.targets import AtLeastOne, Computed, Signed

__version__ = "0.1.0"

MODULES = (
    "dictionary",
    "exercises",
    "geometry",
    "geometry_plots",
    "lens",
    "plots",
    "polytopes",
    "referee",
    "sae",
    "theory",
    "widgets",
)
"""Loaded when they are first used."""

__all__ = [
    "AtLeastOne",
    "Batch",
    "Computed",
    "ExpectedLoss",
    "Features",
    "GroupedUniform",
    "HiddenReLUModel",
    "History",
    "LinearModel",
    "OneHiddenLayerModel",
    "OneHot",
    "ReLUModel",
    "Samples",
    "Signed",
    "Solution",
    "SparseUniform",
    "TiedModel",
    "ToyModel",
    "TrainConfig",
    "TrainResult",
    "answer",
    "apply",
    "batch_loss",
    "expected_loss",
    "feature_loss",
    "reconstruct",
    "seed",
    "solve",
    "start_from_known",
    "sweep",
    "train",
    "verdict",
]


def __getattr__(name: str):
    """The module `supertoy.plots` and its like, so that `import supertoy` is enough for them and stays light."""
    if name in MODULES:
        return import_module(f"supertoy.{name}")
    raise AttributeError(f"module 'supertoy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *MODULES})
