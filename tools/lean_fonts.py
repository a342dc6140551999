"""The pages' fonts without what no page shows: a reader waits for them before the text stands still.

The text's own fonts keep the weights and the figures that the style sheets ask for, all of Latin-1 (for what a reader
types), and every character that stands in a page or a script. KaTeX's keep the characters of the formulas.
"""

import hashlib
import html
import logging
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools import version
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

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


def leaner(file: Path, characters: set[str], kept: Path) -> None:
    """Put the lean font in the font's place, made or as it was made before from the same."""
    given = [file.read_bytes(), "".join(sorted(characters)).encode(), Path(__file__).read_bytes(), version.encode()]
    copy = kept / f"{hashlib.sha256(b'|'.join(given)).hexdigest()[:16]}.woff2"
    if not copy.exists():
        font = lean(TTFont(file, recalcTimestamp=False), characters)
        font.flavor = "woff2"
        font.save(file)
        shutil.copy(file, copy.with_suffix(".part"))
        copy.with_suffix(".part").rename(copy)
    shutil.copy(copy, file)


def finish(static: Path, pages: list[str], scripts: list[str], kept: Path) -> None:
    """Make the fonts beside the pages smaller, once all pages are written."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of each table
    kept.mkdir(parents=True, exist_ok=True)
    text = LATIN.union(*map(visible, pages), *map(set, scripts))
    set_by_katex = set().union(*(visible(f) for page in pages for f in formulas(page)))
    for folder, characters in [(static / "fonts", text), (static / "katex" / "fonts", set_by_katex)]:
        files = sorted(folder.glob("*.woff2"))
        if not files or not characters:
            sys.exit(f"lean_fonts.py: no fonts in {folder}, or no text for them")
        for file in files:
            leaner(file, characters, kept)
