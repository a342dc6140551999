"""The directive `claims`: all checks, chapter by chapter, and the way to each."""

import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .cells import checks, every_notebook
from .chapters import title
from .parsing import parsed


class Claims(SphinxDirective):
    """A list for each notebook that has checks."""

    def run(self) -> list[nodes.Node]:
        """Read the notebooks beside this page."""
        sections = []
        for path in every_notebook(Path(self.env.srcdir, "book")):
            self.env.note_dependency(str(path))
            notebook = json.loads(path.read_text(encoding="utf8"))
            if not (found := checks(notebook)):
                continue
            number = path.stem[:2]
            lead = f"Chapter {int(number)}: " if number.isdigit() else ""
            section = nodes.section(
                ids=[f"claims-of-{path.stem.replace('_', '-')}"]
            )
            section += nodes.title(text=f"{lead}{title(notebook)} ({len(found)})")
            section += parsed(
                self, [f"1. {text} [→](#check-{name})" for name, text in found]
            )
            sections.append(section)
        return sections


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("claims", Claims)
