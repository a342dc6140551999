"""Run chapters with every seed shifted: no cell should fail, and no verdict change.

    python tools/seeds.py 3             all that runs, each seed 3 more than it says: chapters, pages, evidence
    python tools/seeds.py 3 07 evidence_09    these

What the shifted ones are held to is the verdicts of the chapters as they stand, which run first where they must.
"""

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "book"))

from _ext.verdicts import found, outputs
from alone import alone
from build import named_page
from execution import WORK, execute, executed_copy, notebooks, run_copies


def verdicts(notebook: Path) -> dict[str, str]:
    """What an executed chapter says of each figure of the paper, without its numbers."""
    return {figure: verdict for figure, verdict, _ in found(notebook)}


def failure(notebook: Path) -> str:
    """The error at which a chapter stopped, or nothing."""
    errors = [f"{o['ename']}: {o['evalue']}".strip(" :") for o in outputs(notebook) if o["output_type"] == "error"]
    return errors[0].splitlines()[0] if errors else ""


def outcome(shifted: Path, executed: Path) -> str:
    """One line on a shifted chapter: "as before", or what is not."""
    if not Path(f"{shifted}.passed").exists():
        return f"FAILED {failure(shifted)}".strip()
    before, after = verdicts(executed), verdicts(shifted)
    changed = [f"{f}: {before.get(f)} → {after.get(f)}" for f in before | after if before.get(f) != after.get(f)]
    return f"VERDICT CHANGED {'; '.join(changed)}" if changed else "as before"


def in_turn(chapters: list[Path], turn: int) -> tuple[list[Path], int]:
    """Two of the chapters, and a shift of 1, 2 or 3: over many turns each meets each of these."""
    first = 2 * turn % len(chapters)
    return [chapters[first], chapters[(first + 1) % len(chapters)]], 1 + turn // len(chapters) % 3


def main() -> None:
    """Parse the command line, run, and say how each chapter came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shift", type=int, nargs="?", help="what is added to every seed, at least 1")
    parser.add_argument("chapters", nargs="*", help="chapters by number, others by name; all if left out")
    parser.add_argument("--turn", type=int, help="two chapters and a shift of 1 to 3, in turn by this number")
    given = parser.parse_args()
    chapters = [named_page(number) for number in given.chapters] or notebooks()
    shift = given.shift
    if given.turn is not None:
        chapters, shift = in_turn(chapters, given.turn)
    if shift is None or shift < 1:
        parser.error(f"shift must be at least 1, got {shift}")
    folder = WORK / "seeds" / str(shift)
    with alone():
        execute(chapters)
        run_copies(folder, chapters, shift=shift)
    lines = {chapter.stem: outcome(folder / chapter.name, executed_copy(chapter)) for chapter in chapters}
    print(f"seeds shifted by {shift}:")
    for name, line in lines.items():
        print(f"  {name:42} {line}")
    sys.exit(any(line != "as before" for line in lines.values()))


if __name__ == "__main__":
    main()
