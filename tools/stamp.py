"""Write the repository's and the site's address into _config.yml, line by line, so that its comments stay.

    python tools/stamp.py --url https://github.com/OWNER/REPO --branch main --site https://owner.github.io/repo/

The deploy workflow runs this with the addresses of the repository that it runs in, so that a fork publishes its own
pages, links and notebooks without changing a file. Standard library only: it runs before there is an environment.
"""

import argparse
import json
import re
import sys
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent / "_config.yml"
RULES = {
    "url": ("https://HOST/OWNER/REPO", r"https://[\w.-]+(:\d+)?/[\w.-]+/[\w.-]+(?<!\.git)"),
    "branch": ("a branch's name of letters, digits and ._-/", r"(?![-/])(?!.*(\.\.|//))[\w./-]+(?<![/.])"),
    "site": ("http(s)://HOST/PATH/", r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*/"),
}


def set_value(text: str, path: str, value: str) -> str:
    """The YAML with the value at `path` (keys joined by dots, two spaces a level) replaced; not a character more."""
    lines, keys, level = text.splitlines(keepends=True), path.split("."), 0
    for number, line in enumerate(lines):
        found = re.match(r"((?:  )*)([\w-]+):(?=\s)", line)
        if not found:
            continue
        depth = len(found[1]) // 2
        level = min(level, depth)  # a line less deep leaves the branch that was found
        if depth == level and found[2] == keys[level]:
            level += 1
        if level == len(keys):
            lines[number] = re.sub(r"(:\s+)([^#\s]\S*)?", lambda m: m[1] + json.dumps(value), line, count=1)
            return "".join(lines)
    raise ValueError(f"path must lead to a value in the file, got {path!r}")


def stamp(text: str, *, url: str, branch: str, site: str) -> str:
    """_config.yml with `repository.url`, `repository.branch` and `html_baseurl` set.

    Raises:
        ValueError: an address or a name is not of the form that the pages' links are made from.
    """
    site = site.rstrip("/") + "/"  # GitHub's configure-pages gives it without
    for name, value in {"url": url, "branch": branch, "site": site}.items():
        rule, pattern = RULES[name]
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"{name} must be {rule}, got {value!r}")
    text = set_value(text, "repository.url", url)
    text = set_value(text, "repository.branch", branch)
    return set_value(text, "sphinx.config.html_baseurl", site)


def main() -> None:
    """Parse the command line and stamp the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, (rule, _) in RULES.items():
        parser.add_argument(f"--{name}", required=True, help=rule)
    parser.add_argument("--config", type=Path, default=CONFIG, help="the file; default: the project's _config.yml")
    options = parser.parse_args()
    try:
        text = options.config.read_text(encoding="utf8")
        text = stamp(text, url=options.url, branch=options.branch, site=options.site)
    except ValueError as error:
        sys.exit(f"stamp: {error}")
    options.config.write_text(text, encoding="utf8")
    print(f"{options.config.name}: {options.url} at {options.branch}, pages at {options.site}")


if __name__ == "__main__":
    main()
