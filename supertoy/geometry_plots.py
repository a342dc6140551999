"""Pictures of geometry: shares of a dimension, graphs of features, and directions in space."""

from math import cos, pi, sin, sqrt

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor

from supertoy._checks import finite
from supertoy.geometry import feature_clusters
from supertoy.plots import BLUE, CYCLE, GREY, INK, ORANGE

LINES = {"1": 1, "¾": 3 / 4, "⅔": 2 / 3, "½": 1 / 2, "⅖": 2 / 5, "⅜": 3 / 8, "0": 0}
"""Shares of a dimension: alone, tetrahedron, triangle, digon, pentagon, square antiprism, dropped."""


def plot_dimensionality(
    position: Float[Tensor, " groups"], D: Float[Tensor, "groups n"], *, ax: Axes | None = None
) -> Axes:
    """Draw every D_i as a dot in a strip at its group's position (a log axis), over lines at the named shares.

    Raises `ValueError` if `position` does not have one entry per row of D, or either has a NaN.
    """
    if D.ndim != 2 or position.shape != D.shape[:1]:
        raise ValueError(f"position must have one entry per row of D, got {tuple(position.shape)} for {tuple(D.shape)}")
    ax = plt.subplots()[1] if ax is None else ax
    x, y = finite("position", position).numpy(), finite("D", D).detach().numpy()
    for name, share in LINES.items():
        ax.axhline(share, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        side = {"⅖": "bottom", "⅜": "top"}.get(name, "center")  # these two are close
        ax.annotate(name, (1.01, share), xycoords=("axes fraction", "data"), va=side, color=INK)
    spread = 0.1 * (np.arange(y.shape[1]) * 0.618034 % 1 - 0.5)
    where = x[:, None] * np.exp(spread[None])
    ax.plot(where.ravel(), y.ravel(), ".", color=BLUE, markersize=2.5, alpha=0.5, rasterized=True)
    ax.set(xscale="log", xlabel="1 / (1−S) = 1 / p", ylabel="$D_i$", ylim=(-0.04, 1.06))
    ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if x.min() <= t <= x.max()]
    ax.set_xticks(ticks, ticks)
    ax.minorticks_off()
    ax.grid(False)
    return ax


def plot_feature_graph(
    W: Float[Tensor, "m n"], *, ax: Axes | None = None, threshold: float = 0.2, represented: float = 0.5
) -> Axes:
    """Draw each cluster of interfering features as a ring of nodes; edges where abs(Ŵ_i·Ŵ_j) > threshold.

    Blue edges repel (negative dot product), orange ones attract. Larger clusters come first, in reading order. See
    `feature_clusters` for the limits and errors.
    """
    groups = feature_clusters(W, threshold=threshold, represented=represented)
    ax = plt.subplots()[1] if ax is None else ax
    unit = (W / W.norm(dim=0).clamp_min(1e-12)).detach()
    x = y = tallest = 0.0
    width = 2.6 * sqrt(sum(len(g) for g in groups) + 1)
    for group in groups:
        r = 0.5 if len(group) > 1 else 0.0
        r = max(r, 0.17 * len(group))
        if x + 2 * r > width:
            x, y, tallest = 0.0, y - tallest - 0.9, 0.0
        turn = [pi / 2 + 2 * pi * k / len(group) for k in range(len(group))]
        at = np.array([[x + r + r * cos(a), y - r + r * sin(a)] for a in turn])
        cosine = (unit[:, group].mT @ unit[:, group]).numpy()
        for i, j in zip(*np.nonzero(np.triu(np.abs(cosine) > threshold, 1)), strict=True):
            color = BLUE if cosine[i, j] < 0 else ORANGE
            ax.plot(*at[[i, j]].T, color=color, linewidth=0.3 + 1.5 * abs(cosine[i, j]), alpha=0.8)
        ax.plot(*at.T, "o", color=INK, markersize=2.6, zorder=3)
        x, tallest = x + 2 * r + 0.9, max(tallest, 2 * r)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def plot_directions_3d(W: Float[Tensor, "3 n"], *, ax: Axes | None = None, longest: float = 95.0) -> Axes:
    """Draw directions in space as arrows, with a line between the tips of any two less than `longest` degrees apart.

    `ax` must have been made with `projection="3d"`. Raises `ValueError` if W is not (3, n) or has a NaN.
    """
    if W.ndim != 2 or W.shape[0] != 3:
        raise ValueError(f"W must have shape (3, n), got shape {tuple(W.shape)}")
    ax = plt.subplots(subplot_kw={"projection": "3d"})[1] if ax is None else ax
    tips = finite("W", W).detach().numpy().T
    unit = tips / np.linalg.norm(tips, axis=1, keepdims=True).clip(1e-12)
    near = np.triu(unit @ unit.T > cos(pi * longest / 180), 1)
    for i, j in zip(*np.nonzero(near), strict=True):
        ax.plot(*tips[[i, j]].T, color=GREY, linewidth=1.2)
    for i, tip in enumerate(tips):
        ax.plot(*np.array([[0, 0, 0], tip]).T, color=CYCLE[i % len(CYCLE)], linewidth=2.2)
        ax.plot(*tip[:, None], "o", color=CYCLE[i % len(CYCLE)], markersize=5)
    ax.set_box_aspect((1, 1, 1))
    ax.set_axis_off()
    return ax
