"""Print the book: the built pages as one document, set by Chromium, checked: _build/superposition.pdf.

    python tools/pdf.py

What is printed are the very pages of _build/html, one after another in the order of _toc.yml: nothing is built a
second time, and numbers, references and mathematics are those of the pages. Links between pages lead to places in the
PDF. It is set twice, because only the first setting knows the page numbers that the table of contents shows in the
second.
"""

import datetime
import hashlib
import html
import os
import posixpath
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag, urlsplit

import yaml
from alone import alone
from bs4 import BeautifulSoup, Tag
from downloads import finish
from headless import FLAGS, chromium
from playwright.sync_api import sync_playwright
from pypdf import PageObject, PdfReader
from static_font import at_weight

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
SINGLE = ROOT / ".work" / "single" / "book.html"
PDF = ROOT / "_build" / "superposition.pdf"
LINKS = ("href", "xlink:href")
SMALLEST, LARGEST = 100, 15e6  # pages, bytes
WEIGHTS = {
    "sans-3-{}-normal": (400, 600, 700),
    "sans-3-{}-italic": (400, 600),
    "serif-4-{}-normal": (400, 600),
    "serif-4-{}-italic": (400, 600),
}


class Chapter(NamedTuple):
    """A page of the book: its name as in _toc.yml, the part that starts with it, its title and body."""

    name: str
    part: str
    title: str
    article: Tag

    @property
    def id(self) -> str:
        """The name that its place in the PDF has."""
        return self.name.split("/")[-1]


def names() -> list[tuple[str, str]]:
    """The pages in order, each with the caption of the part that it opens, or nothing."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    found = [(toc["root"], "")]
    for part in toc["parts"]:
        captions = [part["caption"]] + [""] * (len(part["chapters"]) - 1)
        found += [(chapter["file"], caption) for chapter, caption in zip(part["chapters"], captions, strict=True)]
    return found


def read(name: str, part: str) -> tuple[Chapter, Tag]:
    """A built page without what only a screen can use, and its head."""
    page = BeautifulSoup((HTML / f"{name}.html").read_text(encoding="utf8"), "html.parser")
    article = page.select_one("article.bd-article")
    for useless in article.select("script, .headerlink, button, .run-line, .downloads"):
        useless.decompose()
    for folded in article.select("div.cell > details.hide"):
        if "solution" in folded.parent["class"]:
            folded["open"] = ""
        else:
            folded.decompose()
    for cell in article.select("div.cell"):
        if not cell.find(True):
            cell.decompose()
    return Chapter(name, part, article.h1.get_text().strip(), article), page.head


def place(name: str, anchor: str = "") -> str:
    """The id in the PDF of a place on a page."""
    return name.split("/")[-1] + (f"--{anchor}" if anchor else "")


def settle(chapter: Chapter, pages: set[str], site: str) -> None:
    """Give the chapter ids of its own, and let links and pictures lead to where things are now."""
    for tag in chapter.article.find_all(True):
        for name, value in list(tag.attrs.items()):
            if name == "id":
                tag[name] = place(chapter.name, value)
            elif name in ("aria-labelledby", "aria-describedby", "for", "headers"):
                words = value if isinstance(value, list) else value.split()
                tag[name] = " ".join(place(chapter.name, word) for word in words)
            elif name == "src" or (name in LINKS and tag.name == "image"):
                tag[name] = value if value.startswith("data:") else address(chapter.name, value)
            elif name in LINKS:
                relink(tag, name, value, chapter, pages, site)
            elif isinstance(value, str) and "url(#" in value:
                tag[name] = value.replace("url(#", f"url(#{place(chapter.name, 'x')[:-1]}")


def address(page: str, target: str) -> str:
    """A file that a page names, from where the single document stands."""
    file = HTML / posixpath.normpath(posixpath.join(posixpath.dirname(page), urlsplit(target).path))
    return os.path.relpath(file, SINGLE.parent)


def relink(tag: Tag, name: str, value: str, chapter: Chapter, pages: set[str], site: str) -> None:
    """A link within the book becomes one within the document; one to another file needs the site, or goes."""
    if urlsplit(value).scheme or value.startswith("data:"):
        return
    path, anchor = urldefrag(value)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(chapter.name), path)) if path else chapter.name
    if target.removesuffix(".html") in pages:
        tag[name] = "#" + place(target.removesuffix(".html"), anchor)
    elif site:
        tag[name] = f"{site}/{target}" + (f"#{anchor}" if anchor else "")
    else:
        del tag[name]


def settings() -> dict:
    """What the cover says: from CITATION.cff, and from _config.yml as the pages were built with it."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    config = yaml.safe_load((ROOT / ".work" / "source" / "_config.yml").read_text())
    site = config["sphinx"]["config"].get("html_baseurl") or ""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    today = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now()
    return {
        "title": cff["title"],
        "who": config["author"],
        "version": cff["version"],
        "site": site.rstrip("/"),
        "date": f"{today.day} {today:%B %Y}",
        "what": " ".join(cff.get("abstract", "").split()),
    }


def cover(about: dict) -> str:
    """The title page."""
    title, _, rest = about["title"].partition(", ")
    link = (
        f'<p>Its pages, with live widgets: <a href="{about["site"]}/">{about["site"]}</a></p>' if about["site"] else ""
    )
    return f"""
<section class="cover">
  <h1>{html.escape(title)}{f", <br>{html.escape(rest)}" if rest else ""}</h1>
  <p class="what">{html.escape(about["what"])}</p>
  <p class="who">{html.escape(about["who"])}</p>
  {(ROOT / "book" / "static" / "logo.svg").read_text()}
  <div class="small">
    <p>Version {about["version"]}, printed on {about["date"]}.</p>{link}
    <p>Every figure and number was computed by the chapters when the pages were built. Code that only sets up or draws
    a figure is left out here; it is in the notebooks. Widgets, alive on the pages, are still pictures here.</p>
    <p>Text and figures: <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>. Code: MIT.</p>
  </div>
</section>"""


def contents(chapters: list[Chapter], numbers: dict[str, int]) -> str:
    """The table of contents, two levels deep."""

    def line(target: str, title: str, kind: str) -> str:
        number = numbers.get(target, "")
        dots = f'<span class="dots"></span><span class="number">{number}</span>'
        return f'<li><a class="{kind}" href="#{target}"><span>{html.escape(title)}</span>{dots}</a>'

    rows = []
    for chapter in chapters:
        rows.append(f'<li class="part">{html.escape(chapter.part)}</li>' if chapter.part else "")
        rows.append(line(chapter.id, chapter.title, "chapter"))
        headings = [
            (s["id"], s.h2.get_text().strip())
            for s in chapter.article.select("section")
            if s.find("h2", recursive=False)
        ]
        rows.append("<ul>" + "".join(line(*h, "section") + "</li>" for h in headings) + "</ul></li>")
    return f'<nav class="book-contents"><h1>Contents</h1><ul>{"".join(rows)}</ul></nav>'


def fonts_for_print() -> str:
    """The pages' fonts at fixed weights, as CSS: Chromium embeds a variable font as drawings only."""
    folder = SINGLE.parent / "fonts"
    folder.mkdir(exist_ok=True)
    rules = []
    for pattern, weights in WEIGHTS.items():
        source = HTML / "_static" / "fonts" / f"source-{pattern.format('latin-wght')}.woff2"
        state = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
        for weight in weights:
            file = folder / f"{source.stem}-{weight}-{state}.ttf"
            if not file.exists():
                at_weight(source, weight, file)
            family = "Source Sans 3" if "sans" in pattern else "Source Serif 4"
            style = pattern.split("-")[-1]
            rules.append(
                f'@font-face {{ font-family: "{family} Variable"; font-weight: {weight}; font-style: {style};'
                f' src: url("fonts/{file.name}") }}'
            )
    return "".join(rules)


def style_sheet(link: Tag, page: str) -> str:
    """A page's style sheet, its links as they are from here, without variable fonts."""
    sheet = SINGLE.parent / address(page, link["href"])

    def from_here(match: re.Match) -> str:
        return f'url("{os.path.relpath(sheet.parent / match[1], SINGLE.parent)}")'

    text = re.sub(r"@font-face ?{[^}]* Variable[^}]*}", "", sheet.read_text(encoding="utf8"))
    return re.sub(r"""url\(["']?(?!data:|["']?#)([^)"']+)["']?\)""", from_here, text)


def document(chapters: list[Chapter], head: Tag, about: dict, numbers: dict[str, int]) -> str:
    """Everything as one page of HTML."""
    styles, running = [], []
    for link in head.select("link[rel=stylesheet]"):
        styles.append(style_sheet(link, chapters[0].name))
    styles += [fonts_for_print(), Path(__file__).with_suffix(".css").read_text(encoding="utf8")]
    for chapter in chapters:
        title = chapter.title.replace("\\", "").replace('"', "”")
        style = 'font: 8.5pt "Source Sans 3 Variable", sans-serif; color: #56606b'
        running.append(f'@page c-{chapter.id} {{ @top-right {{ content: "{title}"; {style} }} }}')
        running.append(f'[id="{chapter.id}"] {{ page: c-{chapter.id} }}')
    bodies = []
    for chapter in chapters:
        part = f'<p class="part">{html.escape(chapter.part)}</p>' if chapter.part else ""
        bodies.append(
            f'<article class="bd-article" id="{chapter.id}">{part}{chapter.article.decode_contents()}</article>'
        )
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light" class="book-print">
<head><meta charset="utf-8"><title>{html.escape(about["title"])}</title>
<meta name="author" content="{html.escape(about["who"])}">
<style>{"".join(styles + running)}</style></head>
<body>{cover(about)}{contents(chapters, numbers)}{"".join(bodies)}</body></html>"""


def print_page(source: Path, target: Path) -> None:
    """Set one page of HTML with Chromium, once its fonts and pictures are there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.emulate_media(media="print", color_scheme="light")
        page.goto(source.as_uri(), wait_until="load")
        page.evaluate("document.fonts.ready")
        page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
        browser.close()


def flat(reader: PdfReader, outline: list | None = None, depth: int = 0) -> list[tuple[int, str, int]]:
    """The outline's entries: depth, title, page number counted from 1."""
    found = []
    for entry in reader.outline if outline is None else outline:
        if isinstance(entry, list):
            found += flat(reader, entry, depth + 1)
        else:
            found.append((depth, entry.title, reader.get_destination_page_number(entry) + 1))
    return found


def page_numbers(pdf: Path) -> dict[str, int]:
    """Where each place that a link names has landed."""
    reader = PdfReader(pdf)
    return {
        name.lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


def fonts(reader: PdfReader) -> dict[str, bool]:
    """Each font by name, and whether the file carries it."""
    found, seen = {}, set()
    for page in reader.pages:
        for reference in (page["/Resources"].get("/Font") or {}).values():
            if reference.idnum in seen:
                continue
            seen.add(reference.idnum)
            font = reference.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            has = inner.get("/FontDescriptor", {})
            embedded = font["/Subtype"] == "/Type3" or any(k in has for k in ("/FontFile", "/FontFile2", "/FontFile3"))
            found[str(font.get("/BaseFont", "a drawn font")).split("+")[-1]] = embedded
    return found


def blank(page: PageObject, running: set[str]) -> bool:
    """Whether a page shows nothing but its running titles and number."""
    text = page.extract_text()
    for title in running:
        text = text.replace(title, "")
    return not re.sub(r"[\s\d]", "", text) and len(page.get_contents().get_data()) < 5000


def check(pdf: Path, chapters: list[Chapter]) -> None:
    """Stop if the result is not what a reader should get."""
    reader = PdfReader(pdf)
    entries = flat(reader)
    embedded = fonts(reader)
    running = {settings()["title"], *(c.title for c in chapters)}
    empty = [number for number, page in enumerate(reader.pages, 1) if blank(page, running)]
    known = set(page_numbers(pdf))
    faults = [
        f"{c.title!r} is not in the outline" for c in chapters if c.title not in {title for _, title, _ in entries}
    ]
    faults += [
        f"the outline says {title!r}" for _, title, _ in entries if title[: len(title) // 2] == title[len(title) // 2 :]
    ]
    faults += [f"the place {c.id} is missing" for c in chapters if c.id not in known]
    faults += [f"{name} is not embedded" for name, inside in embedded.items() if not inside]
    faults += [f"page {number} is blank" for number in empty]
    if len(reader.pages) < SMALLEST or pdf.stat().st_size > LARGEST:
        faults.append("too few pages or too large a file")
    size = pdf.stat().st_size / 1e6
    print(f"{pdf.relative_to(ROOT)}: {len(reader.pages)} pages, {size:.1f} MB, {len(entries)} entries in the outline")
    print(f"fonts, all embedded: {', '.join(sorted(embedded))}" if all(embedded.values()) else f"fonts: {embedded}")
    if faults:
        sys.exit("The PDF is not right: " + "; ".join(faults))


@alone()
def main() -> None:
    """Print the pages that `make book` has built."""
    start = time.perf_counter()
    listed = names()
    about = settings()
    pages = {name for name, _ in listed}
    read_pages = [read(*entry) for entry in listed]
    chapters = [chapter for chapter, _ in read_pages]
    for chapter in chapters:
        settle(chapter, pages, about["site"])
    SINGLE.parent.mkdir(parents=True, exist_ok=True)
    numbers: dict[str, int] = {}
    for _ in range(2):
        SINGLE.write_text(document(chapters, read_pages[0][1], about, numbers), encoding="utf8")
        print_page(SINGLE, PDF)
        numbers = page_numbers(PDF)
    check(PDF, chapters)
    finish()
    print(f"done in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
