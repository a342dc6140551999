"""Cells with a purpose: checks, verdicts and solutions, which stand folded on the page.

A cell tagged `check` begins with a comment, which is the claim that the rest of it checks. The page shows that claim in
one quiet line, and code and numbers when it is opened. A cell tagged `verdict` shows its output, and its rule when asked;
one tagged `solution` hides both.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

CHECKED = "✓ checked: "
PROMPTS = {
    "verdict": "Show the rule of this verdict",
    "solution": "Show the solution",
}
FOLDED = {"check": "hide-cell", "solution": "hide-cell", "verdict": "hide-input"}


def claim(source: str) -> str:
    """The comment that a check begins with, in one line."""
    lines = []
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    return " ".join(lines)


def purpose(cell: dict) -> str:
    """What the cell is for, if it is one of these."""
    tags = cell["metadata"].get("tags", [])
    return next((tag for tag in FOLDED if tag in tags), "")


def prompt(cell: dict) -> str:
    """What a folded cell shows of itself, or nothing if it is not folded."""
    kind = purpose(cell)
    if kind == "check":
        return CHECKED + claim("".join(cell["source"]))
    if kind:
        return PROMPTS[kind]
    if "hide-input" not in cell["metadata"].get("tags", []):
        return ""
    given = cell["metadata"].get("mystnb", {})
    return given.get("code_prompt_show", "Show the code")


def checks(notebook: dict) -> list[tuple[str, str]]:
    """Cell's id and claim of each check."""
    return [
        (cell["id"], claim("".join(cell["source"])))
        for cell in notebook["cells"]
        if purpose(cell) == "check"
    ]


def every_notebook(folder: Path) -> list[Path]:
    """The notebooks of the book: chapters, their evidence, and pages between them."""
    return sorted([*folder.glob("*.ipynb"), *folder.glob("evidence/*.ipynb")])


def fold(app: Sphinx, docname: str, source: list[str]) -> None:
    """Tell myst-nb to fold them, in the words of `prompt`; in a notebook of evidence the checks stand open."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    evidence = "/evidence/" in docname
    for cell in notebook["cells"]:
        kind, data = purpose(cell), cell["metadata"]
        if kind == "check":
            data["anchor"] = f"check-{cell['id']}"
        if kind and not (evidence and kind == "check"):
            words = prompt(cell)
            data["tags"] = [*data["tags"], FOLDED[kind]]
            data["mystnb"] = {
                **data.get("mystnb", {}),
                "code_prompt_show": words,
                "code_prompt_hide": words,
            }
    source[0] = json.dumps(notebook)


class CheckAnchors(SphinxTransform):
    """An anchor for each check: `check-` and the cell's id."""

    default_priority = 400  # before Sphinx collects the labels

    def apply(self, **kwargs) -> None:
        """Do so for one document."""
        for node in list(self.document.findall(nodes.container)):
            if anchor := node.get("cell_metadata", {}).get("anchor"):
                node["names"].append(anchor)
                self.document.note_explicit_target(node)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("source-read", fold)
    app.add_transform(CheckAnchors)
