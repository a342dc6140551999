"""How to cite the book, and the files that a reader can keep: the directives `cite-this` and `downloads`.

`cite-this` is made from CITATION.cff and the addresses in `_config.yml`. `downloads` is only a place on the page: what files
there are, and how large, is known when all pages are built, and tools/downloads.py writes it there.

For paper, the cells that hold a solution get a class of their own: book/static/print.css unfolds these and leaves out others.
"""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .cells import PROMPTS

BEGIN, END = "<!-- downloads -->", "<!-- /downloads -->"


def authors(cff: dict) -> list[str]:
    """Their names as written out."""
    return [
        a.get("name") or f"{a['given-names']} {a['family-names']}"
        for a in cff["authors"]
    ]


def bibtex(cff: dict, address: str = "") -> str:
    """The entry for a bibliography. Names and title are kept as they are by double braces."""
    year = str(cff["date-released"])[:4]
    fields = {
        "author": " and ".join(f"{{{name}}}" for name in authors(cff)),
        "title": f"{{{cff['title']}}}",
        "year": year,
        "note": f"Executable book and software, version {cff['version']}",
    }
    if address:
        fields["url"] = address
    width = max(map(len, fields))
    rows = ",\n".join(
        f"  {name:<{width}} = {{{value}}}" for name, value in fields.items()
    )
    return f"@misc{{supertoy{year},\n{rows}\n}}"


def plain(cff: dict, address: str = "") -> str:
    """The same in words."""
    year = str(cff["date-released"])[:4]
    what = f"{', '.join(authors(cff))} ({year}). {cff['title']}. Executable book and software, version {cff['version']}."
    return f"{what[0].upper()}{what[1:]}" + (f" {address}" if address else "")


class CiteThis(SphinxDirective):
    """Both forms, each with the button that copies it."""

    def run(self) -> list[nodes.Node]:
        """Read CITATION.cff beside the configuration."""
        path = Path(self.env.srcdir, "CITATION.cff")
        self.env.note_dependency(str(path))
        cff = yaml.safe_load(path.read_text(encoding="utf8"))
        config = self.env.config
        address = config.html_baseurl or config.html_theme_options.get(
            "repository_url", ""
        )
        entry, sentence = bibtex(cff, address), plain(cff, address)
        return [
            nodes.literal_block(entry, entry, language="bibtex"),
            nodes.literal_block(
                sentence, sentence, language="text", classes=["wraps"]
            ),
        ]


class Downloads(SphinxDirective):
    """The place that tools/downloads.py fills."""

    def run(self) -> list[nodes.Node]:
        """Say how to make the files, in case that nothing fills it."""
        text = "<p><code>make book</code> and <code>make pdf</code> make these files.</p>"
        return [
            nodes.raw(
                "",
                f'<div class="downloads">{BEGIN}{text}{END}</div>',
                format="html",
            )
        ]


class MarkSolutions(SphinxPostTransform):
    """Give each cell that is folded under "Show the solution" the class `solution`."""

    default_priority = 190  # before the cells are folded, and their prompts gone

    def run(self, **kwargs) -> None:
        """Do so for one document."""
        for node in self.document.findall(nodes.container):
            if node.get("prompt_show") == PROMPTS["solution"]:
                node["classes"].append("solution")


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("cite-this", CiteThis)
    app.add_directive("downloads", Downloads)
    app.add_post_transform(MarkSolutions)
