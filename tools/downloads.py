"""What a reader can keep: the pages as a zip that opens offline, the notebooks, the PDF, and the page that offers them.

`finish` runs after the pages are built and again after the PDF is printed. Zips have sorted entries and fixed dates, so
that the same pages give the same bytes.
"""

import re
import shutil
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
PAGE = "book/take_away.html"
BOOK_ZIP, NOTEBOOKS_ZIP, PDF = "superposition-book.zip", "notebooks.zip", "superposition.pdf"
FOLDER = "superposition-book"
PLACE = re.compile(r"(<!-- downloads -->).*?(<!-- /downloads -->)", re.DOTALL)
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')


def size(file: Path) -> str:
    """As a reader would say it."""
    return f"{file.stat().st_size / 1e6:.1f} MB"


def write_zip(target: Path, files: dict[str, bytes]) -> None:
    """A zip that depends on nothing but its files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name])


def link(name: str, text: str) -> str:
    """To a file beside the pages."""
    return f'<a href="../{name}" download>{text}</a>'


def pdf_line(html: Path, page: str, offline: bool) -> str:
    """Where the PDF is: beside the pages, on the site, or still to be made."""
    file, canonical = html / PDF, CANONICAL.search(page)
    if file.exists() and not offline:
        from pypdf import PdfReader  # only here: it takes a moment

        return f"{link(PDF, 'The book as one PDF')} ({len(PdfReader(file).pages)} pages, {size(file)}), for paper."
    if file.exists() and canonical:
        site = canonical[1].removesuffix(PAGE)
        return f'<a href="{site}{PDF}">The book as one PDF</a> is on the site ({size(file)}).'
    return "The book as one PDF is not in this copy. <code>make pdf</code> makes it from the book’s source."


def offers(html: Path, page: str, *, offline: bool) -> str:
    """The list for the page, or for its copy within the zip, which cannot offer the zip."""
    if offline:
        lines = ["The pages for reading offline: this is them. Keep the folder together."]
    else:
        whole = link(BOOK_ZIP, "The pages for reading offline")
        lines = [f"{whole} (zip, {size(html / BOOK_ZIP)}): unpack it and open <code>index.html</code>."]
    lines.append(pdf_line(html, page, offline))
    if (html / NOTEBOOKS_ZIP).exists():
        all_chapters = link(NOTEBOOKS_ZIP, "All chapters as notebooks")
        lines.append(f"{all_chapters} (zip, {size(html / NOTEBOOKS_ZIP)}), to run and to change.")
    return "<ul>" + "".join(f"<li><p>{line}</p></li>" for line in lines) + "</ul>"


def fill(page: str, text: str) -> str:
    """Write the list into its place."""
    return PLACE.sub(lambda match: match[1] + text + match[2], page)


def finish(build: Path = BUILD) -> None:
    """Make the zips, copy the PDF if there is one, and say on the page what there is."""
    html = build / "html"
    notebooks = sorted((build / "notebooks").glob("*.ipynb"))
    if notebooks:
        write_zip(html / NOTEBOOKS_ZIP, {f"superposition-notebooks/{n.name}": n.read_bytes() for n in notebooks})
    (html / PDF).unlink(missing_ok=True)
    if (build / PDF).exists():
        shutil.copy(build / PDF, html / PDF)
    page = (html / PAGE).read_text(encoding="utf8")
    files = {
        f"{FOLDER}/{path.relative_to(html).as_posix()}": path.read_bytes()
        for path in html.rglob("*")
        if path.is_file() and path.name not in {BOOK_ZIP, PDF, ".buildinfo"}
    }
    files[f"{FOLDER}/{PAGE}"] = fill(page, offers(html, page, offline=True)).encode()
    write_zip(html / BOOK_ZIP, files)
    (html / PAGE).write_text(fill(page, offers(html, page, offline=False)), encoding="utf8")
