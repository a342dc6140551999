"""Cells with a purpose: checks, verdicts and solutions, which stand folded on the page; and the page of all checks.

A cell tagged `check` begins with a comment, which is the claim that the rest of it checks. The page shows that claim in
one quiet line, and code and numbers when it is opened. The directive `claims` lists all of them. A cell tagged `verdict`
shows its output, and its rule when asked; one tagged `solution` hides both.
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

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
        kind = purpose(cell)
        if kind and not (evidence and kind == "check"):
            data = cell["metadata"]
            data["tags"] = [*data["tags"], FOLDED[kind]]
            words = {
                "code_prompt_show": prompt(cell),
                "code_prompt_hide": prompt(cell),
            }
            data["mystnb"] = data.get("mystnb", {}) | words
    source[0] = json.dumps(notebook)


class CheckAnchors(SphinxTransform):
    """An anchor for each check: `check-` and the cell's id."""

    default_priority = 400  # before Sphinx collects the labels

    def apply(self, **kwargs) -> None:
        """Do so for one document."""
        path = Path(self.env.doc2path(self.env.docname))
        found = [
            n
            for n in self.document.findall(nodes.container)
            if "tag_check" in n["classes"]
        ]
        if found:
            cells = json.loads(path.read_text(encoding="utf8"))["cells"]
            for node in found:
                node["names"].append(f"check-{cells[node['cell_index']]['id']}")
                self.document.note_explicit_target(node)


class Claims(SphinxDirective):
    """All checks, chapter by chapter: the claim, and the way to it."""

    def run(self) -> list[nodes.Node]:
        """Read the notebooks beside this page."""
        sections = []
        for path in every_notebook(Path(self.env.srcdir, "book")):
            self.env.note_dependency(str(path))
            notebook = json.loads(path.read_text(encoding="utf8"))
            if not (found := checks(notebook)):
                continue
            title = "".join(notebook["cells"][0]["source"]).splitlines()[0]
            title = title.removeprefix("# ")
            if path.stem[:2].isdigit():
                title = f"Chapter {int(path.stem[:2])}: {title}"
            section = nodes.section(
                ids=[f"claims-of-{path.stem.replace('_', '-')}"]
            )
            section += nodes.title(text=f"{title} ({len(found)})")
            lines = [f"1. {text} [→](#check-{name})" for name, text in found]
            node = nodes.container()
            content = StringList(lines, source=self.env.docname)
            self.state.nested_parse(content, self.content_offset, node)
            sections.append(section)
            section += node.children
        return sections


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("source-read", fold)
    app.add_transform(CheckAnchors)
    app.add_directive("claims", Claims)
