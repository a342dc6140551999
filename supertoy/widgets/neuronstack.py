"""NeuronStack: which features each neuron holds, over recorded solutions from dense to sparse."""

from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import validate

from supertoy.geometry import neuron_roles, norms
from supertoy.plots import BLUE, GREY, INK, ORANGE, ROLES, neuron_stack
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Number, Numbers, Whole, require

RECORD = ("densities", "W", "loss")
MOST_RECORDS, MOST_NEURONS, MOST_FEATURES = 60, 12, 24
REPRESENTED = 0.5  # a feature longer than this is represented

ALONE = [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]]
CODED = [[1, 0, 0, 0, 0], [0, 0.92, -0.84, 0.86, 0], [0, 0.92, 0.83, -0.8, 0]]


class NeuronStack(Widget):
    """Solutions of a toy with neurons, x̂ = ReLU(Wᵀ ReLU(W x) + b), at several densities: what each neuron holds.

    Without a record it shows three neurons, by hand: first a feature in each, then three features in two of them.
    `densities`, `W` and `loss` belong together: see `of`.

    Attributes:
        densities: p of each record, 1 to 60 numbers that fall, in (0, 1].
        W: weights, shape (records, m, n), m from 1 to 12, n from 1 to 24.
        loss: at each record, 0 or more.
        position: which record is shown, from 0.
        feature: the feature whose bars stand out, from 1; 0 for none.
        holds: a neuron holds a feature if its weight is larger than this, from 0.05 to 0.95.

    Raises `ValueError` if a value breaks its rule. Source: Elhage et al. (2022), "Superposition in a privileged basis".
    """

    module = "neuronstack"
    densities = Numbers([])
    W = Numbers([], axes=3)
    loss = Numbers([])
    position = Whole(0, at_least=0, at_most=MOST_RECORDS - 1)
    feature = Whole(0, at_least=0, at_most=MOST_FEATURES)
    holds = Number(0.3, at_least=0.05, at_most=0.95, step=0.05)

    def __init__(self, **traits: Any):
        if not any(name in traits for name in RECORD):
            traits = {"densities": [0.6, 0.3], "W": [ALONE, CODED], "loss": [0.08, 0.052], "position": 1, **traits}
        super().__init__(**traits)

    @classmethod
    def of(cls, density: Tensor, W: Tensor, loss: Tensor, **traits: Any) -> "NeuronStack":
        """Show solutions at falling densities, of shapes (records,), (records, m, n) and (records,), rounded.

        Raises `ValueError` if the shapes do not fit, or a value breaks its rule.
        """
        shapes = tuple(tuple(part.shape) for part in (density, W, loss))
        if W.ndim != 3 or density.shape != W.shape[:1] or loss.shape != W.shape[:1]:
            raise ValueError(f"W must have shape (records, m, n) to fit density and loss, got shapes {shapes}")
        parts = [(density, 6), (W, 3), (loss, 6)]
        plain = [part.detach().cpu().double().round(decimals=k).add(0.0).tolist() for part, k in parts]
        return cls(**dict(zip(RECORD, plain, strict=True)), **traits)

    @validate(*RECORD, "position", "feature")
    def _together(self, proposal: dict) -> Any:
        self._check({proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    def _check(self, new: dict[str, Any]) -> None:
        """The rules that join the record, `position` and `feature`."""
        p, W, loss, k, i = (new.get(name, getattr(self, name)) for name in (*RECORD, "position", "feature"))
        count, sizes = len(p), {(len(one), len(row)) for one in W for row in one}
        m, n = next(iter(sizes), (0, 0))
        falling = all(a > b for a, b in zip([1.000001, *p], [*p, 0], strict=True))
        rules = [
            (falling, f"densities must fall, from at most 1 and above 0, got {p}"),
            (1 <= count <= MOST_RECORDS, f"densities must be 1 to {MOST_RECORDS}, got {count}"),
            (len(W) == count, f"W must have one record for each of {count} densities, got {len(W)}"),
            (
                len(sizes) == 1 and 1 <= m <= MOST_NEURONS and 1 <= n <= MOST_FEATURES,
                f"W must have shape (records, 1 to {MOST_NEURONS}, 1 to {MOST_FEATURES}), got {sorted(sizes)}",
            ),
            (len(loss) == count, f"loss must have one number for each of {count} densities, got {len(loss)}"),
            (all(v >= 0 for v in loss), f"loss must be 0 or more, got {min(loss, default=0)}"),
            (k < count, f"position must be below the number of records, {count}, got {k}"),
            (i <= n, f"feature must be at most the number of features, {n}, got {i}"),
        ]
        require(rules)

    def _weights(self, position: int | None = None) -> Tensor:
        """W at a record, or at the one that is shown."""
        return torch.tensor(self.W[self.position if position is None else position], dtype=torch.float64)

    def census(self, position: int | None = None) -> tuple[int, int, int]:
        """Neurons that hold one feature, neurons that hold several, and features represented, at a record."""
        W = self._weights(position)
        held = (W.abs() > self.holds).sum(1)
        return int((held == 1).sum()), int((held > 1).sum()), int((norms(W) > REPRESENTED).sum())

    def roles(self) -> list[int]:
        """Of each feature at the record shown: 0 if no neuron holds it, 1 if it is alone there, 2 if it shares one."""
        return neuron_roles(self._weights(), holds=self.holds).tolist()

    def figure(self) -> Figure:
        """The stacks at the record that is shown, the lengths of all features there, and counts over all records."""
        W = self._weights()
        figure = Figure(figsize=(8.2, 3.0))
        stack, lengths, counts = figure.subplots(1, 3, width_ratios=[1.3, 1, 1])
        neuron_stack(W, ax=stack, holds=self.holds)
        stack.set_title(f"p = {self.densities[self.position]:g}")
        colors = [ROLES[role] for role in self.roles()]
        lengths.bar(range(1, W.shape[1] + 1), norms(W).tolist(), color=colors)
        lengths.axhline(REPRESENTED, color=GREY, linewidth=1, linestyle="--")
        lengths.set(xlabel="feature", ylabel="length ‖Wᵢ‖")
        census = [self.census(k) for k in range(len(self.densities))]
        names = ("neurons with one feature", "neurons with several", "features represented")
        for name, line, color in zip(names, zip(*census, strict=True), (BLUE, ORANGE, INK), strict=True):
            counts.plot(self.densities, line, ".-", color=color, label=name)
        counts.axvline(self.densities[self.position], color=GREY, linewidth=1)
        counts.set(xlabel="density p = 1−S", xscale="log", ylim=(-0.3, 1.6 * max(max(c) for c in census)))
        ticks = [p for p in (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01) if self.densities[-1] <= p <= self.densities[0]]
        counts.set_xticks(ticks, [f"{p:g}" for p in ticks])
        counts.minorticks_off()
        counts.invert_xaxis()
        counts.legend(fontsize="small", loc="upper left")
        return figure

    def alt(self) -> str:
        """Says how many neurons hold one feature, and what each holds."""
        one, several, represented = self.census()
        held = [[i + 1 for i, w in enumerate(row) if abs(w) > self.holds] for row in self.W[self.position]]
        each = "; ".join(f"neuron {k} {', '.join(map(str, f)) or 'none'}" for k, f in enumerate(held, start=1))
        return (
            f"Stacks of weights at density {self.densities[self.position]:g}: {one} of {len(held)} neurons hold one "
            f"feature and {several} several, {represented} features are represented. Features held: {each}. "
            f"Beside them the lengths of all features, and these counts over {len(self.densities)} densities."
        )
