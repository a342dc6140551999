"""Mends the finished pages where the theme, Sphinx and its extensions fall short of valid, accessible, quick HTML.

Templates that could be overridden are, in `_templates`. The rest is here: each mend says what it is for, and one that finds
nothing to mend stops the build, so that none outlives its fault. Then every page's style sheets become one, without
the rules that no page uses.
"""

import hashlib
import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

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

SHEET = re.compile(
    r'\s*<link(?=[^>]* rel="stylesheet")[^>]* href="([^"?:]+)[^"]*"[^>]*>'
)
URL = re.compile(r"""url\((["']?)(?!data:|#|["'])([^)"']+)\1\)""")


def written(out: Path) -> dict[Path, str]:
    """The pages that the build wrote, as they are."""
    paths = [p for p in out.rglob("*.html") if out / "_static" not in p.parents]
    return {path: path.read_text(encoding="utf8") for path in paths}


def mended(pages: dict[Path, str]) -> dict[Path, str]:
    """The pages, each mend having found its fault somewhere."""
    for why, find, put in MENDS:
        pattern, count = re.compile(find, re.DOTALL), 0
        for path, text in pages.items():
            pages[path], times = pattern.subn(put, text)
            count += times
        if not count:
            raise ExtensionError(f"mended_theme.py: nothing left to mend: {why}")
    return pages


def known_names(pages: dict[Path, str], static: Path) -> dict[str, list[str]]:
    """Every class, id and element in the pages, and every word in the scripts, which may use it as one."""
    attributes = re.findall(
        r'\b(?:class|id)=(?:"([^"]*)"|([\w-]+))', "\n".join(pages.values())
    )
    words = {word for pair in attributes for part in pair for word in part.split()}
    tags = {
        tag.lower()
        for text in pages.values()
        for tag in re.findall(r"<([\w-]+)", text)
    }
    scripts = [*static.rglob("*.js")]
    inline = [
        s
        for t in pages.values()
        for s in re.findall(r"<script[^>]*>(.*?)</script>", t, re.DOTALL)
    ]
    for text in [
        *inline,
        *(script.read_text(encoding="utf8") for script in scripts),
    ]:
        words |= set(re.findall(r"[\w-]+", text))
    return {
        "classes": sorted(words),
        "ids": sorted(words),
        "tags": sorted(tags | words),
    }


def with_imports(sheet: Path, static: Path) -> str:
    """A style sheet's text, the sheets that it imports in their places, and its links as they are from `static`."""
    folder = sheet.parent
    text = sheet.read_text(encoding="utf8").replace("\ufeff", "")
    text = re.sub(r'@charset "[^"]*";', "", text)
    parts = re.split(r'@import (?:url\()?["\']?([^"\');]+)["\']?\)?;', text)
    here = folder.relative_to(static)
    parts[::2] = [
        URL.sub(lambda m: f'url("{os.path.normpath(here / m[2])}")', part)
        for part in parts[::2]
    ]
    parts[1::2] = [
        with_imports((folder / name).resolve(), static) for name in parts[1::2]
    ]
    return "".join(parts)


def one_sheet(sheets: tuple[Path, ...], static: Path, used: dict) -> str:
    """Write one style sheet in place of many, and give its name."""
    texts = [with_imports(sheet, static) for sheet in sheets]
    command = ["node", str(Path(__file__).with_name("shrink.mjs")), "css"]
    given = json.dumps({"css": "\n".join(texts), "used": used})
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, encoding="utf8"
    )
    if done.returncode:
        raise ExtensionError(f"csso failed: {done.stderr}")
    css = json.loads(done.stdout)
    name = f"pages-{hashlib.sha256(css.encode()).hexdigest()[:10]}.css"
    (static / name).write_text(css, encoding="utf8")
    return name


def finish(app: Sphinx, error: Exception | None) -> None:
    """Mend the pages that were written, and give them one style sheet each."""
    if error or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    for name, (why, find, put) in SCRIPTS.items():
        text = (static / name).read_text(encoding="utf8")
        if find not in text:
            raise ExtensionError(f"mended_theme.py: nothing left to mend: {why}")
        (static / name).write_text(text.replace(find, put), encoding="utf8")
    pages = mended(written(out))
    used = known_names(pages, static)
    bundle = cache(lambda sheets: one_sheet(sheets, static, used))
    for path, text in pages.items():
        links = list(SHEET.finditer(text))
        if not links:
            continue  # a page that only leads on
        sheets = tuple(Path(path.parent, m[1]).resolve() for m in links)
        to_root = "../" * len(path.relative_to(out).parent.parts)
        link = f'\n    <link rel="stylesheet" href="{to_root}_static/{bundle(sheets)}"/>'
        first, last = links[0].start(), links[-1].end()
        between = SHEET.sub("", text[first:last])
        path.write_text(
            text[:first] + link + between + text[last:], encoding="utf8"
        )


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after everything else that writes."""
    app.add_js_file("scrollable.js", loading_method="defer")
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
