"""Notebooks that stand alone: what a reader downloads, or opens in Colab, Kaggle or Binder.

A chapter's source speaks MyST to the pages: citations, numbered figures, links to other pages. Opened alone, a notebook
must say these things in plain Markdown, and its first cell must know where to get the package. The address comes from
`_config.yml` (`repository`); while it is empty, the cell says what to do instead.

The results replace the sources behind the pages' download buttons, and lie together in `_build/notebooks`.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

from pybtex.database import Entry, parse_file
from pybtex.richtext import Text
from sphinx.application import Sphinx

from .cells import every_notebook, prompt

UNSET = 'REPOSITORY, BRANCH = "", "main"'
INSTALL = """\
# Installs the book's package, supertoy, where it is missing (as in Colab). Elsewhere it does nothing.
import sys
from importlib.util import find_spec

{address}
missing = [name for name in {modules} if find_spec(name) is None]
if missing:
    if not REPOSITORY:
        raise ModuleNotFoundError(
            f"{{' and '.join(missing)}} missing, and this copy does not say where to get the book's package. "
            f"In the folder of the book's source run: {{sys.executable}} -m pip install -e '{here}' "
            "Then restart this notebook's kernel."
        )
    %pip install --quiet "{package} @ {{REPOSITORY}}/archive/refs/heads/{{BRANCH}}.zip"
"""
EXTRAS = {  # what to ask pip for, and a module of it
    "01_meet_a_polysemantic_neuron": ("supertoy[lens]", "transformers"),
    "17_open_a_real_network": ("supertoy[lens]", "transformers"),
    "evidence_01": ("supertoy[lens]", "transformers"),
    "evidence_17": ("supertoy[lens]", "transformers"),
    "run_it_bigger": ("supertoy[cluster]", "distributed"),
}
FOLDED = {
    "cellView": "form",
    "jupyter": {"source_hidden": True},
}  # in Colab, in JupyterLab
LICENCE = "Code: MIT. Text and figures: CC BY 4.0."


class Book(NamedTuple):
    """What a notebook alone cannot know.

    Attributes:
        title: the book's.
        site: address of the pages, ending in a slash, or empty.
        repository: address of the source, or empty.
        branch: of the source.
        entries: the bibliography.
        number: figure's name → its number, such as 3.1.
        part: "Chapter 3", or the name of a page without a number.
    """

    title: str
    site: str
    repository: str
    branch: str
    entries: dict[str, Entry]
    number: dict[str, str]
    part: str


def install_cell(stem: str, repository: str = "", branch: str = "main") -> str:
    """The first cell of a notebook, knowing an address or not."""
    package, *more = EXTRAS.get(stem, ("supertoy",))
    return INSTALL.format(
        address=f'REPOSITORY, BRANCH = "{repository}", "{branch}"',
        package=package,
        modules=json.dumps(["supertoy", *more]),
        here=package.replace("supertoy", "."),
    ).rstrip("\n")


def plain(latex: str) -> str:
    """A field of the bibliography without its LaTeX."""
    return str(Text.from_latex(latex))


def authors(entry: Entry) -> str:
    """Elhage et al.; Welch; Johnson and Lindenstrauss."""
    names = [
        plain(" ".join(p.prelast_names + p.last_names))
        for p in entry.persons["author"]
    ]
    if len(names) > 2 or names[-1] == "others":
        return f"{names[0]} et al."
    return " and ".join(names)


def address(entry: Entry) -> str:
    """Where the work can be read."""
    doi = entry.fields.get("doi")
    return entry.fields.get("url") or (f"https://doi.org/{doi}" if doi else "")


def link(text: str, target: str) -> str:
    """Markdown for a link, or for its text where there is nothing to link to."""
    return f"[{text}]({target})" if target else text


def cite(match: re.Match, book: Book) -> str:
    """Elhage et al. (2022) in a sentence; (Elhage et al., 2022) beside one."""
    entries = [book.entries[key] for key in keys_of(match)]
    form = "{} ({})" if match["in_sentence"] else "{}, {}"
    each = [
        link(form.format(authors(e), e.fields["year"]), address(e)) for e in entries
    ]
    return " and ".join(each) if match["in_sentence"] else f"({'; '.join(each)})"


def page(match: re.Match, book: Book) -> str:
    """A link to another page leads to the site."""
    target = f"{book.site}book/{match['page']}.html{match['anchor'] or ''}"
    return link(match["text"], target if book.site else "")


def figure(match: re.Match, book: Book) -> str:
    """The figure's number."""
    return f"Figure {book.number[match['name']]}"


def term(match: re.Match, book: Book) -> str:
    """The word alone."""
    return match["text"]


def quote(match: re.Match, book: Book) -> str:
    """An admonition, a folded answer or a note in the margin becomes a quotation."""
    body = match["body"].strip().replace("\n", "\n> ")
    title = f"**{match['title'].strip()}.** " if match["title"] else ""
    return f"> {title}{body}"


def question(match: re.Match, book: Book) -> str:
    """A prediction becomes a plain paragraph."""
    return f"**Predict.** {match['body'].strip()}"


CITE = re.compile(r"\{cite(?P<in_sentence>:t)?\}`(?P<keys>[^`]+)`")
RULES = {
    CITE: cite,
    re.compile(r"\{numref\}`(?P<name>[^`]+)`"): figure,
    re.compile(r"\{term\}`(?P<text>[^`<]+?)(?: *<[^`]*>)?`"): term,
    re.compile(
        r"\[(?P<text>[^\]]+)\]\((?:\.\./)?(?P<page>[\w/-]+)\.(?:ipynb|md)(?P<anchor>#[\w-]+)?\)"
    ): page,
    re.compile(
        r":::\{predict\} [^\n]+\n(?::\w+: [^\n]*\n)*(?P<body>.*?)\n:::", re.DOTALL
    ): question,
    re.compile(
        r":::\{(?:admonition|dropdown|margin)\}(?P<title>[^\n]*)\n(?::\w+: [^\n]*\n)*(?P<body>.*?)\n:::",
        re.DOTALL,
    ): quote,
}


def keys_of(match: re.Match) -> list[str]:
    """What one citation names."""
    return [key.strip() for key in match["keys"].split(",")]


def markdown(text: str, book: Book) -> str:
    """MyST → Markdown that any notebook shows."""
    for pattern, replacement in RULES.items():
        text = pattern.sub(lambda m, r=replacement: r(m, book), text)
    return text


def cited(notebook: dict) -> list[str]:
    """The keys that a notebook's text and captions cite, in the order of the alphabet."""
    said = json.dumps([(c["source"], c["metadata"]) for c in notebook["cells"]])
    return sorted({key for match in CITE.finditer(said) for key in keys_of(match)})


def reference(entry: Entry) -> str:
    """One line of the list of references."""
    fields = entry.fields
    where = (
        fields.get("journal") or fields.get("booktitle") or fields.get("publisher")
    )
    title = link(plain(entry.fields["title"]), address(entry))
    return f"- {authors(entry)} ({entry.fields['year']}). {title}." + (
        f" *{plain(where)}*." if where else ""
    )


def code(cell: dict) -> dict:
    """A code cell without outputs; what the pages fold is folded in JupyterLab and in Colab too."""
    source = "".join(cell["source"])
    metadata = {k: v for k, v in cell["metadata"].items() if k != "mystnb"}
    if words := prompt(cell):
        if words.startswith("Show "):
            words = words.removeprefix("Show ").capitalize()
        source = f"# @title {words}\n{source}"
        metadata |= FOLDED
    return {
        **cell,
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
    }


def note(name: str, text: str) -> dict:
    """A Markdown cell."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def reader_cells(cell: dict, book: Book) -> list[dict]:
    """What becomes of one cell: plain Markdown, or code and the caption of its figure."""
    if cell["cell_type"] == "markdown":
        return [{**cell, "source": markdown("".join(cell["source"]), book)}]
    drawn = cell["metadata"].get("mystnb", {}).get("figure")
    if not drawn:
        return [code(cell)]
    number = book.number[drawn["name"]]
    caption = f"**Figure {number}.** {markdown(drawn['caption'].strip(), book)}"
    return [code(cell), note(f"{cell['id'][:50]}-caption", caption)]


def installing(cell: dict, stem: str, book: Book) -> dict:
    """The first code cell, folded, and knowing the address of the source."""
    assert "".join(cell["source"]) == install_cell(stem), (
        f"{stem}: the first code cell must be the one that installs"
    )
    ready = install_cell(stem, book.repository, book.branch)
    source = ready.replace("# Installs", "# @title Installs", 1)
    return {**code(cell), "source": source, "metadata": FOLDED}


def standalone(notebook: dict, stem: str, book: Book) -> dict:
    """The notebook that a reader gets."""
    title, first, *rest = notebook["cells"]
    whence = f"*{book.part} of {link(book.title, book.site)}. Run the cells from top to bottom. {LICENCE}*"
    cells = [*reader_cells(title, book), note("whence", whence)]
    cells.append(installing(first, stem, book))
    cells += [part for cell in rest for part in reader_cells(cell, book)]
    if keys := cited(notebook):
        lines = [reference(book.entries[key]) for key in keys]
        cells.append(note("references", "\n".join(["**References**\n", *lines])))
    metadata = {k: notebook["metadata"][k] for k in ("kernelspec", "language_info")}
    metadata["colab"] = {"name": f"{stem}.ipynb"}
    return {**notebook, "metadata": metadata, "cells": cells}


def write(app: Sphinx, error: Exception | None) -> None:
    """Write all of them."""
    if error or app.builder.name != "html":
        return
    env, theme = app.env, app.config.html_theme_options
    entries = parse_file(Path(app.srcdir, app.config.bibtex_bibfiles[0])).entries
    together = Path(app.outdir).parent / "notebooks"
    together.mkdir(exist_ok=True)
    for path in every_notebook(Path(app.srcdir, "book")):
        doc = path.relative_to(app.srcdir).with_suffix("").as_posix()
        figures = env.toc_fignumbers.get(doc, {}).get("figure", {})
        chapter = env.toc_secnumbers.get(doc, {}).get("")
        title = env.titles[doc].astext()
        book = Book(
            title=app.config.html_title or app.config.project,
            site=app.config.html_baseurl,
            repository=theme.get("repository_url", ""),
            branch=theme.get("repository_branch", "main"),
            entries=entries,
            number={name: ".".join(map(str, n)) for name, n in figures.items()},
            part=f"Chapter {chapter[0]}" if chapter else f"“{title}”, a page",
        )
        result = standalone(
            json.loads(path.read_text(encoding="utf8")), path.stem, book
        )
        text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
        for copy in (
            together / path.name,
            Path(app.outdir, "_sources", f"{doc}.ipynb"),
        ):
            copy.write_text(text, encoding="utf8")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("build-finished", write)
