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

import matplotlib
import torch
from docutils import nodes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from sphinx.application import Sphinx
from static_font import at_weight
from supertoy import OneHot, ReLUModel, train

LEAST, MOST = 60, 165
PLAIN = re.compile(r"[A-Za-z0-9\s=<>+().,/-]+")
SENTENCE = re.compile(r"(?<=[.!?])[”’)]?\s+(?=[A-Z“(])")
NO_WORDS = "\0"
CARD = "_static/card.png"
CARD_COLOURS = ["#f2b15b", "#7fc4ff", "#7fe0b8", "#d9b3ff", "#ff9d9d"]
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


def font(folder: Path, name: str, weight: int, target: Path) -> FontProperties:
    """One of the pages' fonts at one weight, as matplotlib can use it."""
    at_weight(folder / f"{name}-latin-wght-normal.woff2", weight, target)
    return FontProperties(fname=str(target))


def pentagon() -> torch.Tensor:
    """Five directions of length up to 1 in the order of their angles, one of them straight up: a toy trained here."""
    seed = torch.Generator().manual_seed(0)
    model = ReLUModel(n_features=5, n_hidden=2, batch=(50,), generator=seed)
    W = train(model, OneHot(n_features=5)).best()[0].W.detach()
    W = W[:, torch.atan2(W[1], W[0]).argsort()] / W.norm(dim=0).max()
    turn = torch.stack([torch.stack([W[1, 0], -W[0, 0]]), W[:, 0]])
    return turn @ W / W[:, 0].norm()


def card(title: str, heavy: FontProperties, light: FontProperties) -> Figure:
    """The picture of a shared link, 1200 × 630: a toy's directions, and the title."""
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="#16324f")
    ax = figure.add_axes((0.575, 0.11, 0.78 * 6.3 / 12, 0.78))
    ax.set(xlim=(-1.12, 1.12), ylim=(-1.12, 1.12), aspect="equal")
    ax.axis("off")
    faint = {"color": "white", "alpha": 0.25, "linewidth": 1.5}
    ax.add_patch(matplotlib.patches.Circle((0, 0), 1, fill=False, **faint))
    ax.plot([-1.1, 1.1], [0, 0], **faint)
    ax.plot([0, 0], [-1.1, 1.1], **faint)
    for (x, y), colour in zip(pentagon().T.tolist(), CARD_COLOURS, strict=True):
        ax.plot([0, x], [0, y], color=colour, linewidth=13, solid_capstyle="round")
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


def write_files(app: Sphinx, error: Exception | None) -> None:
    """The picture beside the pages, and the map of the site if it has an address."""
    if error or app.builder.name != "html":
        return
    out, assets = Path(app.outdir), Path(app.srcdir, "assets", "fonts")
    book = app.config.html_title or app.config.project
    work = Path(app.doctreedir)
    heavy = font(assets, "source-sans-3", 700, work / "card-heavy.ttf")
    light = font(assets, "source-serif-4", 400, work / "card-light.ttf")
    card(book, heavy, light).savefig(out / CARD, metadata={"Software": None})
    if site(app):
        pages = [
            site(app) + app.builder.get_target_uri(name)
            for name in sorted(app.env.found_docs)
        ]
        (out / "sitemap.xml").write_text(site_map(pages), encoding="utf8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("html-page-context", add_tags, priority=700)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
