"""Cards for terms and citations: the glossary's entry, or the full reference, beside the word.

A page that links to the glossary or to the bibliography carries the entries that it links to, hidden, at its end.
`static/hover.js` shows one when its link is pointed at, focused or tapped. Without JavaScript the links are links.
"""

import posixpath
from functools import cache
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from .mathematics import as_mathml, lean

ENTRIES = {"book/glossary": nodes.term, "book/references": nodes.citation}


def address(uri: str, page: str) -> tuple[str, str]:
    """Document and anchor that a link on a page leads to."""
    path, _, anchor = uri.partition("#")
    document = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    return (document.removesuffix(".html") if path else page), anchor


def linked(doctree: nodes.document, page: str) -> dict[str, tuple[str, str]]:
    """The links of a page to entries of another: where each leads, by its address in the page."""
    uris = [r["refuri"] for r in doctree.findall(nodes.reference) if "refuri" in r]
    found = {uri: address(uri, page) for uri in dict.fromkeys(uris)}
    return {
        uri: (document, anchor)
        for uri, (document, anchor) in found.items()
        if document in ENTRIES and anchor
    }


@cache
def resolved(app: Sphinx, document: str) -> nodes.document:
    """The page of all entries, its own links resolved; once a build."""
    return app.env.get_and_resolve_doctree(document, app.builder)


def entry(doctree: nodes.document, kind: type, anchor: str) -> nodes.Element:
    """The entry's text: a term's definition, or a citation without its label."""
    head = next(node for node in doctree.findall(kind) if anchor in node["ids"])
    if kind is nodes.citation:
        return nodes.container(
            "", *(child.deepcopy() for child in head.children[1:])
        )
    item = head.parent
    name = ", ".join(term.astext() for term in item.findall(nodes.term))
    definition = next(item.findall(nodes.definition)).deepcopy()
    title = nodes.paragraph("", name, classes=["hover-title"])
    return nodes.container("", title, *definition.children)


def as_seen_from(text: nodes.Element, home: str) -> None:
    """Lead an entry's links to its own page there, from whichever page its card is on."""
    for link in text.findall(nodes.reference):
        if "refid" in link:
            link["refuri"] = f"{home}#{link['refid']}"
            del link["refid"]


def without_way_here(text: nodes.Element, page: str) -> None:
    """Drop the closing “See chapter 3.” from a card on a page of chapter 3."""
    last = text.children[-1]
    link = last[-2] if len(last) > 2 else None
    here = (page, "")
    if isinstance(link, nodes.reference) and address(link["refuri"], page) == here:
        lead = nodes.Text(last[-3].astext().removesuffix(" See "))
        last.children = [*last.children[:-3], lead]


def add_cards(app: Sphinx, page, template, context, doctree) -> None:
    """Put the cards that a page needs at its end, and load the script."""
    wanted = linked(doctree, page) if doctree and app.builder.name == "html" else {}
    cards = []
    for uri, (document, anchor) in wanted.items():
        if posixpath.dirname(document) != posixpath.dirname(page):
            continue  # an entry's own links would be wrong there
        source = resolved(app, document)
        text = entry(source, ENTRIES[document], anchor)
        as_seen_from(text, uri.partition("#")[0])
        without_way_here(text, page)
        with as_mathml():
            html = "".join(
                app.builder.render_partial(part)["fragment"]
                for part in text.children
            )
        cards.append(
            f'<div class="hover-card" id="card-{anchor}" data-for="{escape(uri)}">{lean(html)}</div>'
        )
    if cards:
        context["body"] += f'<div class="hover-cards" hidden>{"".join(cards)}</div>'
        app.add_js_file("hover.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", add_cards)
