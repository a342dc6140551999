"""SamplesToFeatures: what two hidden dimensions hold, the samples or the features, as there are more samples."""

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import validate

from supertoy.adam import TrainConfig, train
from supertoy.features import Samples
from supertoy.geometry import norms
from supertoy.model import ReLUModel, TiedModel
from supertoy.plots import BLUE, GREEN, GREY, INK, ORANGE, RED
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Choice, Records, Whole

NUMBERS = ("samples", "train", "mean", "median", "worst", "rim", "beyond", "paid")
POINTS = {"hidden": 2, "features": 2, "new": 3}
MOST_RUNS, MOST_POINTS = 40, 400
KEPT = {"hidden": 150, "features": 120, "new": 250}
FLOOR = 0.1  # losses below this are drawn there
LONG = 0.1  # features shorter than this are not drawn
BAD = 2.0  # an error above this is drawn in red: twice that of an answer of nothing to an input of length 1


def _rounded(rows: Tensor) -> list:
    """Rows of numbers with three significant digits."""
    return [[float(f"{v:.3g}") for v in row] for row in rows.tolist()]


@torch.no_grad()
def record_of(model: TiedModel, samples: Float[Tensor, "T n"], new: Float[Tensor, "points n"]) -> dict[str, Any]:
    """What the widget shows of one model: numbers over all inputs, and points for the first of them."""
    widths = {samples.shape[-1], new.shape[-1], model.n_features}
    if model.batch or model.n_hidden != 2 or len(widths) > 1:
        raise ValueError(f"model must be single, with m = 2 and the n of its inputs, got {model!r}")
    errors = [torch.cat([(model(x) - x).square().sum(-1) for x in some.split(2000)]) for some in (samples, new)]
    hidden, fresh = model.encode(samples), model.encode(new)
    rim, total = hidden.norm(dim=-1).max(), errors[1].sum()
    beyond = fresh.norm(dim=-1) > rim
    worst = errors[1].topk(math.ceil(len(new) / 100)).values.sum() / total
    found = (errors[0].mean(), errors[1].mean(), errors[1].median(), worst, rim, beyond.to(total).mean())
    numbers = [len(samples), *(float(f"{v:.4g}") for v in (*found, errors[1][beyond].sum() / total))]
    directions = model.W.mT[norms(model.W).argsort(descending=True)]
    directions = directions[directions.norm(dim=-1) > LONG]
    points = {"hidden": hidden, "features": directions, "new": torch.cat([fresh, errors[1][:, None]], -1)}
    return dict(zip(NUMBERS, numbers, strict=True)) | {k: _rounded(points[k][: KEPT[k]]) for k in POINTS}


@cache
def example_runs() -> list[dict[str, Any]]:
    """Sixty sparse features of unit-length inputs, and toys that were trained for a moment on 5 to 320 of them."""
    generator = torch.Generator().manual_seed(0)

    def draw(count: int) -> Tensor:
        x = torch.rand(count, 60, generator=generator, dtype=torch.float64)
        active = torch.rand(count, 60, generator=generator, dtype=torch.float64) < 0.05
        active[torch.arange(count), torch.randint(60, (count,), generator=generator)] = True
        return torch.nn.functional.normalize(x * active, dim=-1)

    new, records = draw(2000), []
    for count in (5, 20, 80, 320):
        samples = draw(count)
        start = 0.02 * torch.randn(2, 60, generator=generator, dtype=torch.float64)
        model = ReLUModel.from_weights(start, start.new_zeros(60))
        train(model, Samples(samples), config=TrainConfig(steps=400, lr=0.05, progress=False))
        records.append(record_of(model, samples, new))
    return records


def _fault(record: Any) -> str:
    """What is wrong with a record, or nothing."""
    if not isinstance(record, dict) or set(record) != {*NUMBERS, *POINTS}:
        return f"records of {', '.join([*NUMBERS, *POINTS])}"
    numbers = [record[name] for name in NUMBERS]
    points = [(record[name], width) for name, width in POINTS.items()]
    if not all(isinstance(rows, list) and len(rows) <= MOST_POINTS for rows, _ in points):
        return f"records with at most {MOST_POINTS} points of a kind"
    if not all(isinstance(row, list) and len(row) == width for rows, width in points for row in rows):
        return "records whose points are pairs, or triples in new"
    numbers += [v for rows, _ in points for row in rows for v in row]
    if not all(isinstance(v, (int, float)) and type(v) is not bool and math.isfinite(v) for v in numbers):
        return "records of finite numbers"
    good = all(record[name] >= 0 for name in NUMBERS) and record["samples"] >= 1
    return "" if good else "records of numbers from 0, with at least one sample"


class _Runs(Records):
    rule = f"1 to {MOST_RUNS} records, with more samples in each than in the one before"

    def validate(self, obj: Any, value: Any) -> list:
        """The records."""
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_RUNS:
            self.refuse(value)
        for record in value:
            if fault := _fault(record):
                raise ValueError(f"{self.name} must be {fault}, got {record!r}")
        counts = [record["samples"] for record in value]
        return value if all(a < b for a, b in pairwise(counts)) else self.refuse(counts)


class SamplesToFeatures(Widget):
    """Toys that were trained on T samples, for rising T: their samples, their features, and what new inputs cost.

    Without `runs` it shows a small example. See `from_models` for runs of your own.

    Attributes:
        runs: 1 to 40 records, T rising: "samples" T; losses "train" (mean) and, on new inputs, "mean" and "median"; the
            share "worst" of the loss that the worst 1 % pay; "rim", the longest hidden state of a sample; of the new
            inputs the share that lie "beyond" it, and the share of the loss that these have "paid"; and points:
            "hidden" states of samples, W_i of "features" (both x, y), and "new" inputs (x, y, error).
        position: which record is shown, from 0.
        shown: whose hidden states are shown, "samples" or "new inputs".

    Raises `ValueError` if a value breaks its rule. Source: Henighan et al. (2023), "Superposition, Memorization, and
    Double Descent".
    """

    module = "samplestofeatures"
    runs = _Runs([])
    position = Whole(0, at_least=0, at_most=MOST_RUNS - 1)
    shown = Choice("samples", ("samples", "new inputs"))

    def __init__(self, **traits: Any):
        super().__init__(**{"runs": example_runs(), **traits} if "runs" not in traits else traits)

    @classmethod
    def from_models(
        cls, models: Sequence[TiedModel], samples: Sequence[Tensor], new: Float[Tensor, "points n"], **traits: Any
    ) -> "SamplesToFeatures":
        """Show single toys with m = 2, each trained on its samples (T, n), and what they make of the same new inputs.

        Numbers are over all inputs; at most 150 samples, 120 features and 250 new inputs are shown as points.

        Raises `ValueError` if a model is a batch, m is not 2, n differs, or T does not rise.
        """
        pairs = zip(models, samples, strict=True)
        return cls(runs=[record_of(model, some, new) for model, some in pairs], **traits)

    @validate("runs", "position")
    def _together(self, proposal: dict) -> Any:
        new = {"runs": self.runs, "position": self.position, proposal["trait"].name: proposal["value"]}
        if new["runs"] and new["position"] >= len(new["runs"]):
            raise ValueError(f"position must be below the number of runs, {len(new['runs'])}, got {new['position']}")
        return proposal["value"]

    def figure(self) -> Figure:
        """Losses over T, and the hidden states and features at the T that is shown."""
        record, figure = self.runs[self.position], Figure(figsize=(8.2, 2.9))
        losses, states, features = figure.subplots(1, 3)
        T = [run["samples"] for run in self.runs]
        for name, color, label in [
            ("mean", RED, "new, mean"),
            ("median", INK, "new, median"),
            ("train", GREEN, "train"),
        ]:
            losses.loglog(T, [max(run[name], FLOOR) for run in self.runs], ".-", color=color, label=label)
        losses.axvline(record["samples"], color=ORANGE, linewidth=1)
        losses.set(xlabel="samples T", ylabel="loss")
        losses.legend(fontsize="small")
        fresh = self.shown == "new inputs"
        dots = record["new" if fresh else "hidden"]
        colors = [RED if fresh and row[2] > BAD else GREY if fresh else BLUE for row in dots]
        states.scatter([row[0] for row in dots], [row[1] for row in dots], c=colors, s=8)
        turn = [2 * math.pi * k / 100 for k in range(101)]
        circle = [[record["rim"] * f(angle) for angle in turn] for f in (math.cos, math.sin)]
        states.plot(*circle, color=GREY, linestyle="--", linewidth=0.9)
        states.set_title(f"{self.shown}, T = {record['samples']:,}")
        for x, y in record["features"]:
            features.plot([0, x], [0, y], color=ORANGE, linewidth=0.8)
        features.set_title("features")
        for ax in (states, features):
            ax.set(aspect="equal", xticks=[], yticks=[])
            ax.set_aspect("equal", "datalim")
        return figure

    def alt(self) -> str:
        """Says what the losses are at the T that is shown."""
        run = self.runs[self.position]
        return (
            f"Left, losses over the number of samples T. At T = {run['samples']:,}: training loss {run['train']:.3g}; "
            f"new inputs: mean {run['mean']:.3g}, median {run['median']:.3g}. Middle, hidden states of {self.shown}, "
            f"with a dashed circle through the sample that is farthest out. Right, the directions of the features."
        )
