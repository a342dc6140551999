"""Run every chapter as a reader in Colab does, with Colab's published versions (constraints-colab.txt, in .venv-colab).

    python tools/as_colab.py

Each notebook is the one behind the download button, in an environment that has what Colab has and not supertoy:
its own first cell installs that, from an address for which a server on this machine stands in.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import build
import execution
from alone import alone
from gzip_server import serving

COLAB = build.ROOT / ".venv-colab" / "bin" / "python"
PLACE = build.WORK / "colab"
DOWNLOADS = build.HTML / "_sources" / "book"
FIRST = "04_add_a_relu.ipynb"  # a quick one: it finds the environment without supertoy
NOT_IN_COLAB = ["supertoy", "jaxtyping", "wadler-lindig"]


def archive(target: Path) -> None:
    """The source as GitHub would pack it: the files that git knows, as they are now, in one folder."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=build.ROOT, capture_output=True, check=True).stdout
    target.parent.mkdir(parents=True)
    with zipfile.ZipFile(target, "w") as packed:
        for name in filter(None, listed.decode().split("\0")):
            packed.write(build.ROOT / name, f"repo-main/{name}")


def download(name: str, repository: str, folder: Path) -> None:
    """A chapter as its page offers it, with the address that the deploy workflow would have filled in."""
    notebook = json.loads((DOWNLOADS / name).read_text(encoding="utf8"))
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    address = f'REPOSITORY, BRANCH = "{repository}", "main"'
    first["source"], found = re.subn("^REPOSITORY, BRANCH = .*$", address, first["source"], flags=re.MULTILINE)
    if found != 1:
        sys.exit(f"{name}: the first cell has no place for an address")
    (folder / name).write_text(json.dumps(notebook), encoding="utf8")


def kernel() -> None:
    """Tell Jupyter of the environment's kernel."""
    spec = PLACE / "jupyter" / "kernels" / "colab"
    spec.mkdir(parents=True)
    argv = [str(COLAB), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Colab", "language": "python"}))
    os.environ["JUPYTER_PATH"] = str(PLACE / "jupyter")


def installed_from() -> str:
    """The address that pip took supertoy from into the environment; nothing if it is not there."""
    ask = "from importlib.metadata import distribution as d; print(d('supertoy').read_text('direct_url.json'))"
    asked = subprocess.run([COLAB, "-c", ask], cwd=PLACE, capture_output=True, text=True)
    return "" if asked.returncode else json.loads(asked.stdout)["url"]


def run_all(repository: str) -> int:
    """The chapters, with that address in their first cells: a quick one alone, then all others. How many there are."""
    chapters = PLACE / "chapters"
    chapters.mkdir()
    names = sorted(p.name for p in DOWNLOADS.glob("*.ipynb"))
    for name in names:
        download(name, repository, chapters)
    print(f"{FIRST} in an environment without supertoy, which its first cell installs:", flush=True)
    if execution.nbmake(chapters, [FIRST], kernel="colab") or not installed_from().startswith(repository):
        sys.exit("The first cell did not install the package: see above.")
    print(f"installed from {installed_from()}; now the others:", flush=True)
    if execution.nbmake(chapters, [n for n in names if n != FIRST], kernel="colab"):
        sys.exit("A chapter failed with Colab's versions: its name, cell and error stand above.")
    return len(names)


@alone()
def main() -> None:
    """Make the environment forget the package, serve the source, run the chapters."""
    start = time.perf_counter()
    shutil.rmtree(PLACE, ignore_errors=True)
    archive(PLACE / "www" / "owner" / "repo" / "archive" / "refs" / "heads" / "main.zip")
    kernel()
    os.environ["PIP_NO_CACHE_DIR"] = "1"  # an address of this machine may come back with another archive
    subprocess.run([COLAB, "-m", "pip", "uninstall", "--quiet", "--yes", *NOT_IN_COLAB], check=True)
    if installed_from():
        sys.exit("the environment must not have supertoy before the first chapter runs")
    with serving(PLACE / "www") as address:
        count = run_all(f"{address}/owner/repo")
    print(f"{count} notebooks passed with Colab's versions in {time.perf_counter() - start:.0f} s; see {PLACE}")


if __name__ == "__main__":
    main()
