"""Run every chapter as a reader in Colab does, with Colab's published versions (constraints-colab.txt, in .venv-colab).

    python tools/as_colab.py

Each notebook is the one behind the download button, in an environment that has what Colab has and not supertoy:
its own first cell installs that, from an address for which a server on this machine stands in.
"""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import build

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


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that counts its requests instead of printing them."""

    asked: list[str] = []  # noqa: RUF012 (shared on purpose)

    def log_message(self, format: str, *args: object) -> None:
        """Remember what was asked for."""
        self.asked.append(self.path)


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


def has_supertoy() -> bool:
    """Whether the environment has the package."""
    return subprocess.run([COLAB, "-c", "import supertoy"], cwd=PLACE, capture_output=True).returncode == 0


def main() -> None:
    """Make the environment forget the package, serve the source, run the chapters."""
    start = time.perf_counter()
    shutil.rmtree(PLACE, ignore_errors=True)
    chapters = PLACE / "chapters"
    chapters.mkdir(parents=True)
    archive(PLACE / "www" / "owner" / "repo" / "archive" / "refs" / "heads" / "main.zip")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(PLACE / "www")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    repository = f"http://127.0.0.1:{server.server_port}/owner/repo"
    names = sorted(p.name for p in DOWNLOADS.glob("*.ipynb"))
    for name in names:
        download(name, repository, chapters)
    kernel()
    subprocess.run([COLAB, "-m", "pip", "uninstall", "--quiet", "--yes", *NOT_IN_COLAB], check=True)
    if has_supertoy():
        sys.exit("the environment must not have supertoy before the first chapter runs")
    print(f"{FIRST} in an environment without supertoy, which its first cell installs:", flush=True)
    failed = build.nbmake(chapters, [FIRST], kernel="colab")
    if failed or not has_supertoy() or not Quiet.asked:
        sys.exit("The first cell did not install the package: see above.")
    print(f"installed from {Quiet.asked[0]}; now the others:", flush=True)
    if build.nbmake(chapters, [n for n in names if n != FIRST], kernel="colab"):
        sys.exit("A chapter failed with Colab's versions: its name, cell and error stand above.")
    print(f"{len(names)} notebooks passed with Colab's versions in {time.perf_counter() - start:.0f} s; see {chapters}")


if __name__ == "__main__":
    main()
