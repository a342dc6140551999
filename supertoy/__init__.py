"""Toy models of superposition, small enough to read in one sitting."""

from supertoy.features import Batch, OneHot, SparseUniform
from supertoy.loss import expected_loss, feature_loss
from supertoy.model import LinearModel, ReLUModel, ToyModel, reconstruct
from supertoy.sweep import sweep
from supertoy.train import History, TrainConfig, TrainResult, train

__version__ = "0.1.0"

__all__ = [
    "Batch",
    "History",
    "LinearModel",
    "OneHot",
    "ReLUModel",
    "SparseUniform",
    "ToyModel",
    "TrainConfig",
    "TrainResult",
    "expected_loss",
    "feature_loss",
    "reconstruct",
    "sweep",
    "train",
]
