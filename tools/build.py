"""Build the book: execute each chapter once (nbmake), then render exactly what was executed (Jupyter Book).

    python tools/build.py execute   run the chapters that changed, two at a time
    python tools/build.py html      the same, then build _build/html

A chapter is run again when its own code, the package, or the version of something that they use has changed. Everything
else comes from .work/executed: the pages show the outputs of the cells that were tested, and the text around them as it
stands now.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path

from downloads import BOOK_ZIP, finish
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
WORK = ROOT / ".work"
EXECUTED = WORK / "executed"
SOURCE = WORK / "source"
HTML = ROOT / "_build" / "html"
TOOLS = [Path(__file__).resolve(), ROOT / "tools" / "downloads.py"]
CHAPTERS_AT_A_TIME = 2
CELL_TIMEOUT = 300

# Figures leave the kernel as SVG; book/_ext/inline_figures.py lets them take their ink from the page's theme.
KERNEL_CONFIG = """
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": None}
c.HistoryManager.enabled = False
"""


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


@cache
def versions() -> str:
    """The installed versions of all that chapters can import: what supertoy requires, and the kernel."""
    found, names = {}, ["supertoy[lens,cluster]", "ipykernel"]
    while names:
        wanted = Requirement(names.pop())
        name = canonicalize_name(wanted.name)
        if found.get(name, set()) >= wanted.extras | {""}:
            continue
        found[name] = found.get(name, set()) | wanted.extras | {""}
        for line in requires(name) or []:
            marker = Requirement(line).marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in found[name]):
                names.append(line.split(";")[0])
    return " ".join(f"{name}=={version(name)}" for name in sorted(found))


def code_cells(notebook: dict) -> list[dict]:
    """The cells that run."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def executed_copy(chapter: Path) -> Path:
    """Where the executed chapter lies, once its code has run in its present state."""
    package = [p for p in (ROOT / "supertoy").rglob("*") if p.suffix in {".py", ".xz"}]
    code = json.dumps([cell["source"] for cell in code_cells(json.loads(chapter.read_text()))])
    state = digest(*package, more=KERNEL_CONFIG + versions() + code)
    return EXECUTED / f"{chapter.stem}-{state}.ipynb"


def with_outputs(chapter: Path) -> dict:
    """The chapter as it is written now, with the outputs of its code when it ran."""
    notebook, executed = json.loads(chapter.read_text()), json.loads(executed_copy(chapter).read_text())
    for cell, ran in zip(code_cells(notebook), code_cells(executed), strict=True):
        cell["outputs"], cell["execution_count"] = ran["outputs"], ran["execution_count"]
    return notebook


def kernel_environment() -> dict[str, str]:
    """The environment that chapters run in: the book's figure format, no progress bars in the pages, a core each."""
    profile = WORK / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG)
    python_path = os.pathsep.join(filter(None, [str(ROOT / "tools"), os.environ.get("PYTHONPATH")]))
    quiet = {"TQDM_DISABLE": "1"}
    one_core_each = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # two chapters with two threads each crawl
    return os.environ | quiet | one_core_each | {"IPYTHONDIR": str(WORK / "ipython"), "PYTHONPATH": python_path}


def nbmake(folder: Path, names: list[str], *, kernel: str = "python3") -> int:
    """Run notebooks in a folder, two at a time, each in place. NAME.passed marks one that passed; 0: all did."""
    pytest = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "chapter_progress", "-p", "no:cacheprovider"]
    options = ["--nbmake", "--overwrite", f"--nbmake-kernel={kernel}", f"--nbmake-timeout={CELL_TIMEOUT}"]
    spread = ["-n", str(min(CHAPTERS_AT_A_TIME, len(names)))]
    alone = ["-c", os.devnull, "--rootdir", "."]
    command = [*pytest, *options, *spread, *alone, *sorted(names)]
    return subprocess.run(command, cwd=folder, env=kernel_environment()).returncode


def execute(chapters: list[Path]) -> None:
    """Run the chapters that have no executed copy; stop with nbmake's report if a cell fails."""
    todo = [c for c in chapters if not executed_copy(c).exists()]
    print(f"chapters: {len(chapters) - len(todo)} unchanged, {len(todo)} to execute", flush=True)
    if not todo:
        return
    run = WORK / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    for chapter in todo:
        shutil.copy(chapter, run)
    failed = nbmake(run, [c.name for c in todo])
    EXECUTED.mkdir(exist_ok=True)
    for chapter in todo:
        if (run / f"{chapter.name}.passed").exists():
            for old in EXECUTED.glob(f"{chapter.stem}-*.ipynb"):
                old.unlink()
            shutil.move(run / chapter.name, executed_copy(chapter))
    if failed:
        sys.exit("A chapter failed: its name, cell and error stand above. Chapters that passed will not run again.")


def copy_assets() -> None:
    """Fonts and mathematics from npm's packages into the pages' static files."""
    modules, assets = ROOT / "node_modules", SOURCE / "assets"
    fonts = [modules / "@fontsource-variable" / name / "files" for name in ("source-sans-3", "source-serif-4")]
    (assets / "fonts").mkdir(parents=True)
    for folder in fonts:
        for font in folder.glob("*-latin-wght-*.woff2"):
            shutil.copy(font, assets / "fonts")
    katex = modules / "katex" / "dist"
    shutil.copytree(katex / "fonts", assets / "katex" / "fonts", ignore=shutil.ignore_patterns("*.ttf", "*.woff"))
    shutil.copy(katex / "katex.min.css", assets / "katex")


def render(chapters: list[Path]) -> None:
    """Lay out sources and executed chapters in a folder of their own, and build the pages, warnings being errors."""
    files = [p for p in BOOK.rglob("*") if p.is_file() and p.suffix not in {".ipynb", ".pyc"}]
    inputs = [p for p in files if not any(part.startswith(".") for part in p.relative_to(BOOK).parts)]
    fixed = [
        ROOT / name for name in ("_config.yml", "_toc.yml", "package-lock.json", "constraints.txt", "CITATION.cff")
    ]
    package = [p for p in (ROOT / "supertoy").rglob("*") if p.suffix in {".py", ".js", ".css"}]
    state = digest(*inputs, *fixed, *package, *TOOLS, *chapters, *map(executed_copy, chapters))
    stamp = WORK / "rendered"
    if (HTML / BOOK_ZIP).exists() and stamp.exists() and stamp.read_text() == state:
        print("pages: unchanged")
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    ignored = shutil.ignore_patterns("*.ipynb", "__pycache__", ".*")
    shutil.copytree(BOOK, SOURCE / "book", ignore=ignored)
    for name in ("_config.yml", "_toc.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, SOURCE)
    for chapter in chapters:
        (SOURCE / "book" / chapter.name).write_text(json.dumps(with_outputs(chapter)))
    copy_assets()
    book = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        str(SOURCE),
        "--path-output",
        str(ROOT),
    ]
    if subprocess.run([*book, "-W", "-n", "--keep-going", "-q"], env=kernel_environment()).returncode:
        sys.exit("The pages were not built: the warnings above are errors here.")
    (HTML / "index.html").write_text(front_page(), encoding="utf8")
    finish()
    stamp.write_text(state)


def report_slow(chapters: list[Path], limit: float = 60.0) -> None:
    """Say which chapters took longer than a reader should wait."""
    for chapter in chapters:
        seconds = json.loads(executed_copy(chapter).read_text())["metadata"]["supertoy_seconds"]
        if seconds > limit:
            print(f"slow: {chapter.stem} took {seconds:.0f} s, more than {limit:.0f} s")


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["execute", "html"])
    what = parser.parse_args().what
    start = time.perf_counter()
    WORK.mkdir(exist_ok=True)
    chapters = sorted(BOOK.glob("*.ipynb"))
    execute(chapters)
    report_slow(chapters)
    if what == "html":
        render(chapters)
        print(f"done in {time.perf_counter() - start:.0f} s; open {HTML / 'index.html'}")


if __name__ == "__main__":
    main()
