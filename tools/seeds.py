"""Run chapters with every seed shifted: no cell should fail, and no verdict change.

    python tools/seeds.py 3          all chapters, each seed 3 more than it says
    python tools/seeds.py 3 07 09    these chapters

The chapters as they stand must have run before (make execute): their verdicts are what the shifted ones are held to.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "book"))

from _ext.verdicts import found
from alone import alone
from execution import ROOT, WORK, execute, executed_copy, nbmake

from supertoy.seeds import SHIFT


def verdicts(notebook: Path) -> dict[str, str]:
    """What an executed chapter says of each figure of the paper, without its numbers."""
    return {figure: verdict for figure, verdict, _ in found(notebook)}


def failure(notebook: Path) -> str:
    """The error at which a chapter stopped, or nothing."""
    outputs = [o for cell in json.loads(notebook.read_text())["cells"] for o in cell.get("outputs", [])]
    errors = [f"{o['ename']}: {o['evalue']}".strip(" :") for o in outputs if o["output_type"] == "error"]
    return errors[0].splitlines()[0] if errors else ""


def outcome(shifted: Path, executed: Path) -> str:
    """One line on a shifted chapter: "as before", or what is not."""
    if not Path(f"{shifted}.passed").exists():
        return f"FAILED {failure(shifted)}".strip()
    before, after = verdicts(executed), verdicts(shifted)
    changed = [f"{f}: {before.get(f)} → {after.get(f)}" for f in before | after if before.get(f) != after.get(f)]
    return f"VERDICT CHANGED {'; '.join(changed)}" if changed else "as before"


def main() -> None:
    """Parse the command line, run, and say how each chapter came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shift", type=int, help="what is added to every seed, at least 1")
    parser.add_argument("chapters", nargs="*", help="chapters by number; all if left out")
    given = parser.parse_args()
    known = {path.stem[:2]: path for path in sorted((ROOT / "book").glob("[0-9]*.ipynb"))}
    wanted = [number.zfill(2) for number in given.chapters] or list(known)
    if given.shift < 1 or not set(wanted) <= set(known):
        parser.error(f"shift must be at least 1 and chapters be among {', '.join(known)}, got {sys.argv[1:]}")
    folder = WORK / "seeds" / str(given.shift)
    with alone():
        execute([known[number] for number in wanted])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number in wanted:
            shutil.copy(known[number], folder)
        os.environ[SHIFT] = str(given.shift)
        nbmake(folder, [known[number].name for number in wanted])
    lines = {number: outcome(folder / known[number].name, executed_copy(known[number])) for number in wanted}
    print(f"seeds shifted by {given.shift}:")
    for number, line in lines.items():
        print(f"  {number}  {line}")
    sys.exit(any(line != "as before" for line in lines.values()))


if __name__ == "__main__":
    main()
