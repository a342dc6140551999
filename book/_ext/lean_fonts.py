"""The pages' fonts without what no page shows: a reader waits for them before the text stands still.

The text's own fonts keep the weights and the figures that the style sheets ask for, all of Latin-1 (for what a reader types),
and every character that stands in a page or a script. KaTeX's keep the characters of the formulas.
"""

import html
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from mended_theme import written
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

WEIGHTS = (400, 700)  # as book.css says of each font
LATIN = {chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]}
FORMULA = re.compile(r'<span class="katex-html"')
SPAN = re.compile(r"<(/?)span\b")


def visible(page: str) -> set[str]:
    """The characters of a page's text, or of a part of it."""
    return set(html.unescape(re.sub(r"<[^>]*>", "", page)))


def formulas(page: str) -> Iterator[str]:
    """The formulas of a page as KaTeX set them: spans within spans."""
    for start in FORMULA.finditer(page):
        depth = 0
        for tag in SPAN.finditer(page, start.start()):
            depth += -1 if tag[1] else 1
            if not depth:
                yield page[start.start() : tag.start()]
                break


def lean(font: TTFont, characters: set[str]) -> TTFont:
    """The font with these characters alone and, where its weight varies, between the two of `WEIGHTS`."""
    if "fvar" in font:
        font = instantiateVariableFont(font, {"wght": WEIGHTS})
        for glyph in font.getGlyphOrder():  # blanks do not vary; the subsetter asks
            font["gvar"].variations.setdefault(glyph, [])
    options = Options(recalc_timestamp=False)
    # Figures of one width, in tables and widgets.
    options.layout_features += ["tnum", "lnum"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=map(ord, characters))
    subsetter.subset(font)
    return font


def finish(app: Sphinx, error: Exception | None) -> None:
    """Make the fonts beside the pages smaller, once all pages are written."""
    if error or app.builder.name != "html":
        return
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of each table
    out = Path(app.outdir)
    static = out / "_static"
    pages = written(out).values()
    scripts = [p.read_text(encoding="utf8") for p in static.rglob("*.js")]
    text = LATIN.union(*map(visible, pages), *map(set, scripts))
    set_by_katex = set().union(
        *(visible(f) for page in pages for f in formulas(page))
    )
    for folder, characters in [
        (static / "fonts", text),
        (static / "katex" / "fonts", set_by_katex),
    ]:
        files = sorted(folder.glob("*.woff2"))
        if not files or not characters:
            raise ExtensionError(
                f"lean_fonts.py: no fonts in {folder}, or no text for them"
            )
        for file in files:
            font = lean(TTFont(file, recalcTimestamp=False), characters)
            font.flavor = "woff2"
            font.save(file)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after the pages have been mended."""
    app.connect("build-finished", finish, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
