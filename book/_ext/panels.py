"""Panels of a wide figure, one below another on a phone, where side by side they could not be read.

matplotlib says where each axes lies and where its labels stand. A figure is cut between its columns of axes; a colour bar
stays with what it explains. Each panel shows its part of the one drawing. A figure with a title or a legend of its own is
not cut.
"""

import re
from itertools import pairwise
from typing import NamedTuple

AXES = re.compile(r'<g id="axes_\d+">')
OWN = re.compile(
    r'\n {2}<g id="(?:text|legend)_\d+">'
)  # the figure's, not an axes'
FRAME = re.compile(r'<path d="M ([\d.]+) ([\d.]+) \nL ([\d.]+) ')
TEXT = re.compile(
    r'<text style="font-size: ([\d.]+)px;(?:[^"]*?text-anchor: (\w+))?[^"]*"[^>]*? x="([\d.-]+)"[^>]*?'
    r'(?:transform="rotate\((-?[\d.]+)[^>]*)?>([^<]*)</text>'
)
BAR = 20  # points; a narrower axes is a colour bar
MOST = 4  # columns; more are small multiples, which belong side by side
LETTER = 0.6  # of the font's size: how wide a letter is at most, on average


class Column(NamedTuple):
    """From where to where its axes lie, and from where to where with their labels."""

    left: float
    right: float
    first: float
    last: float


def axes(piece: str) -> Column | None:
    """One axes: what stands in its part of the drawing."""
    if not (frame := FRAME.search(piece)):
        return None
    left, right = sorted((float(frame[1]), float(frame[3])))
    first, last = left, right
    for size, anchor, x, turned, text in TEXT.findall(piece):
        upright = turned and abs(float(turned)) == 90
        width = float(size) * (1 if upright else LETTER * len(text))
        share = {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
        first = min(first, float(x) - share * width)
        if anchor not in ("", "start") or right - left < BAR:
            # else a title, which runs on over empty ground
            last = max(last, float(x) + (1 - share) * width)
    return Column(left, right, first, last)


def together(one: Column, other: Column) -> Column:
    """Both as one column."""
    return Column(
        min(one.left, other.left),
        max(one.right, other.right),
        min(one.first, other.first),
        max(one.last, other.last),
    )


def cuts(svg: str) -> list[float]:
    """Where a drawing is cut, in points from its left."""
    if OWN.search(svg):
        return []
    columns = []
    for part in sorted(filter(None, map(axes, AXES.split(svg)[1:]))):
        same = columns and (
            part.left < columns[-1].right - 1 or part.right - part.left < BAR
        )
        columns[-1:] = (
            [together(columns[-1], part)] if same else [*columns[-1:], part]
        )
    if len(columns) > MOST:
        return []
    return [(a.last + b.first) / 2 for a, b in pairwise(columns)]


def stacked(html: str, at: list[float], prefix: str) -> str:
    """The drawing, and for a phone its panels."""
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', html).groups()
    head, body = html.split(">", 1)
    body = f'<g id="{prefix}all">{body.removesuffix("</svg>")}</g></svg>'
    edges = [0.0, *at, float(width)]
    parts = "".join(
        f'<svg class="figure-svg figure-panel" aria-hidden="true" viewBox="{a:.1f} 0 {b - a:.1f} {height}" '
        f'style="max-width: {(b - a) * 1.7:.0f}px"><use href="#{prefix}all"/></svg>'
        for a, b in pairwise(edges)
    )
    return f'<div class="figure-panels">{head}>{body}{parts}</div>'
