"""The directive `verdicts`: a table of what the executed chapters printed about the paper's figures.

A chapter that reproduces a figure prints a line "Verdict (figure): reproduced. Numbers." The table is made of these lines,
so that it says what the pages computed and nothing else.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .cells import every_notebook
from .parsing import parsed

VERDICT = re.compile(
    r"^Verdict \((?P<figure>[^)]+)\): (?P<verdict>(?:not )?reproduced(?: with a difference)?)[.:;,]? *(?P<rest>.*)$"
)


def outputs(chapter: Path) -> list[dict]:
    """All outputs of an executed chapter, in order."""
    cells = json.loads(chapter.read_text())["cells"]
    return [o for cell in cells for o in cell.get("outputs", [])]


def found(chapter: Path) -> list[tuple[str, str, str]]:
    """Figure, verdict and numbers of each line that an executed chapter printed."""
    lines = [
        line
        for o in outputs(chapter)
        for line in "".join(o.get("text", [])).splitlines()
    ]
    return [
        match.group("figure", "verdict", "rest")
        for match in map(VERDICT.match, lines)
        if match
    ]


class Verdicts(SphinxDirective):
    """A table of all verdicts, in the order of the chapters."""

    def run(self) -> list[nodes.Node]:
        """Read the executed chapters beside this page."""
        table = ["| figure | chapter | what we found |", "|---|---|---|"]
        home = Path(self.env.srcdir, "book")
        for chapter in every_notebook(home):
            self.env.note_dependency(str(chapter))
            for figure, verdict, rest in found(chapter):
                number = re.search(r"\d+|$", chapter.stem)[0].lstrip("0")
                link = f"[{number or 'page'}]({chapter.relative_to(home)})"
                table.append(
                    f"| {figure} | {link} | **{verdict}**. {rest.replace('|', '&#124;').replace('*', '&#42;')} |"
                )
        return parsed(self, table)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("verdicts", Verdicts)
