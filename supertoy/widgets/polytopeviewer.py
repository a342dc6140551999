"""PolytopeViewer: directions in space, what share of a dimension each has, and what happens if they move."""

from collections.abc import Sequence
from math import cos, radians, sin

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from traitlets import validate

from supertoy.geometry import cosines, feature_dimensionality
from supertoy.geometry_plots import LINES
from supertoy.plots import CYCLE, GREY, INK
from supertoy.polytopes import POLYTOPES, name_polytope, polytope
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Choice, Flag, Number, Numbers, Records, Whole

SOLIDS = {name: corners.tolist() for name in POLYTOPES if len(corners := polytope(name)) <= 3}
MOST = 12
PUSHES = [
    torch.randn(3, MOST, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).round(decimals=4).tolist()
    for seed in range(8)
]


def neighbours(W: Tensor, least: float = 1e-9) -> list[tuple[int, int]]:
    """Pairs with no third direction between them: k is, where Ŵ_k·(Ŵ_i + Ŵ_j) ≥ 1 + Ŵ_i·Ŵ_j.

    Directions no longer than `least` take no part.
    """
    C, n = cosines(W.double()), W.shape[1]
    there = W.norm(dim=0) > least
    between = C[:, :, None] + C[:, None, :] >= 1 + C[None] - 1e-9  # (k, i, j)
    k = torch.arange(n)
    between[k, k, :] = between[k, :, k] = between[~there] = False
    edge = ~between.any(0) & there[:, None] & there
    return [(i, j) for i, j in edge.triu(1).nonzero().tolist()]


def turned(tips: Tensor, yaw: float, pitch: float) -> Tensor:
    """Rows [right, up, towards the reader] of (3, n) tips, after a turn by yaw, then by pitch, in degrees."""
    a, b = radians(yaw), radians(pitch)
    about_upright = torch.tensor([[cos(a), 0, sin(a)], [0, 1, 0], [-sin(a), 0, cos(a)]], dtype=tips.dtype)
    about_level = torch.tensor([[1, 0, 0], [0, cos(b), -sin(b)], [0, sin(b), cos(b)]], dtype=tips.dtype)
    return about_level @ about_upright @ tips


def draw_in_space(
    W: Tensor, *, yaw: float, pitch: float, ax: Axes, colors: Sequence[str] = CYCLE, least: float = 1e-9
) -> Axes:
    """Directions in up to three dimensions as seen from a side: nearer ones are thicker; lines join neighbours."""
    x, y, z = turned(torch.cat([W.double(), W.new_zeros(3 - len(W), W.shape[1]).double()]), yaw, pitch)
    near = (0.5 + 0.5 * z.clamp(-1, 1)).tolist()
    for i, j in neighbours(W, least):
        ax.plot(x[[i, j]], y[[i, j]], color=INK, linewidth=0.6 + near[i] + near[j], zorder=1 + near[i] + near[j])
    for i, depth in enumerate(near):
        style = {"color": colors[i % len(colors)], "zorder": 1.1 + 2 * depth}
        ax.plot([0, x[i]], [0, y[i]], linewidth=1 + 1.6 * depth, **style)
        ax.plot(x[i], y[i], "o", markersize=3.5 + 4 * depth, **style)
        if W[:, i].norm() > 0.05:
            ax.annotate(str(i + 1), (1.13 * x[i], 1.13 * y[i]), ha="center", va="center", zorder=4)
    reach = max(1.35, 1.2 * W.norm(dim=0).max().item())
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.set_axis_off()
    return ax


class PolytopeViewer(Widget):
    """Directions W = P + bend · E in up to three dimensions, and their shares D_i = ‖W_i‖² / Σ_j (Ŵ_i·W_j)².

    P are the corners of a named polytope, or the given W; E is standard normal noise, drawn once for each seed. The
    view turns, bends, adds the shares up (Σ D_i ≤ rank W) and names the solid by the rule of `name_polytope`.

    Attributes:
        name: a polytope of at most three dimensions, or "custom" for W.
        W: directions for "custom", shape (m, n) with m from 1 to 3, n from 1 to 12, entries up to 1000 in size.
        bend: from 0 to 1.
        seed: which push E, 0 to 7.
        yaw: degrees about the upright axis, from -180 to 180; at yaw 0 and pitch 0 the first axis points right.
        pitch: degrees about the level axis, from -90 to 90.
        spin: whether it turns by itself.
        solids: corners of the named solids; not to be set.
        pushes: displacements to bend by; not to be set.
        lines: named shares of a dimension; not to be set.

    Raises `ValueError` if a value breaks its rule. Source: Elhage et al. (2022), "The geometry of superposition".
    """

    module = "polytopeviewer"
    name = Choice("pentagon", (*SOLIDS, "custom"))
    W = Numbers([], axes=2)
    bend = Number(0, at_least=0, at_most=1)
    seed = Whole(0, at_least=0, at_most=len(PUSHES) - 1)
    yaw = Number(25, at_least=-180, at_most=180, step=1)
    pitch = Number(20, at_least=-90, at_most=90, step=1)
    spin = Flag(False)
    solids = Records(SOLIDS, read_only=True)
    pushes = Records(PUSHES, read_only=True)
    lines = Records(dict(LINES), read_only=True)

    @validate("W")
    def _right_size(self, proposal: dict) -> list:
        W = proposal["value"]
        fits = 1 <= len(W) <= 3 and 1 <= len(W[0]) <= MOST
        if W and not (fits and all(abs(v) <= 1000 for row in W for v in row)):
            sides = f"({len(W)}, {len(W[0])})"
            raise ValueError(
                f"W must have 1 to 3 rows of 1 to {MOST} numbers up to 1000 in size, got {W if fits else sides}"
            )
        if not W and self.name == "custom":
            raise ValueError("W must hold directions while name is 'custom', got []")
        return W

    @validate("name")
    def _something_to_show(self, proposal: dict) -> str:
        if proposal["value"] == "custom" and not self.W:
            raise ValueError("W must hold directions where name is 'custom', got []")
        return proposal["value"]

    def directions(self) -> Tensor:
        """W = P + bend · E as it is shown, shape (m, n), in double precision."""
        P = torch.tensor(self.W if self.name == "custom" else SOLIDS[self.name], dtype=torch.float64)
        push = torch.tensor(PUSHES[self.seed], dtype=torch.float64)[: P.shape[0], : P.shape[1]]
        return P + self.bend * push

    def recognised(self) -> str:
        """The name that `name_polytope` gives to what is shown."""
        return name_polytope(self.directions())

    def figure(self) -> Figure:
        """The directions from the same side, and their shares over the lines of named polytopes."""
        W = self.directions()
        D = feature_dimensionality(W)
        figure = Figure(figsize=(6.2, 3.1))
        left, right = figure.subplots(1, 2)
        draw_in_space(W, yaw=self.yaw, pitch=self.pitch, ax=left)
        left.set_title(self.recognised())
        corners = range(1, len(D) + 1)
        for name, share in LINES.items():
            right.axhline(share, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
            side = {"⅖": "bottom", "⅜": "top"}.get(name, "center")  # these two are close
            right.annotate(name, (1.02, share), xycoords=("axes fraction", "data"), va=side)
        colors = [CYCLE[i % len(CYCLE)] for i in range(len(D))]
        right.bar(corners, D.tolist(), color=colors, width=0.5, alpha=0.45)
        right.scatter(corners, D.tolist(), color=colors, zorder=3)
        right.set(xticks=corners, xlabel="corner i", ylabel="$D_i$", ylim=(-0.04, 1.08), xlim=(0.4, len(D) + 0.6))
        right.set_title(f"$\\Sigma D_i$ = {D.sum():.2f} ≤ {torch.linalg.matrix_rank(W)}")
        right.grid(False)
        return figure

    def alt(self) -> str:
        """Says which solid it is and what its shares are."""
        D = feature_dimensionality(self.directions())
        what = f"{self.name}, its corners moved by {self.bend:g} times a push" if self.bend else self.name
        return (
            f"Left, {D.shape[0]} directions in space: {what}; recognised as {self.recognised()}. Right, their "
            f"shares of a dimension, {', '.join(f'{d:.2f}' for d in D.tolist())}, which add up to {D.sum():.2f}."
        )
