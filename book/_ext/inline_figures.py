"""Put SVG figures into the page itself, in the theme's colours.

A figure drawn in the book's style (`supertoy.plots`) has one colour of ink, one of paper and one of grid lines. Inside the
page these become the theme's text colour, nothing, and the theme's border colour, so that one file reads well on a light
page and on a dark one. The data keep the colours they were drawn in.
"""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from supertoy.plots import GRID, INK, PAPER

WIDE = 460  # points; wider figures scroll sideways on a phone instead of shrinking until they can't be read
THEME = {INK: "currentColor", PAPER: "none", GRID: "var(--pst-color-border)"}


def inline(svg: str, alt: str, prefix: str) -> str:
    """One <svg> element, labelled for screen readers, its ids made unique on the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    for drawn, themed in THEME.items():
        svg = re.sub(drawn, themed, svg, flags=re.IGNORECASE)
    svg = re.sub(
        r'(<image[^>]*?) id="[^"]*"', r"\1", svg
    )  # named after their content: equal ones clash
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


class InlineFigures(SphinxPostTransform):
    """Replace each SVG image that a chapter's cell drew by the drawing itself."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Do so for one document."""
        for count, node in enumerate(list(self.document.findall(nodes.image))):
            path = Path(self.app.srcdir, node["uri"])
            if path.suffix != ".svg" or "jupyter_execute" not in path.parts:
                continue
            html = inline(
                path.read_text(encoding="utf8"), node.get("alt", ""), f"f{count}-"
            )
            node.replace_self(nodes.raw("", html, format="html"))


def skip_tuple_fields(app, what, name, obj, skip, options):
    """Leave out a NamedTuple's bare fields: its docstring describes them."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_post_transform(InlineFigures)
    app.connect("autodoc-skip-member", skip_tuple_fields)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
