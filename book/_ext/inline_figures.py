"""Put SVG figures into the page itself, in the theme's colours.

A figure drawn in the book's style (`supertoy.plots`) has one colour of ink, one of paper and one of grid lines. Inside the
page these become the theme's text colour, nothing, and the theme's border colour, so that one file reads well on a light
page and on a dark one. The data keep the colours they were drawn in.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from supertoy._svg import themed


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
            html = themed(
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
