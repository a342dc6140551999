"""What a search engine and a shared link show of a page: its description, a picture, its address, a map of the site.

The description is made of the whole sentences at the beginning of the page that need no mathematics. A page that wants
another one says so in its front matter:

    ---
    myst:
      html_meta:
        description: "…"
    ---

Addresses stand in tags only where the site has one (`html_baseurl`): a relative address there would be a wrong one.
"""

import html
import re
from pathlib import Path
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.application import Sphinx

LEAST, MOST = 60, 165
PLAIN = re.compile(r"[A-Za-z0-9\s=<>+().,/-]+")
SENTENCE = re.compile(r"(?<=[.!?])[”’)]?\s+(?=[A-Z“(])")
NO_WORDS = "\0"
CARD = "_static/card.png"  # book/static/card.png, which tools/card.py draws
CARD_ALT = "Five arrows of equal length in a plane, 72 degrees apart, beside the title of the book."
WITHOUT_SOURCE = {
    "genindex": "Every function, class and term of the book and of its package supertoy, in alphabetical order.",
    "py-modindex": "The modules of supertoy, the small PyTorch package behind the book, with links to their reference.",
    "search": "Search the whole book: chapters on superposition in neural networks, their notation, and the package supertoy.",
}


def words(node: nodes.Node) -> str:
    """The text of a paragraph; mathematics that plain letters cannot say leaves a mark."""
    if isinstance(node, nodes.math):
        return node.astext() if PLAIN.fullmatch(node.astext()) else NO_WORDS
    if isinstance(node, nodes.raw | nodes.footnote_reference | nodes.image):
        return ""
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(words(child) for child in node.children)


def paragraphs(doctree: nodes.document) -> list[str]:
    """The running text of a page."""
    return [
        " ".join(words(p).split())
        for p in doctree.findall(nodes.paragraph)
        if isinstance(p.parent, nodes.section | nodes.document)
    ]


def describe(texts: list[str]) -> str:
    """Whole sentences from the beginning: up to 165 characters, and on to the next paragraph if there are under 60."""
    chosen = ""
    for text in texts:
        for sentence in SENTENCE.split(text):
            if NO_WORDS in sentence or not sentence.endswith(
                (".", "!", "?", "”", ")")
            ):
                continue
            if chosen and len(chosen) + 1 + len(sentence) > MOST:
                return (
                    chosen
                    if len(chosen) >= LEAST
                    else shorten(f"{chosen} {sentence}")
                )
            chosen = f"{chosen} {sentence}".strip()
        if len(chosen) >= LEAST:
            break
    return shorten(chosen)


def shorten(text: str) -> str:
    """Cut at a word if it is too long."""
    if len(text) <= MOST + 35:
        return text
    return text[: MOST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def tags(
    title: str, description: str, *, book: str, site: str, address: str
) -> str:
    """The tags of one page. `site` ends in a slash or is empty; `address` is relative to it."""
    named = {"description": description, "twitter:card": "summary_large_image"}
    og = {
        "title": title,
        "type": "website" if title == book else "article",
        "site_name": book,
        "description": description,
    }
    if site:
        og |= {"url": site + address, "image": site + CARD, "image:alt": CARD_ALT}
        og |= {
            "image:type": "image/png",
            "image:width": "1200",
            "image:height": "630",
        }
    lines = [
        f'<meta name="{n}" content="{html.escape(c)}">' for n, c in named.items()
    ]
    lines += [
        f'<meta property="og:{n}" content="{html.escape(c)}">'
        for n, c in og.items()
    ]
    return "\n".join(lines) + "\n"


def site(app: Sphinx) -> str:
    """The address of the pages with a slash at its end, or nothing."""
    address = app.config.html_baseurl
    return address.rstrip("/") + "/" if address else ""


def add_tags(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Put them into the head of a page."""
    if app.builder.name != "html":
        return
    own = re.search(
        r'<meta content="([^"]*)" name="description"[^>]*>\n?',
        context.get("metatags", ""),
    )
    if own:
        context["metatags"] = context["metatags"].replace(own[0], "")
        description = html.unescape(own[1])
    elif doctree:
        description = describe(paragraphs(doctree))
    else:
        description = WITHOUT_SOURCE.get(pagename, "")
    if not description:
        return
    title = (
        html.unescape(re.sub("<[^>]+>", "", context.get("title", ""))) or pagename
    )
    book = app.config.html_title or app.config.project
    address = app.builder.get_target_uri(pagename)
    context["metatags"] = context.get("metatags", "") + tags(
        title, description, book=book, site=site(app), address=address
    )


def site_map(addresses: list[str]) -> str:
    """All pages, for search engines (sitemaps.org)."""
    rows = "".join(f"  <url><loc>{escape(a)}</loc></url>\n" for a in addresses)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n{rows}</urlset>\n'


def write_map(app: Sphinx, error: Exception | None) -> None:
    """The map of the site, if it has an address."""
    if error or app.builder.name != "html" or not site(app):
        return
    pages = [
        site(app) + app.builder.get_target_uri(name)
        for name in sorted(app.env.found_docs)
    ]
    target = Path(app.outdir, "sitemap.xml")
    target.write_text(site_map(pages), encoding="utf8")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", add_tags, priority=700)
    app.connect("build-finished", write_map)
