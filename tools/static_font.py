"""One weight of the pages' variable fonts, for what cannot use a variable one: matplotlib, and Chromium's PDFs."""

from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont


def at_weight(source: Path, weight: int, target: Path) -> None:
    """Write the font `source` (.woff2) at one weight to `target` (.ttf)."""
    font = instantiateVariableFont(TTFont(source), {"wght": weight})
    font.flavor = None
    font.save(target)
