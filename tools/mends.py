"""Where the theme, Sphinx and its extensions fall short of valid, accessible, quick HTML, and what to put there.

Templates that could be overridden are, in `book/_templates`. The rest is here. A mend that finds nothing to mend stops
the build, so that none outlives its fault.
"""

import re
from collections import Counter

# (why, what to find, what to put there); \g<0> is what was found.
MENDS = [
    (
        "the logo stood outside all landmarks",
        r'<div class="bd-sidebar-primary bd-sidebar[^"]*"',
        r'\g<0> role="navigation" aria-label="Book"',
    ),
    (
        "two landmarks would have like names",
        r'(<nav class="bd-links bd-docs-nav" aria-label=)"Main"',
        r'\1"Chapters"',
    ),
    (
        "the search field stands twice on the search page, and nothing uses its id",
        r'(<input type="search"[^>]*?)\s+id="search-input"',
        r"\1",
    ),
    (
        "a pop-up outside all landmarks",
        r'<form class="bd-search d-flex align-items-center"',
        r'\g<0> role="search"',
    ),
    (
        "a summary may not hold paragraphs, and its label hid the text from who hears the page",
        r'<summary aria-label="Toggle hidden content">\s*<p( class="collapsed admonition-title">.*?)</p>\s*'
        r'<p( class="expanded admonition-title">.*?)</p>\s*</summary>',
        r"<summary><span\1</span><span\2</span></summary>",
    ),
    (
        "roles that no longer exist, or not here: docutils marks bibliographies with them",
        r' role="doc-(biblioentry|backlink|noteref)"',
        "",
    ),
    (
        "a list needs items",
        r'<div role="list" class="citation-list">',
        '<div class="citation-list">',
    ),
    (
        "said three times",
        r'<meta name="viewport" content="width=device-width, initial-scale=1(\.0)?" ?/>(?=.*name="viewport")',
        "",
    ),
    (
        "only a version switcher would use it, and it would have to wait for a script",
        r"\s*<script>DOCUMENTATION_OPTIONS\.pagename = '[^']*';</script>",
        "",
    ),
    (
        "scripts need not hold up the page: in order, when it has been read",
        r"<script(?=[^>]* src=)(?![^>]*\b(?:defer|async)\b)",
        r"\g<0> defer",
    ),
    (
        "the title stood twice as a heading of the first order: this one is shown on paper only",
        r'(<div id="jb-print-docs-body" class="onlyprint">\s*)<h1>([^<]*)</h1>',
        r'\1<p class="print-title">\2</p>',
    ),
    (
        "a heading before the title",
        r"<h2> (Contents) </h2>",
        r'<p class="print-contents">\1</p>',
    ),
    ("main is a landmark by itself", r'(<main[^>]*) role="main"', r"\1"),
    (
        "a landmark without a name",
        r'<nav class="bd-toc-nav page-toc"',
        r'\g<0> aria-label="On this page"',
    ),
    (
        "switches that nobody sees, which the style sheet asks whether a sidebar is open",
        r'<input type="checkbox"\s+class="sidebar-toggle"',
        r"\g<0> hidden",
    ),
    (
        "a button with nothing but an icon had a title and no name",
        r'<button(?![^>]*aria-label)([^>]*?) title="([^"]*)"(?=[^>]*>(?:\s|</?(?:i|span)\b[^>]*>)*</button>)',
        r'<button\1 title="\2" aria-label="\2"',
    ),
    (
        "text ran as wide as if there were no contents beside it, until a long page had been read to where they stand",
        r'<div class="bd-content(?=">.*<div class="bd-sidebar-secondary)',
        r"\g<0> with-contents",
    ),
    (
        "a note in the margin is no landmark of the page",
        r'<aside class="margin sidebar"',
        r'\g<0> role="note"',
    ),
    (
        "what unfolds a chapter's pages in the list of contents had no name",
        r'<summary(?=><span class="toctree-toggle")',
        r'\g<0> aria-label="Pages of this chapter"',
    ),
    (
        "a button that sends no form says so",
        r"<button(?![^>]* type=)",
        r'\g<0> type="button"',
    ),
]

# The same for the theme's scripts, by file.
SCRIPTS = {
    "documentation_options.js": (
        "a page opened from a disk may not read the pages that a search has found, and each try is an error",
        "SHOW_SEARCH_SUMMARY: true",
        'SHOW_SEARCH_SUMMARY: location.protocol !== "file:"',
    ),
    "scripts/pydata-sphinx-theme.js": (
        "it laid out the whole page to find what scrolls; scrollable.js does so piece by piece",
        'document.querySelectorAll("pre, .nboutput > .output_area, .cell_output > .output, .jp-RenderedHTMLCommon")',
        "[]",
    ),
}


def mend(page: str, found: Counter) -> str:
    """A page without its faults; `found` counts each mend's."""
    for why, find, put in MENDS:
        page, times = re.compile(find, re.DOTALL).subn(put, page)
        found[why] += times
    return page
