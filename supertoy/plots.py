"""The book's pictures: each takes data, draws on `ax` (a new one if left out) and returns it."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.patches import Patch
from torch import Tensor

from supertoy._checks import finite
from supertoy.geometry import interference, neuron_roles, norms

INK, PAPER, GRID = "#1b1f24", "#fefefe", "#c9ced6"
BLUE, ORANGE, GREEN, PURPLE, RED, GREY = "#2f7fc1", "#d9730d", "#1a936f", "#a65fb5", "#cf4446", "#7d8590"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, RED, GREY)
"""Colours of at least 3:1 contrast on white and on the dark page, told apart by colour-blind readers by lightness."""
ROLES = (GREY, BLUE, ORANGE)  # of features by `geometry.neuron_roles`

STYLE = {
    "axes.edgecolor": INK,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.prop_cycle": plt.cycler(color=CYCLE),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "figure.constrained_layout.use": True,
    "figure.dpi": 110,
    "figure.facecolor": PAPER,
    "figure.figsize": (6.0, 3.4),
    "axes.facecolor": "none",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.5,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "image.cmap": "cividis",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",  # text stays text: it is small, can be found, and takes the page's font
    "svg.hashsalt": "supertoy",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def use_style() -> None:
    """Draw with the book's style from here on."""
    plt.rcParams.update(STYLE)


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax


def plot_gram(
    matrix: Float[Tensor, "n n"], *, ax: Axes | None = None, limit: float | None = None, colorbar: bool = True
) -> Axes:
    """Draw WᵀW, or any square matrix of overlaps, as a heat map with symmetric colour limits ±`limit`.

    Raises `ValueError` if `matrix` is not square or has a NaN.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix must be square, got shape {tuple(matrix.shape)}")
    ax = _axes(ax)
    values = finite("matrix", matrix).detach().numpy()
    limit = limit or max(1.0, np.abs(values).max())
    image = ax.imshow(values, cmap="PuOr", vmin=-limit, vmax=limit)
    if colorbar:
        ax.figure.colorbar(image, ax=ax, shrink=0.8)
    ax.grid(False)
    ticks = range(0, len(values), max(1, len(values) // 8))
    ax.set_xticks(ticks, [str(i + 1) for i in ticks])
    ax.set_yticks(ticks, [str(i + 1) for i in ticks])
    ax.set(xlabel="feature j", ylabel="feature i")
    return ax


def plot_norms(W: Float[Tensor, "m n"], *, ax: Axes | None = None) -> Axes:
    """Draw ‖W_i‖ as bars from the top down, beside the rows of `plot_gram`: the less alone a feature, the more orange.

    Blue: no interference; orange: Σ_{j≠i} (Ŵ_i·W_j)² ≥ 1. Raises `ValueError` if W is not (m, n) or has a NaN.
    Source: Elhage et al. (2022), "Basic results".
    """
    if W.ndim != 2:
        raise ValueError(f"W must have shape (m, n), got shape {tuple(W.shape)}")
    ax, W = _axes(ax), W.detach()
    shade = LinearSegmentedColormap.from_list("alone to shared", [BLUE, ORANGE])
    rows = np.arange(1, W.shape[1] + 1)
    ax.barh(rows, norms(W).numpy(), color=shade(interference(W).clamp(max=1).numpy()), height=0.9)
    ax.invert_yaxis()
    ax.set(xlabel="‖Wᵢ‖", ylabel="feature i")
    return ax


def plot_features(
    W: Float[Tensor, "m n"], *, ax: Axes | None = None, label: bool = True, groups: Sequence[int] | None = None
) -> Axes:
    """Draw the n directions W_i as arrows in the plane (m = 2) or on a line (m = 1), over the unit circle.

    Each has its own colour and number, or those of a group (0, 1, …) share a colour and a letter. A feature of length
    below 0.001 is left out.

    Raises `ValueError` if W is not (1, n) or (2, n), or has a NaN, or groups are not n.
    """
    if W.ndim != 2 or W.shape[0] not in (1, 2):
        raise ValueError(f"W must have shape (1, n) or (2, n), got shape {tuple(W.shape)}")
    if groups is not None and len(groups) != W.shape[1]:
        raise ValueError(f"groups must have one entry for each of {W.shape[1]} features, got {len(groups)}")
    names = [str(i + 1) for i in range(W.shape[1])] if groups is None else [chr(65 + g) for g in groups]
    ax = _axes(ax)
    points = torch.zeros(2, W.shape[1])
    points[: len(W)] = finite("W", W).detach()
    reach = 1.25 * max(1.0, points.abs().max().item())
    ax.add_patch(plt.Circle((0, 0), 1, fill=False, color=GREY, linewidth=0.8, linestyle=(0, (4, 3))))
    for i, (x, y) in enumerate(points.T.tolist()):
        size = np.hypot(x, y)
        if size < 1e-3:
            continue
        colour = CYCLE[(i if groups is None else groups[i]) % len(CYCLE)]
        arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (x, y), (0, 0), arrowprops=arrow)
        if label:
            ax.text(x + 0.1 * reach * x / size, y + 0.1 * reach * y / size, names[i], ha="center", va="center")
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$h_1$", ylabel="$h_2$")
    return ax


def plot_landscape(
    axis: Float[Tensor, " size"], loss: Float[Tensor, "size size"], *, ax: Axes | None = None, top: float = 1.2
) -> Axes:
    """Draw a loss over the plane: `loss[i, j]` at f₁ = axis[j], f₂ = axis[i]; colours are cut off at `top`.

    Raises `ValueError` if `loss` is not square with the length of `axis`, or has a NaN.
    """
    if loss.shape != (len(axis), len(axis)):
        raise ValueError(f"loss must have shape {(len(axis), len(axis))} to fit axis, got shape {tuple(loss.shape)}")
    ax = _axes(ax)
    axis, values = axis.numpy(), finite("loss", loss).detach().numpy()
    mesh = ax.pcolormesh(axis, axis, values, vmin=0, vmax=top, shading="gouraud", rasterized=True)
    ax.contour(axis, axis, values, levels=np.linspace(0, top, 9)[1:-1], colors="white", linewidths=0.5)
    ax.figure.colorbar(mesh, ax=ax, label="loss L", extend="max", shrink=0.85)
    ax.grid(False)
    ax.set(xlabel="f₁", ylabel="f₂", aspect="equal")
    return ax


PHASES = ("#e8d9a0", "#7fb2dd", "#d08a3e", "#3f7d62", "#8d6aa8", "#b9b9b9")
"""Areas of phase maps: told apart by lightness, and lines in INK are legible on all."""


def plot_phase_map(
    density: Float[Tensor, " rows"],
    importance: Float[Tensor, " columns"],
    labels: Int[Tensor, "rows columns"],
    names: Sequence[str],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw which of the named phases each cell of a grid is in, over importance (right) and density (down to sparse).

    `labels[i, j]` is the phase at density[i], importance[j]: a whole number below len(names). Raises `ValueError` if
    the shapes disagree or a label has no name. Source: Elhage et al. (2022), "Phase change".
    """
    shape = (len(density), len(importance))
    if tuple(labels.shape) != shape:
        raise ValueError(f"labels must have shape {shape} to fit density and importance, got {tuple(labels.shape)}")
    if labels.min() < 0 or labels.max() >= min(len(names), len(PHASES)):
        raise ValueError(f"labels must lie between 0 and {len(names) - 1}, got {labels.min()} to {labels.max()}")
    ax = _axes(ax)
    colors = ListedColormap(PHASES[: len(names)])
    ax.pcolormesh(
        np.asarray(importance),
        np.asarray(density),
        labels.numpy(),
        cmap=colors,
        vmin=-0.5,
        vmax=len(names) - 0.5,
        rasterized=True,
    )
    ax.set(xscale="log", yscale="log", xlabel="importance r of the last feature", ylabel="density p = 1−S")
    ax.invert_yaxis()
    ax.grid(False)
    patches = [Patch(color=color, label=name) for color, name in zip(PHASES, names, strict=False)]
    ax.legend(handles=patches, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
    return ax


def neuron_stack(W: Float[Tensor, "m n"], *, ax: Axes | None = None, holds: float = 0.3, label: bool = True) -> Axes:
    """Draw what each neuron holds: its weights as a stack of bars, a bar for each feature, negative ones below 0.

    A feature is grey, blue or orange by its role in `geometry.neuron_roles`: held by no neuron, alone where it is
    held, or in company. Features stand in their order from 0 outwards, held ones with their number where there is
    room; weights below 0.03 are left out.

    Raises `ValueError` if W is not (m, n) or has a NaN, or `holds` is not above 0. Source: Elhage et al. (2022),
    "Superposition in a privileged basis".
    """
    if W.ndim != 2:
        raise ValueError(f"W must have shape (m, n), got shape {tuple(W.shape)}")
    colors = [ROLES[role] for role in neuron_roles(W, holds=holds).tolist()]
    held = W.detach().abs() > holds
    ax, least = _axes(ax), 0.04 * W.detach().abs().sum(1).max().item()  # to hold a number
    for k, row in enumerate(W.detach().tolist(), start=1):
        reach = {True: 0.0, False: 0.0}  # how far the stacks above and below 0 go
        for i, w in enumerate(row):
            if abs(w) < 0.03:
                continue
            base = reach[w > 0]
            reach[w > 0] += w
            ax.bar(k, w, 0.8, base, color=colors[i], edgecolor=PAPER, linewidth=0.8)
            if label and held[k - 1, i] and abs(w) > least:
                ax.text(k, base + w / 2, str(i + 1), color="white", size="small", ha="center", va="center")
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set(xlabel="neuron", ylabel="weights", xticks=range(1, len(W) + 1))
    ax.grid(False)
    return ax
