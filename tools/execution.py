"""Run chapters: those whose outputs something has changed, two at a time, each in its own kernel."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from fingerprints import Package, parts, short, why

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".work"
EXECUTED = WORK / "executed"
CHAPTERS_AT_A_TIME = 2
CELL_TIMEOUT = 300

# Figures leave the kernel as SVG; book/_ext/inline_figures.py lets them take their ink from the page's theme.
KERNEL_CONFIG = """
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": None}
c.HistoryManager.enabled = False
"""

QUIET = {"TQDM_DISABLE": "1"}  # no progress bars in the pages
SHIFT = "SUPERTOY_SEED_SHIFT"  # as supertoy.seeds has it; importing that would load torch
ONE_CORE_EACH = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # two chapters with two threads each crawl


def notebooks() -> list[Path]:
    """All that the book runs: chapters, their evidence, and pages of the reference part. Their names are unique."""
    book = ROOT / "book"
    return sorted([*book.glob("*.ipynb"), *book.glob("evidence/*.ipynb")])


def code_cells(notebook: dict) -> list[dict]:
    """The cells that run."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def executed_copy(chapter: Path) -> Path:
    """Where the chapter lies as it was executed last, with the parts that it depended on."""
    return EXECUTED / chapter.name


@cache
def state(chapter: Path) -> dict[str, str]:
    """The parts that the chapter's outputs depend on, as they are now."""
    kernel = {"the kernel's settings": short(KERNEL_CONFIG + json.dumps(QUIET | ONE_CORE_EACH))}
    return parts(code_cells(json.loads(chapter.read_text())), package()) | kernel


package = cache(Package)


def reason(chapter: Path) -> str:
    """Why the chapter must run; nothing if it need not."""
    copy = executed_copy(chapter)
    return why(json.loads(copy.read_text())["metadata"]["supertoy_parts"] if copy.exists() else None, state(chapter))


def with_outputs(chapter: Path) -> str:
    """The chapter as it is written now, with the outputs of its code when it ran."""
    notebook, executed = json.loads(chapter.read_text()), json.loads(executed_copy(chapter).read_text())
    for cell, ran in zip(code_cells(notebook), code_cells(executed), strict=True):
        cell["outputs"], cell["execution_count"] = ran["outputs"], ran["execution_count"]
    return json.dumps(notebook)


def kernel_environment() -> dict[str, str]:
    """The environment that chapters run in: the book's figure format, no progress bars in the pages, a core each."""
    profile = WORK / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG)
    python_path = os.pathsep.join(filter(None, [str(ROOT / "tools"), os.environ.get("PYTHONPATH")]))
    return os.environ | QUIET | ONE_CORE_EACH | {"IPYTHONDIR": str(WORK / "ipython"), "PYTHONPATH": python_path}


def nbmake(folder: Path, names: list[str], *, kernel: str = "python3", shift: int = 0) -> int:
    """Run notebooks in a folder, two at a time, each in place, with every seed shifted.

    NAME.passed marks one that passed; 0: all did. Whatever shift a shell has set, the book is built without one.
    """
    pytest = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "chapter_progress", "-p", "no:cacheprovider"]
    options = ["--nbmake", "--overwrite", f"--nbmake-kernel={kernel}", f"--nbmake-timeout={CELL_TIMEOUT}"]
    spread = ["-n", str(min(CHAPTERS_AT_A_TIME, len(names)))]
    alone = ["-c", os.devnull, "--rootdir", "."]
    command = [*pytest, *options, *spread, *alone, *sorted(names)]
    return subprocess.run(command, cwd=folder, env=kernel_environment() | {SHIFT: str(shift)}).returncode


def run_copies(folder: Path, chapters: list[Path], *, shift: int = 0) -> int:
    """Run copies of the chapters in a fresh folder; 0: all passed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for chapter in chapters:
        shutil.copy(chapter, folder)
    return nbmake(folder, [chapter.name for chapter in chapters], shift=shift)


def execute(chapters: list[Path]) -> None:
    """Run the chapters that changed since they ran, and say why; stop with nbmake's report if a cell fails."""
    todo = {chapter: text for chapter in chapters if (text := reason(chapter))}
    print(f"chapters: {len(chapters) - len(todo)} unchanged, {len(todo)} to execute", flush=True)
    if not todo:
        return
    for chapter, text in todo.items():
        print(f"  {chapter.stem}: {text}", flush=True)
    run = WORK / "run"
    failed = run_copies(run, list(todo))
    EXECUTED.mkdir(exist_ok=True)
    for chapter in todo:
        if (run / f"{chapter.name}.passed").exists():
            ran = json.loads((run / chapter.name).read_text())
            ran["metadata"]["supertoy_parts"] = state(chapter)
            executed_copy(chapter).write_text(json.dumps(ran, indent=1))
    if failed:
        sys.exit("A chapter failed: its name, cell and error stand above. Chapters that passed will not run again.")


def report_slow(chapters: list[Path], limit: float = 60.0) -> None:
    """Say which chapters took longer than a reader should wait."""
    for chapter in chapters:
        seconds = json.loads(executed_copy(chapter).read_text())["metadata"]["supertoy_seconds"]
        if seconds > limit:
            print(f"slow: {chapter.stem} took {seconds:.0f} s, more than {limit:.0f} s")
