"""What is done to the pages once Sphinx has written all of them: mends, one style sheet for each page, lean fonts.

A style sheet loses the rules that no page uses, a font the characters.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import lean_fonts
from mends import MENDS, SCRIPTS, mend

SHRINK = Path(__file__).resolve().parent.parent / "book" / "_ext" / "shrink.mjs"

SHEET = re.compile(r'\s*<link(?=[^>]* rel="stylesheet")[^>]* href="([^"?:]+)[^"]*"[^>]*>')
URL = re.compile(r"""url\((["']?)(?!data:|#|["'])([^)"']+)\1\)""")


def written(out: Path) -> dict[Path, str]:
    """The pages that the build wrote, as they are."""
    paths = [p for p in out.rglob("*.html") if out / "_static" not in p.parents]
    return {path: path.read_text(encoding="utf8") for path in paths}


def mended(pages: dict[Path, str]) -> dict[Path, str]:
    """The pages, each mend having found its fault somewhere."""
    found = Counter()
    pages = {path: mend(text, found) for path, text in pages.items()}
    if unused := [why for why, *_ in MENDS if not found[why]]:
        sys.exit(f"mends.py: nothing left to mend: {'; '.join(unused)}")
    return pages


def mend_scripts(static: Path) -> None:
    """The same for the theme's scripts."""
    for name, (why, find, put) in SCRIPTS.items():
        text = (static / name).read_text(encoding="utf8")
        if find not in text:
            sys.exit(f"mends.py: nothing left to mend: {why}")
        (static / name).write_text(text.replace(find, put), encoding="utf8")


def known_names(pages: dict[Path, str], static: Path) -> dict[str, list[str]]:
    """Every class, id and element in the pages, and every word in the scripts, which may use it as one."""
    attributes = re.findall(r'\b(?:class|id)=(?:"([^"]*)"|([\w-]+))', "\n".join(pages.values()))
    words = {word for pair in attributes for part in pair for word in part.split()}
    tags = {tag.lower() for text in pages.values() for tag in re.findall(r"<([\w-]+)", text)}
    scripts = [*static.rglob("*.js")]
    inline = [s for t in pages.values() for s in re.findall(r"<script[^>]*>(.*?)</script>", t, re.DOTALL)]
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
    parts[::2] = [URL.sub(lambda m: f'url("{os.path.normpath(here / m[2])}")', part) for part in parts[::2]]
    parts[1::2] = [with_imports((folder / name).resolve(), static) for name in parts[1::2]]
    return "".join(parts)


def one_sheet(sheets: tuple[Path, ...], static: Path, used: dict) -> str:
    """Write one style sheet in place of many, and give its name."""
    texts = [with_imports(sheet, static) for sheet in sheets]
    command = ["node", str(SHRINK), "css"]
    given = json.dumps({"css": "\n".join(texts), "used": used})
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf8")
    if done.returncode:
        sys.exit(f"csso failed: {done.stderr}")
    css = json.loads(done.stdout)
    name = f"pages-{hashlib.sha256(css.encode()).hexdigest()[:10]}.css"
    (static / name).write_text(css, encoding="utf8")
    return name


def finish(out: Path, kept: Path) -> None:
    """Do all of it to a folder of pages; what takes long is kept in another for the next time."""
    static = out / "_static"
    mend_scripts(static)
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
        path.write_text(text[:first] + link + between + text[last:], encoding="utf8")
    scripts = [p.read_text(encoding="utf8") for p in static.rglob("*.js")]
    lean_fonts.finish(static, list(written(out).values()), scripts, kept)
