"""Notebooks that stand alone: their text, their first cell, and the places that open them."""

import ast
import json
import re
from pathlib import Path

import pytest
from _ext import launch, standalone
from _ext.cells import every_notebook
from pybtex.database import parse_file

BOOK = Path(__file__).parent.parent / "book"
NOTEBOOKS = every_notebook(BOOK)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def book(**changes):
    figures = re.findall(r'"name": "(fig-[^"]+)"', "".join(p.read_text() for p in NOTEBOOKS))
    known = {
        "title": "The Book",
        "site": "https://example.org/it/",
        "repository": "https://github.com/owner/repo",
        "branch": "dev",
        "entries": parse_file(BOOK / "references.bib").entries,
        "number": {name: f"9.{i}" for i, name in enumerate(figures)},
        "part": "Chapter 9",
    }
    return standalone.Book(**known | changes)


def alone(path, **changes):
    return standalone.standalone(json.loads(path.read_text()), path.stem, book(**changes))


def prose(notebook):
    return "\n\n".join(c["source"] for c in notebook["cells"] if c["cell_type"] == "markdown")


@pytest.mark.parametrize(
    ("myst", "plain"),
    [
        (
            "as {cite:t}`welch1974` shows",
            r"as [Welch (1974)](https://doi.org/10.1109/TIT.1974.1055219) shows",
        ),
        (
            "{cite}`elhage2022`",
            "([Elhage et al., 2022](https://transformer-circuits.pub/2022/toy_model/index.html))",
        ),
        ("see {numref}`fig-ring`.", "see Figure 9.3."),
        ("a {term}`feature`, {term}`sparse <sparsity>`", "a feature, sparse"),
        ("[chapter 4](04_add_a_relu.ipynb)", "[chapter 4](https://example.org/it/book/04_add_a_relu.html)"),
        ("[it](errata.md#a-b)", "[it](https://example.org/it/book/errata.html#a-b)"),
        ("[away](https://pytorch.org/a.md)", "[away](https://pytorch.org/a.md)"),
        (":::{admonition} Mind\n:class: note\nOne.\nTwo.\n:::\nAfter", "> **Mind.** One.\n> Two.\nAfter"),
        (":::{margin}\nBy the way.\n:::", "> By the way."),
        (":::{dropdown} What you find\nIt.\n:::", "> **What you find.** It."),
        (":::{predict} 09-x\n:kind: choice\n:answer: 2\nWhich?\n\n- a\n- b\n:::", "**Predict.** Which?\n\n- a\n- b"),
        ("[it](evidence/evidence_04.ipynb#a-b)", "[it](https://example.org/it/book/evidence/evidence_04.html#a-b)"),
        ("[4](../04_add_a_relu.ipynb)", "[4](https://example.org/it/book/04_add_a_relu.html)"),
    ],
)
def test_myst_becomes_plain_markdown(myst, plain):
    assert standalone.markdown(myst, book(number={"fig-ring": "9.3"})) == plain


def test_without_a_site_a_link_to_another_page_is_its_text():
    assert standalone.markdown("see [errata](errata.md)", book(site="")) == "see errata"


@each_notebook
def test_a_standalone_notebook_speaks_markdown_only_and_has_its_captions_and_references(path):
    text = prose(alone(path))
    assert not re.search(r"\{[\w:]+\}`|:::|\]\((?!https://)", text)
    captions = sum("figure" in c["metadata"].get("mystnb", {}) for c in json.loads(path.read_text())["cells"])
    assert len(re.findall(r"^\*\*Figure 9\.\d+\.\*\* ", text, re.MULTILINE)) == captions
    keys = standalone.cited(json.loads(path.read_text()))
    assert text.count("\n- ") >= len(keys)
    assert ("**References**" in text) == bool(keys)
    assert "Chapter 9 of [The Book](https://example.org/it/)" in text


@each_notebook
def test_the_code_of_a_standalone_notebook_is_the_chapters_own(path):
    def code(notebook):
        return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]

    for own, theirs in zip(code(json.loads(path.read_text()))[1:], code(alone(path))[1:], strict=True):
        assert re.sub(r"^# @title .*\n", "", theirs) == own


@each_notebook
def test_ids_of_a_standalone_notebook_are_unique_and_short(path):
    ids = [c["id"] for c in alone(path)["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[\w-]{1,64}", i) for i in ids)


def run(cell, monkeypatch, *, found):
    """Run the cell that installs, with a stand-in for pip, in a world that has supertoy or not."""
    asked = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in found else None)
    source = re.sub(r"%pip (install .*)", r"pip(f'\1')", cell)
    assert source != cell
    exec(compile(ast.parse(source), "cell", "exec"), {"pip": asked.append})
    return asked


def test_the_first_cell_installs_from_the_books_address_where_the_package_is_missing(monkeypatch):
    cell = standalone.install_cell("03_build_the_linear_toy", "https://github.com/owner/repo", "dev")
    where = "https://github.com/owner/repo/archive/refs/heads/dev.zip"
    assert run(cell, monkeypatch, found=()) == [f'install --quiet "supertoy @ {where}"']
    assert run(cell, monkeypatch, found=("supertoy",)) == []


def test_without_an_address_the_first_cell_says_what_to_do_and_installs_nothing(monkeypatch):
    cell = standalone.install_cell("01_meet_a_polysemantic_neuron")
    with pytest.raises(ModuleNotFoundError, match=r"^supertoy and transformers .*pip install -e '\.\[lens\]'.*restart"):
        run(cell, monkeypatch, found=())
    with pytest.raises(ModuleNotFoundError, match=r"^transformers missing"):
        run(cell, monkeypatch, found=("supertoy",))
    assert run(cell, monkeypatch, found=("supertoy", "transformers")) == []


def test_a_first_cell_that_was_changed_by_hand_stops_the_build(tmp_path):
    notebook = json.loads(NOTEBOOKS[0].read_text())
    notebook["cells"][1]["source"].append("# by hand")
    with pytest.raises(AssertionError, match="first code cell"):
        standalone.standalone(notebook, NOTEBOOKS[0].stem, book())


def test_the_places_open_the_notebooks_branch_of_a_repository_on_github():
    places = launch.places("https://github.com/owner/my.repo", "03_x.ipynb")
    assert places["Colab"] == "https://colab.research.google.com/github/owner/my.repo/blob/notebooks/03_x.ipynb"
    assert places["Binder"] == "https://mybinder.org/v2/gh/owner/my.repo/notebooks?urlpath=lab/tree/03_x.ipynb"
    assert places["Kaggle"].endswith("src=https://github.com/owner/my.repo/blob/notebooks/03_x.ipynb")
    assert launch.places("https://github.com/owner/repo.git", "x.ipynb")["Colab"].count("owner/repo/blob") == 1
    assert launch.places("", "03_x.ipynb") == {}
    assert launch.places("https://gitlab.com/owner/repo", "03_x.ipynb") == {}
