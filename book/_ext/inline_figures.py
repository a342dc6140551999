"""Put SVG figures into the page itself, in the theme's colours.

A figure drawn in the book's style (`supertoy.plots`) has one colour of ink, one of paper and one of grid lines. Inside the
page these become the theme's text colour, nothing, and the theme's border colour, so that one file reads well on a light
page and on a dark one. The data keep the colours they were drawn in.

When a page is read, svgo makes its drawings smaller, as they are in the reader's way to the text below them. A heat map in
one is a bitmap: it becomes a file beside the pages, which they need not wait for. The still picture of a widget is such a
drawing, too.
"""

import base64
import hashlib
import io
import json
import re
import subprocess
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri
from supertoy._svg import themed

from .panels import cuts, stacked

BITMAP = re.compile(r'xlink:href="data:image/png;base64,([^"]+)"')
STILL = re.compile(r'(<svg[^>]* class="figure-svg[^>]*>).*?</svg>', re.DOTALL)
STYLE = re.compile(
    r"<style.*?</style>"
)  # a rule for `*`, which inside a page means all of it: it stands in book.css


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


def drawn(app: Sphinx, node: nodes.image) -> Path | None:
    """The file of an image that a cell drew."""
    path = Path(app.srcdir, node["uri"])
    return (
        path if path.suffix == ".svg" and "jupyter_execute" in path.parts else None
    )


def shrink(app: Sphinx, document: nodes.document) -> None:
    """Keep the smaller drawings with a page that was read: images as an attribute, widgets' stills in their HTML."""
    images = {
        node: path
        for node in document.findall(nodes.image)
        if (path := drawn(app, node))
    }
    stills = {
        node: match
        for node in document.findall(nodes.raw)
        if (match := STILL.search(node.astext()))
    }
    drawings = [path.read_text(encoding="utf8") for path in images.values()] + [
        m[0] for m in stills.values()
    ]
    svgs = shrunk(drawings) if drawings else []
    for (node, path), svg in zip(images.items(), svgs[: len(images)], strict=True):
        node["shrunk"] = svg
        node["cuts"] = cuts(path.read_text(encoding="utf8"))
    for (node, match), svg in zip(stills.items(), svgs[len(images) :], strict=True):
        html = node.astext()
        svg = inner(svg, html[: match.end(1)], html[match.end() :])
        node.replace_self(nodes.raw("", svg, format="html"))


class InlineFigures(SphinxPostTransform):
    """Put each SVG that a chapter's cell drew into the page, and the bitmaps of the widgets' stills beside it."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Do so for one document."""
        for count, node in enumerate(list(self.document.findall(nodes.image))):
            if "shrunk" in node:
                alt, prefix = node.get("alt", ""), f"f{count}-"
                html = themed(node["shrunk"], alt=alt, prefix=prefix)
                if node["cuts"] and self.app.builder.name == "html":
                    html = stacked(html, node["cuts"], prefix)
                self.put(node, html)
        for node in list(self.document.findall(nodes.raw)):
            if STILL.search(html := node.astext()):
                self.put(node, html)

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


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect(
        "doctree-read", shrink, priority=900
    )  # after Sphinx has found the images
    app.add_post_transform(InlineFigures)
