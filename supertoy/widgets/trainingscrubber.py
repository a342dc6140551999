"""TrainingScrubber: a recorded run to move through, with directions, loss and shares of a dimension."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import validate

from supertoy.adam import History
from supertoy.geometry import feature_dimensionality, norms
from supertoy.geometry_plots import LINES
from supertoy.plots import CYCLE, GREY, INK, ORANGE
from supertoy.theory import one_active_loss
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Flag, Number, Numbers, Records, Text, Whole, require
from supertoy.widgets.polytopeviewer import draw_in_space

RUN = ("steps", "loss", "W")
MOST_RECORDS, MOST_FEATURES, KEPT = 2000, 20, 120


def thinned(steps: Tensor, loss: Tensor, W: Tensor, *, most: int = KEPT) -> Tensor:
    """Which records to keep: the first, the last, and as many where loss or W move as where time passes."""
    if len(steps) <= most:
        return torch.arange(len(steps))
    way = torch.zeros(len(steps), dtype=torch.float64)
    for moves in (steps.diff(), loss.clamp_min(1e-12).log().diff().abs(), W.diff(dim=0).flatten(1).norm(dim=1)):
        way[1:] += moves.double().cumsum(0) / moves.double().sum().clamp_min(1e-12)
    marks = torch.linspace(0, way[-1].item(), most, dtype=torch.float64)
    return torch.searchsorted(way, marks).clamp(max=len(steps) - 1).unique()


def rounded(values: Any) -> Any:
    """Nested lists with numbers of four significant digits."""
    return [rounded(v) for v in values] if isinstance(values, list) else float(f"{values:.4g}")


@cache
def example_run(n: int = 6, *, seed: int = 56, steps: int = 1000, rate: float = 0.3) -> dict[str, list]:
    """Gradient descent on six features in two dimensions, one active at a time, from a small start.

    It rests with six corners: a pentagon, one corner of which is a pair of features. Then one of the two wins.
    """
    start = 0.05 * torch.randn(2, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    theta = torch.cat([start, start.new_zeros(1, n)]).requires_grad_()
    records = []
    for step in range(steps):
        loss = one_active_loss(theta[:2], theta[2]).mean()
        slope = torch.autograd.grad(loss, theta)[0]
        if step % 2 == 0:
            records.append((torch.tensor(step), loss.detach(), theta[:2].detach()))
        theta = (theta - rate * slope).detach().requires_grad_()
    run = [torch.stack(r) for r in zip(*records, strict=True)]
    keep = thinned(*run)
    return {name: rounded(part[keep].tolist()) for name, part in zip(RUN, run, strict=True)}


class TrainingScrubber(Widget):
    """A recorded run: directions W_i at one moment, loss and D_i = ‖W_i‖² / Σ_j (Ŵ_i·W_j)² over all of them.

    Without a run it shows gradient descent on six features in two dimensions, one active at a time (`example_run`).
    See `from_history` for a run of your own. `steps`, `loss` and `W` belong together: change them with `set_run`.

    Attributes:
        steps: updates made before each of 1 to 2000 records, rising.
        loss: at each record, 0 or more.
        W: weights, shape (records, m, n), m 2 or 3, n from 1 to 20, entries up to 1000 in size.
        groups: a colour, 0 to 7, for each feature, or empty for a colour of each feature's own.
        position: which record is shown, from 0.
        playing: whether the run plays.
        log_time: whether time is on a logarithmic axis.
        loss_label: what the loss is, for its axis.
        yaw: where m = 3 is seen from, in degrees, from -180 to 180.
        pitch: likewise, from -90 to 90.
        lines: named shares, for the view; not to be set.

    Raises `ValueError` if a value breaks its rule. Source: Elhage et al. (2022), "Learning dynamics".
    """

    module = "trainingscrubber"
    steps = Numbers([])
    loss = Numbers([])
    W = Numbers([], axes=3)
    groups = Numbers([])
    position = Whole(0, at_least=0, at_most=MOST_RECORDS - 1)
    playing = Flag(False)
    log_time = Flag(False)
    loss_label = Text("loss L")
    yaw = Number(25, at_least=-180, at_most=180, step=1)
    pitch = Number(20, at_least=-90, at_most=90, step=1)
    lines = Records(dict(LINES), read_only=True)

    def __init__(self, **traits: Any):
        if not any(name in traits for name in RUN):
            run = example_run()
            traits = {"position": len(run["steps"]) - 1, **run, **traits}
        super().__init__(**traits)

    @classmethod
    def from_history(
        cls, history: History | Sequence, model_index: int | tuple = (), **traits: Any
    ) -> "TrainingScrubber":
        """Show a run of `train`, or its (step, loss, W): shapes (records,), (records, ...) and (records, ..., m, n).

        `model_index` picks one model of a batch. At most 120 records are kept, more of them where loss or W move, with
        four significant digits. Opens at the last. Raises `ValueError` if the shapes or the index do not fit.
        """
        run = (history.step, history.loss, history.W) if isinstance(history, History) else history
        step, loss, W = (torch.as_tensor(part).detach().cpu() for part in run)
        index = model_index if isinstance(model_index, tuple) else (model_index,)
        batch = tuple(W.shape[1:-2])
        inside = len(index) == len(batch) and all(-k <= i < k for i, k in zip(index, batch, strict=False))
        if W.ndim < 3 or not inside:
            raise ValueError(f"model_index must pick one model of a batch of shape {batch}, got {model_index!r}")
        if step.shape != W.shape[:1] or loss.shape != W.shape[:-2]:
            shapes = tuple(tuple(part.shape) for part in (step, loss, W))
            raise ValueError(f"history must hold step, loss and W of one run, got shapes {shapes}")
        loss, W = loss[:, *index], W[:, *index]
        keep = thinned(step, loss, W)
        run = {name: rounded(part[keep].tolist()) for name, part in zip(RUN, (step, loss, W), strict=True)}
        run["steps"] = step[keep].tolist()
        return cls(**{"position": len(keep) - 1, **run, **traits})

    def set_run(self, *, steps: Any, loss: Any, W: Any, **traits: Any) -> None:
        """Show another run, from its last record on. Raises `ValueError`, and changes nothing, if it breaks a rule."""
        traits |= {"steps": steps, "loss": loss, "W": W}
        new = {name: self.traits()[name].validate(self, value) for name, value in traits.items()}
        new = {"position": max(0, len(new["steps"]) - 1)} | new
        self._check(new)
        with self.hold_trait_notifications():
            for name, value in new.items():
                setattr(self, name, value)

    @validate(*RUN, "groups", "position")
    def _together(self, proposal: dict) -> Any:
        self._check({proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    def _check(self, new: dict[str, Any]) -> None:
        """The rules that join `steps`, `loss`, `W`, `groups` and `position`."""
        steps, loss, W, groups, k = (new.get(name, getattr(self, name)) for name in (*RUN, "groups", "position"))
        count, m = len(steps), len(W[0]) if W else 0
        widths = {len(row) for record in W for row in record}
        n = max(widths, default=0)
        rising = all(a < b for a, b in zip([-1, *steps], steps, strict=False)) and all(v == int(v) for v in steps)
        largest = max((abs(v) for record in W for row in record for v in row), default=0)
        rules = [
            (rising, f"steps must be rising whole numbers from 0, got {steps}"),
            (1 <= count <= MOST_RECORDS, f"steps must name 1 to {MOST_RECORDS} records, got {count}"),
            (len(loss) == count, f"loss must have one number for each of {count} steps, got {len(loss)}"),
            (all(v >= 0 for v in loss), f"loss must be 0 or more, got {min(loss, default=0)}"),
            (len(W) == count, f"W must have one record for each of {count} steps, got {len(W)}"),
            (
                {len(record) for record in W} in ({2}, {3}) and widths == {n} and 1 <= n <= MOST_FEATURES,
                f"W must have shape (records, 2 or 3, 1 to {MOST_FEATURES}), got {m} rows of lengths {sorted(widths)}",
            ),
            (largest <= 1000, f"W must have entries up to 1000 in size, got {largest:g}"),
            (
                not groups or (len(groups) == n and all(v in range(8) for v in groups)),
                f"groups must be a whole number from 0 to 7 for each of {n} features, got {groups}",
            ),
            (k < count, f"position must be below the number of records, {count}, got {k}"),
        ]
        require(rules)

    def _colors(self) -> list[str]:
        return [CYCLE[g % len(CYCLE)] for g in self.groups or range(len(self.W[0][0]))]

    def figure(self) -> Figure:
        """The directions at the record that is shown, and loss and shares over the run with a line there."""
        W, at = torch.tensor(self.W, dtype=torch.float64), self.steps[self.position]
        figure = Figure(figsize=(8.2, 2.9))
        stage, losses, shares = figure.subplots(1, 3)
        flat = W.shape[1] == 2
        side = {"yaw": 0 if flat else self.yaw, "pitch": 0 if flat else self.pitch}
        draw_in_space(W[self.position], ax=stage, colors=self._colors(), least=0.3, **side)
        stage.set_title(f"step {at:,.0f}")
        losses.plot(self.steps, self.loss, color=INK)
        losses.set(xlabel="training step", ylabel=self.loss_label)
        if min(self.loss) > 0:
            losses.set_yscale("log")
        for share in LINES.values():
            shares.axhline(share, color=GREY, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
        for curve, color in zip(feature_dimensionality(W).T, self._colors(), strict=True):
            shares.plot(self.steps, curve, color=color, linewidth=1.2)
        shares.set(xlabel="training step", ylabel="$D_i$", ylim=(-0.03, 1.05))
        for ax in (losses, shares):
            ax.axvline(at, color=ORANGE, linewidth=1)
            if self.log_time and len(self.steps) > 1:
                ax.set_xscale("log")
        return figure

    def alt(self) -> str:
        """Says what the run starts with and where it ends."""
        W = torch.tensor(self.W, dtype=torch.float64)
        stored = [int((norms(w) > 0.5).sum()) for w in (W[0], W[self.position])]
        n = W.shape[2]
        return (
            f"Left, the directions of {n} features at step {self.steps[self.position]:,.0f}; {stored[1]} of {n} are "
            f"longer than ½, against {stored[0]} at the first record. Middle, the loss over the run, from "
            f"{self.loss[0]:.3g} to {self.loss[-1]:.3g}. Right, the share of a dimension of each feature over the run."
        )
