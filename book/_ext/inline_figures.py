"""Put SVG figures into the page itself, in the theme's colours.

A figure drawn in the book's style (`supertoy.plots`) has one colour of ink, one of paper and one of grid lines. Inside the
page these become the theme's text colour, nothing, and the theme's border colour, so that one file reads well on a light
page and on a dark one. The data keep the colours they were drawn in.

Before that, svgo makes the drawing smaller, as it is in the reader's way to the text below it. A heat map in it is a bitmap:
it becomes a file beside the pages, which they need not wait for. The still picture of a widget is such a drawing, too.
"""

import base64
import hashlib
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri
from supertoy._svg import themed

BITMAP = re.compile(r'xlink:href="data:image/png;base64,([^"]+)"')
STILL = re.compile(r'(<svg[^>]* class="figure-svg[^>]*>).*?</svg>', re.DOTALL)
STYLE = re.compile(
    r"<style.*?</style>"
)  # a rule for `*`, which inside a page means all of it: it stands in book.css

Found = tuple[
    nodes.Node, str, Callable[[str], str]
]  # where, a drawing, and what to make of it


def inner(svg: str, before: str, after: str) -> str:
    """What a drawing's own tag holds, between other texts."""
    return before + svg[svg.index(">") + 1 :] + after


def shrunk(drawings: list[str]) -> list[str]:
    """The drawings as they look, in fewer bytes and elements."""
    command = ["node", str(Path(__file__).with_name("shrink.mjs")), "svg"]
    done = subprocess.run(
        command,
        input=json.dumps(drawings),
        capture_output=True,
        text=True,
        encoding="utf8",
    )
    if done.returncode:
        raise RuntimeError(f"svgo failed: {done.stderr}")
    return [STYLE.sub("", drawing) for drawing in json.loads(done.stdout)]


class InlineFigures(SphinxPostTransform):
    """Put each SVG that a chapter's cell drew into the page, and make the still pictures of widgets smaller."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Do so for one document."""
        found = [*self.figures(), *self.stills()]
        if not found:
            return
        drawings = shrunk([drawing for _, drawing, _ in found])
        for (node, _, around), svg in zip(found, drawings, strict=True):
            self.put(node, around(svg))

    def figures(self) -> Iterator[Found]:
        """The images that cells drew, each to be one element in the theme's colours."""
        for count, node in enumerate(self.document.findall(nodes.image)):
            path = Path(self.app.srcdir, node["uri"])
            if path.suffix == ".svg" and "jupyter_execute" in path.parts:
                alt, prefix = node.get("alt", ""), f"f{count}-"
                around = partial(themed, alt=alt, prefix=prefix)
                yield node, path.read_text(encoding="utf8"), around

    def stills(self) -> Iterator[Found]:
        """The widgets' pictures, which have their theme, and keep their first tag and what stands around them."""
        for node in self.document.findall(nodes.raw):
            if match := STILL.search(html := node.astext()):
                before, after = html[: match.end(1)], html[match.end() :]
                yield node, match[0], partial(inner, before=before, after=after)

    def put(self, node: nodes.Node, html: str) -> None:
        """Let HTML stand in a node's place, its bitmaps in files."""
        if self.app.builder.name == "html":
            html = BITMAP.sub(self.file_for, html)
        node.replace_self(nodes.raw("", html, format="html"))

    def file_for(self, match: re.Match) -> str:
        """Write a bitmap beside the pages, without loss, and give the link to it."""
        png = base64.b64decode(match[1])
        name = f"_images/{hashlib.sha256(png).hexdigest()[:16]}.webp"
        target = Path(self.app.outdir, name)
        target.parent.mkdir(exist_ok=True)
        Image.open(io.BytesIO(png)).save(
            target, lossless=True, exact=True, method=6
        )
        here = self.app.builder.get_target_uri(self.env.docname)
        return f'xlink:href="{relative_uri(here, name)}"'


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_post_transform(InlineFigures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
