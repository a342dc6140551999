"""Figures as SVG inside a page: labelled, with ids of their own, in the colours of the page's theme."""

import io
import re
from collections.abc import Callable
from html import escape
from itertools import count

import matplotlib as mpl
from matplotlib.figure import Figure

from supertoy.plots import GRID, INK, PAPER, STYLE

_numbers = count(1)

WIDE = 460  # points; wider figures scroll sideways on a phone instead of shrinking until they can't be read
THEME = {INK: "currentColor", PAPER: "none", GRID: f"var(--pst-color-border, {GRID})"}


def themed(svg: str, alt: str, prefix: str) -> str:
    """A drawing as one <svg> element, labelled for screen readers, its ids made unique by a prefix.

    The ink of `supertoy.plots` becomes the page's text colour, its paper nothing, its grid lines the theme's borders.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    for drawn, theme in THEME.items():
        svg = re.sub(drawn, theme, svg, flags=re.IGNORECASE)
    svg = re.sub(r'(<image[^>]*?) id="[^"]*"', r"\1", svg)  # named after their content: equal ones clash
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'(xlink:href="|url\()#', rf"\g<1>#{prefix}", svg)
    size = re.search(r'<svg[^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width, height = (float(side) for side in size.groups())
    kind = "figure-svg wide" if width > WIDE else "figure-svg"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="{kind}" role="img" '
        f'aria-label="{escape(alt, quote=True)}" viewBox="0 0 {width:g} {height:g}" width="{width * 4 / 3:.0f}" '
        f'height="{height * 4 / 3:.0f}">'
    )
    return head + svg[svg.index(">") + 1 :]


def drawing(draw: Callable[[], Figure], alt: str) -> str:
    """The figure that `draw` makes in the book's style, `themed`, with ids that no other drawing of the process has."""
    text = io.StringIO()
    with mpl.rc_context(STYLE):
        draw().savefig(text, format="svg")
    return themed(text.getvalue(), alt, f"w{next(_numbers)}-")
