"""What a workbench trains: checked settings, a fit with restarts, and what to show of it."""

import time
from typing import Any, NamedTuple

import torch
from matplotlib.figure import Figure

from supertoy.adam import TrainConfig, train
from supertoy.features import SparseUniform
from supertoy.geometry import feature_dimensionality, gram, norms
from supertoy.groups import GroupedUniform
from supertoy.model import LinearModel, ReLUModel, ToyModel
from supertoy.plots import plot_features, plot_gram, plot_norms
from supertoy.widgets._traits import Choice, Number, Whole

RESTARTS = 4
CONFIG = {"steps": 600, "batch_size": 512, "lr": 0.03}
TIES = ("independent", "correlated", "anticorrelated")
RULES = {
    "n_features": Whole(20, at_least=1, at_most=100),
    "n_hidden": Whole(5, at_least=1, at_most=20),
    "density": Number(0.05, at_least=0.001, at_most=1, log=True),
    "importance_decay": Number(0.9, at_least=0.5, at_most=1),
    "tie": Choice("independent", TIES),
    "group_size": Whole(2, at_least=2, at_most=10),
    "activation": Choice("relu", ("relu", "linear")),
    "seed": Whole(0, at_least=0, at_most=10**6),
}
PAGE = {"steps": Whole(2000, at_least=1, at_most=10**5)}
"""What only a page's reader sets."""
for _name, _rule in (RULES | PAGE).items():
    _rule.name = _name


class Settings(NamedTuple):
    """What a workbench trains.

    Attributes:
        n_features: n, 1 to 100.
        n_hidden: m, 1 to 20.
        density: p, from 0.001 to 1.
        importance_decay: c, from 0.5 to 1; I_i = c^(i−1).
        tie: "independent"; "correlated" or "anticorrelated" groups of `group_size` neighbours.
        group_size: 2 to 10.
        activation: σ, "relu" or "linear".
        seed: of starts and inputs.
    """

    n_features: int = RULES["n_features"].default_value
    n_hidden: int = RULES["n_hidden"].default_value
    density: float = RULES["density"].default_value
    importance_decay: float = RULES["importance_decay"].default_value
    tie: str = RULES["tie"].default_value
    group_size: int = RULES["group_size"].default_value
    activation: str = RULES["activation"].default_value
    seed: int = RULES["seed"].default_value

    def features(self) -> SparseUniform:
        """The inputs; what is left over when groups are made stays independent. Raises `ValueError` if none exist."""
        sizes = {"n_features": self.n_features, "density": self.density}
        if self.tie == "independent":
            return SparseUniform(**sizes)
        whole = self.n_features // self.group_size
        groups = [range(g * self.group_size, (g + 1) * self.group_size) for g in range(whole)]
        return GroupedUniform(**sizes, **{self.tie: groups})

    def importance(self) -> torch.Tensor:
        """I_i = c^(i−1), shape (n,)."""
        return self.importance_decay ** torch.arange(self.n_features)


class Result(NamedTuple):
    """What training left behind.

    Attributes:
        settings: what was trained.
        model: the best of the restarts.
        loss: its expected loss.
        seconds: how long it took.
        finished: False if it was cancelled.
    """

    settings: Settings
    model: ToyModel
    loss: float
    seconds: float
    finished: bool


def ranges() -> dict[str, dict[str, Any]]:
    """What the controls in a page have to know of each setting."""
    return {name: rule.range() for name, rule in (RULES | PAGE).items()}


def checked(**settings: Any) -> Settings:
    """Settings within their ranges; raises `ValueError` that names what is not, or `TypeError` for an unknown name."""
    found = Settings(**settings)
    for name, value in found._asdict().items():
        RULES[name].validate(None, value)
    return found


def fit(settings: Settings, steps: Any = False) -> Result:
    """Train four restarts and keep the best; `steps` is a progress bar or what stands for one (see `TrainConfig`)."""
    start = time.perf_counter()
    kind = ReLUModel if settings.activation == "relu" else LinearModel
    generator = torch.Generator().manual_seed(settings.seed)
    sizes = {"n_features": settings.n_features, "n_hidden": settings.n_hidden, "batch": (RESTARTS,)}
    config = TrainConfig(**CONFIG, progress=steps)
    toys = kind(**sizes, generator=generator)
    done = train(toys, settings.features(), importance=settings.importance(), config=config, generator=generator)
    best, loss = done.best()
    return Result(settings, best, loss.item(), time.perf_counter() - start, done.finished)


def picture(result: Result) -> Figure:
    """Directions (m ≤ 2) or lengths, and all dot products."""
    W = result.model.W.detach()
    figure = Figure(figsize=(6.2, 3.0))
    left, right = figure.subplots(1, 2)
    (plot_features if result.settings.n_hidden <= 2 else plot_norms)(W, ax=left)
    plot_gram(gram(W), ax=right)
    return figure


def describe(result: Result) -> str:
    """The figures of a run in a sentence."""
    W = result.model.W.detach()
    stored = int((norms(W) > 0.5).sum())
    share = feature_dimensionality(W).sum()
    n, m = result.settings.n_features, result.settings.n_hidden
    how = "" if result.finished else " Cancelled: this is as far as it got."
    return (
        f"{stored} of {n} features longer than ½ in {m} dimension{'s' if m > 1 else ''}; loss {result.loss:.4g} "
        f"(best of {RESTARTS}); ΣDᵢ = {share:.2f}; {result.seconds:.1f} s.{how}"
    )
