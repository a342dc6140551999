"""Publish a folder of notebooks as the one commit of a branch, with what Binder needs to run them.

    python tools/publish_notebooks.py _build/notebooks --url https://github.com/OWNER/REPO

Colab opens …/github/OWNER/REPO/blob/notebooks/01_….ipynb, Binder …/gh/OWNER/REPO/notebooks?urlpath=lab/tree/01_….ipynb.
The branch is replaced, so it holds no history of outputs; if nothing has changed it is left alone, because Binder
builds a new image for each commit. Git asks for the token in $GITHUB_TOKEN, if any: it stands in no command or file.
Standard library only.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from addresses import checked

ROOT = Path(__file__).resolve().parent.parent
BINDER = ROOT / "tools" / "binder"
AUTHOR = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
TOKEN = '!f() { test "$1" = get && echo username=x-access-token && echo "password=$GITHUB_TOKEN"; }; f'


def git(*arguments: str, where: Path | None = None) -> str:
    """What git prints, in the project or elsewhere; its complaint is shown, and is an error."""
    return subprocess.run(
        ["git", *arguments], cwd=where or ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def add_binder(folder: Path, url: str) -> None:
    """Add Binder's files, with supertoy as of the commit that last changed it: a new image only where it is needed."""
    commit = git("log", "-1", "--format=%H", "--", "supertoy", "pyproject.toml")
    shutil.copytree(BINDER, folder / "binder", dirs_exist_ok=True)
    with (folder / "binder" / "requirements.txt").open("a", encoding="utf8") as file:
        file.write(f"supertoy[lens] @ {url}/archive/{commit}.zip\n")


def publish(folder: Path, remote: str, branch: str, message: str) -> bool:
    """Make the folder the branch's only commit; False if the branch is the same already."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name) / "work"
        shutil.copytree(folder, work)
        git("init", "--quiet", where=work)
        for key, value in zip(("user.name", "user.email"), AUTHOR, strict=True):
            git("config", key, value, where=work)
        if os.environ.get("GITHUB_TOKEN"):
            git("config", "credential.helper", TOKEN, where=work)
        git("add", "--all", "--force", where=work)
        git("commit", "--quiet", "--message", message, where=work)
        if git("ls-remote", remote, f"refs/heads/{branch}", where=work):
            git("fetch", "--quiet", "--depth=1", remote, f"refs/heads/{branch}", where=work)
            if git("rev-parse", "FETCH_HEAD^{tree}", where=work) == git("rev-parse", "HEAD^{tree}", where=work):
                return False
        git("push", "--quiet", "--force", remote, f"HEAD:refs/heads/{branch}", where=work)
    return True


def main() -> None:
    """Parse the command line, add Binder's files, publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", required=True, help="the repository's address, https://HOST/OWNER/REPO")
    parser.add_argument("--remote", help="where to push; default: the url")
    parser.add_argument("--branch", default="notebooks")
    options = parser.parse_args()
    try:
        checked("url", options.url)
    except ValueError as error:
        sys.exit(f"publish: {error}")
    if not any(options.folder.glob("*.ipynb")):
        sys.exit(f"publish: folder must hold notebooks, got {str(options.folder)!r}")
    if options.branch in ("main", "master"):
        sys.exit(f"publish: branch must be one that may be replaced, got {options.branch!r}")
    add_binder(options.folder, options.url)
    message = f"Notebooks of {git('rev-parse', '--short=12', 'HEAD')}"
    new = publish(options.folder, options.remote or options.url, options.branch, message)
    print(f"{options.branch}: {message}" if new else f"{options.branch}: nothing new")


if __name__ == "__main__":
    main()
