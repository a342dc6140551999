"""Tables that a cell computed, as pandas writes them: in the book's look, valid, and saying what heads what."""

import re

from docutils import nodes
from sphinx.application import Sphinx

FRAME = re.compile(r'<table border="1" class="dataframe">')


def clean(html: str) -> str:
    """Without a style of their own, their heads with a scope, and an empty head as a cell."""
    html = re.sub(r"<style.*?</style>\s*", "", html, flags=re.DOTALL)
    html = FRAME.sub('<table class="dataframe">', html)
    html = re.sub(r' style="text-align: \w+;"', "", html)
    html = re.sub(r' (?:halign|valign)="\w+"', "", html)
    head, body = html.split("</thead>", 1)
    head = head.replace("<th></th>", "<td></td>")
    head = re.sub(r"<th(?=[ >])", '<th scope="col"', head)
    body = body.replace("<th></th>", "<td></td>")
    body = re.sub(r"<th(?=[ >])", '<th scope="row"', body)
    return f"{head}</thead>{body}"


def mend(app: Sphinx, document: nodes.document) -> None:
    """Clean all tables of a page."""
    for node in list(document.findall(nodes.raw)):
        if node.get("format") == "html" and FRAME.search(html := node.astext()):
            node.replace_self(nodes.raw("", clean(html), format="html"))


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-read", mend)
