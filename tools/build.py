"""Build the book: execute each chapter once (nbmake), then render exactly what was executed (Jupyter Book).

    python tools/build.py execute   run the chapters that changed, two at a time
    python tools/build.py html      the same, then build _build/html
    python tools/build.py page 05   one page, to look at: by a chapter's number or a page's name, unfinished

A chapter is run again when something that its outputs depend on has changed (fingerprints.py). Everything else comes
from .work/executed: the pages show the outputs of the cells that were tested, and the text around them as it stands
now.
"""

import argparse
import hashlib
import os
import re
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import yaml
from addresses import addressed
from alone import alone
from downloads import BOOK_ZIP, finish
from execution import (
    ROOT,
    WORK,
    execute,
    executed_copy,
    kernel_environment,
    notebooks,
    reason,
    report_slow,
    with_outputs,
)
from mends import mend

BOOK = ROOT / "book"
SOURCE = WORK / "source"
HTML = ROOT / "_build" / "html"
PAGES = WORK / "pages"  # what Sphinx keeps and writes, before the finishing
# Jupyter Book's own redirect names no icon, so a browser asks the server for /favicon.ico and logs that it is missing.
FRONT_PAGE = """\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Superposition, from one neuron to many features</title>
    <link rel="icon" href="data:,">
    {tags}
    <meta http-equiv="refresh" content="0; url=book/index.html">
  </head>
  <body><a href="book/index.html">Superposition, from one neuron to many features</a></body>
</html>
"""


# What book/_ext/sharing.py wrote for search engines and shared links.
SHARED_TAG = re.compile(r'<(?:meta (?:name="description"|name="twitter:|property="og:)|link rel="canonical")[^>]*>')


def front_page() -> str:
    """The redirect to the book's first page, with that page's tags: a link to the site's root is what gets shared."""
    first = (HTML / "book" / "index.html").read_text(encoding="utf8")
    return FRONT_PAGE.replace("{tags}", "\n    ".join(SHARED_TAG.findall(first)))


def digest(*paths: Path, more: str = "") -> str:
    """One fingerprint of the names and contents of files, and of `more`."""
    total = hashlib.sha256(more.encode())
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def assets() -> dict[str, Path]:
    """What comes from npm's packages and from supertoy, by its name among the pages' static files."""
    modules = ROOT / "node_modules"
    fonts = [modules / "@fontsource-variable" / name / "files" for name in ("source-sans-3", "source-serif-4")]
    katex = modules / "katex" / "dist"
    found = {f"fonts/{font.name}": font for folder in fonts for font in folder.glob("*-latin-wght-*.woff2")}
    found |= {f"katex/fonts/{font.name}": font for font in (katex / "fonts").glob("*.woff2")}
    found["katex/katex.min.css"] = katex / "katex.min.css"
    return found | {"widgets.css": ROOT / "supertoy/widgets/widgets.css"}


def written() -> list[Path]:
    """The files of the book that someone wrote, without its notebooks."""
    files = [path for path in sorted(BOOK.rglob("*")) if path.is_file() and path.suffix not in {".ipynb", ".pyc"}]
    return [path for path in files if not any(part.startswith(".") for part in path.relative_to(BOOK).parts)]


def configuration() -> str:
    """_config.yml with the addresses that the environment gives."""
    try:
        config = addressed(yaml.safe_load((ROOT / "_config.yml").read_text()), os.environ)
        return yaml.safe_dump(config, sort_keys=False)
    except ValueError as error:
        sys.exit(f"build: {error}")


def lay_out(chapters: list[Path]) -> list[Path]:
    """Lay out sources and executed chapters in a folder of their own, and give the files that are not as they were."""
    wanted = {f"assets/{name}": path.read_bytes() for name, path in assets().items()}
    wanted |= {str(path.relative_to(ROOT)): path.read_bytes() for path in written()}
    wanted |= {name: (ROOT / name).read_bytes() for name in ("_toc.yml", "CITATION.cff")}
    wanted |= {"_config.yml": configuration().encode()}
    for chapter in chapters:
        name = str(chapter.relative_to(ROOT))
        laid_out = SOURCE / name
        if not reason(chapter):
            wanted[name] = with_outputs(chapter).encode()
        else:  # another page is looked at: this one stays as it was
            wanted[name] = (laid_out if laid_out.exists() else chapter).read_bytes()
    changed = []
    for path in [path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]:
        if str(path.relative_to(SOURCE)) not in wanted:
            path.unlink()
    for name, content in wanted.items():
        path = SOURCE / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(path)
    return changed


def sphinx(*pages: Path) -> bool:
    """Write these pages, or all; whether there were no warnings. Pages that did not change are not read again."""
    os.environ.update(kernel_environment())
    sys.modules.setdefault("rfc3987_syntax", None)  # jsonschema would take two seconds to load it, for nothing here
    from jupyter_book.sphinx import build_sphinx

    toc = {"external_toc_path": str(SOURCE / "_toc.yml"), "latex_individualpages": False, "nitpicky": True}
    return not build_sphinx(
        SOURCE,
        PAGES / "html",
        noconfig=True,
        path_config=SOURCE / "_config.yml",
        confoverrides=toc,
        doctreedir=PAGES / "doctrees",
        filenames=list(map(str, pages)),
        force_all=not pages,
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )


def fixed_inputs() -> list[Path]:
    """What every page depends on. If any of it has changed, all pages are read again."""
    own = [path for path in written() if path.suffix != ".md" and path.parent.name not in {"static", "_templates"}]
    named = ("_config.yml", "_toc.yml", "package-lock.json", "constraints.txt", "CITATION.cff", "tools/build.py")
    return [*own, *(ROOT / name for name in named), *(ROOT / "supertoy").rglob("*.py")]


def build_pages(chapters: list[Path], *pages: Path) -> bool:
    """Have Sphinx write these pages, or all; whether there were no warnings.

    A page that was read without a warning is not read again until it changes. After a warning, what had changed is laid
    out once more the next time, so that it is read and warned of again; and everything is read again if that was the
    first time, or was broken off.
    """
    changed = lay_out(chapters)
    stamp, now = PAGES / "read", digest(*fixed_inputs(), more=configuration())
    kept = stamp.exists() and stamp.read_text() == now
    if not kept:
        shutil.rmtree(PAGES, ignore_errors=True)
    stamp.unlink(missing_ok=True)
    if not pages:
        shutil.rmtree(PAGES / "html", ignore_errors=True)
    known = (PAGES / "html" / "genindex.html").exists()
    fine = sphinx(*(pages if known else ()))
    for path in [] if fine else changed:
        path.unlink()
    if fine or kept:
        stamp.write_text(now)
    return fine


def render(chapters: list[Path]) -> None:
    """Build the pages, warnings being errors, and finish them."""
    code = [*(ROOT / "supertoy/widgets").glob("*.js"), *(ROOT / "tools").glob("*.py"), *assets().values()]
    pages = [*written(), *chapters, *map(executed_copy, chapters)]
    now = digest(*fixed_inputs(), *code, *pages, more=configuration())
    stamp = WORK / "rendered"
    if (HTML / BOOK_ZIP).exists() and stamp.exists() and stamp.read_text() == now:
        print("pages: unchanged")
        return
    from finishing import finish as finish_pages

    stamp.unlink(missing_ok=True)
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    if not build_pages(chapters):
        sys.exit("The pages were not built: the warnings above are errors here.")
    for name in ("html", "notebooks"):
        shutil.copytree(PAGES / name, ROOT / "_build" / name)
    finish_pages(HTML, WORK / "fonts")
    (HTML / "index.html").write_text(front_page(), encoding="utf8")
    finish()
    stamp.write_text(now)


def named_page(name: str) -> Path:
    """The source of a page, by the number of its chapter or by its name."""
    sources = sorted([*notebooks(), *BOOK.glob("*.md")])
    found = [path for path in sources if path.stem == name or (name.isdigit() and path.stem.startswith(f"{name:0>2}_"))]
    if not found:
        sys.exit(f"build: page must be a chapter's number or one of {', '.join(p.stem for p in sources)}, got {name!r}")
    return found[0]


def look(chapters: list[Path], name: str) -> None:
    """Build one page for its author: mended, and otherwise as Sphinx writes it. Other pages may be out of date."""
    source = named_page(name)
    execute([source] if source in chapters else [])
    name = source.relative_to(ROOT)
    fine = build_pages(chapters, SOURCE / name)
    page = (PAGES / "html" / name).with_suffix(".html")
    if page.exists():
        page.write_text(mend(page.read_text(encoding="utf8"), Counter()), encoding="utf8")
        print(f"look at {page}")
    if not fine:
        sys.exit("The warnings above are errors in `make book`.")


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["execute", "html", "page"])
    parser.add_argument("page", nargs="?", default="", help="a chapter's number, or a page's name")
    given = parser.parse_args()
    start = time.perf_counter()
    chapters = notebooks()
    with alone():
        if given.what == "page":
            look(chapters, given.page)
        else:
            execute(chapters)
            report_slow(chapters)
        if given.what == "html":
            render(chapters)
            print(f"open {HTML / 'index.html'}")
    print(f"done in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
