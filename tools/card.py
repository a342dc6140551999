"""Draw the picture that a shared link shows, book/static/card.png: five features in a plane, and the title.

python tools/card.py        after the title has changed, or the fonts
"""

import tempfile
from math import cos, pi, sin
from pathlib import Path

import matplotlib
import yaml
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from static_font import at_weight

ROOT = Path(__file__).resolve().parent.parent
CARD = ROOT / "book" / "static" / "card.png"
FONTS = ROOT / "node_modules" / "@fontsource-variable"
COLOURS = ["#f2b15b", "#7fc4ff", "#7fe0b8", "#d9b3ff", "#ff9d9d"]


def font(name: str, weight: int, target: Path) -> FontProperties:
    """One of the pages' fonts at one weight, as matplotlib can use it."""
    at_weight(FONTS / name / "files" / f"{name}-latin-wght-normal.woff2", weight, target)
    return FontProperties(fname=str(target))


def card(title: str, heavy: FontProperties, light: FontProperties) -> Figure:
    """The picture, 1200 × 630."""
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="#16324f")
    ax = figure.add_axes((0.575, 0.11, 0.78 * 6.3 / 12, 0.78))
    ax.set(xlim=(-1.12, 1.12), ylim=(-1.12, 1.12), aspect="equal")
    ax.axis("off")
    faint = {"color": "white", "alpha": 0.25, "linewidth": 1.5}
    ax.add_patch(matplotlib.patches.Circle((0, 0), 1, fill=False, **faint))
    ax.plot([-1.1, 1.1], [0, 0], **faint)
    ax.plot([0, 0], [-1.1, 1.1], **faint)
    for place, colour in enumerate(COLOURS):
        angle = pi / 2 + 2 * pi * place / len(COLOURS)
        ax.plot([0, cos(angle)], [0, sin(angle)], color=colour, linewidth=13, solid_capstyle="round")
    ax.plot(0, 0, "o", color="white", markersize=24)
    first, _, rest = title.partition(", ")
    what = "An executable book on how neural networks\nstore more features than they have neurons"
    for y, text, style in [
        (0.62, first, {"fontproperties": heavy, "fontsize": 52, "color": "white"}),
        (0.50, rest, {"fontproperties": heavy, "fontsize": 27, "color": "white"}),
        (0.27, what, {"fontproperties": light, "fontsize": 19, "color": "#d5e2ee"}),
    ]:
        figure.text(0.065, y, text, linespacing=1.5, **style)
    return figure


def main() -> None:
    """Draw it, with the title that it shows among its data, which a test compares."""
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))["title"]
    with tempfile.TemporaryDirectory() as work:
        heavy = font("source-sans-3", 700, Path(work, "heavy.ttf"))
        light = font("source-serif-4", 400, Path(work, "light.ttf"))
        card(title, heavy, light).savefig(CARD, metadata={"Software": None, "Title": title})


if __name__ == "__main__":
    main()
