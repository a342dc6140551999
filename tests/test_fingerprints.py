"""A chapter runs again when something that could change its outputs has changed, and says what; and not otherwise."""

import ast
import json
from pathlib import Path

import fingerprints
import pytest

ROOT = Path(__file__).parent.parent
TOY = {
    "__init__.py": '"""Toy."""\nfrom importlib import import_module\nfrom toy.train import train\n__all__ = ["train"]\n'
    'def __getattr__(name):\n    return import_module(f"toy.{name}")\n',
    "train.py": '"""How to train."""\nfrom toy.model import Model\n\ndef train(m):\n    """Well."""\n    return m\n',
    "model.py": "class Model:\n    pass\n",
    "theory.py": "def bound(): return 1  # at most\n",
    "lens.py": 'def words(): return open("words.txt").read()\n',
    "words.txt": "apple",
    "widgets/__init__.py": "from toy.widgets.slider import Slider\nfrom toy.widgets.packer import Packer\n",
    "widgets/slider.py": "class Slider:\n    pass\n",
    "widgets/packer.py": "from toy import theory\nclass Packer:\n    best = theory.bound()\n",
    "widgets/slider.js": "export const a = 1;\n",
}
CHAPTERS = {
    "trains": "from toy import train\ntrain(1)",
    "knows": "import toy\ntoy.theory.bound()",
    "reads": "from toy.lens import words\nwords()",
    "slides": "from toy import widgets\nwidgets.Slider()",
    "packs": "from toy import widgets\nwidgets.Packer()",
}


@pytest.fixture
def toy(tmp_path):
    """A package of a few modules, and a way to change it: which chapters run again, and why."""
    folder = tmp_path / "toy"

    def parts(cells=CHAPTERS):
        package = fingerprints.Package(folder)
        return {name: fingerprints.parts([cell(code)], package) for name, code in cells.items()}

    def write(files):
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    def changed(files, cells=CHAPTERS, more=None):
        write(TOY)
        before = parts(cells)
        write(files)
        return {n: why for n, now in parts(cells | (more or {})).items() if (why := fingerprints.why(before[n], now))}

    return changed


def cell(source, *tags):
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source.splitlines(keepends=True)}


def edit(name, old, new):
    assert old in TOY[name]
    return {name: TOY[name].replace(old, new)}


def test_a_docstring_or_a_comment_of_the_package_runs_no_chapter(toy):
    assert toy(edit("train.py", "Well.", "Very well.")) == {}
    assert toy(edit("train.py", "How to", "Where to")) == {}
    assert toy(edit("theory.py", "at most", "at least")) == {}
    assert toy(edit("__init__.py", "Toy.", "A toy.")) == {}
    assert toy(edit("train.py", "    return m", "\n    # why\n    return m")) == {}


def test_theory_runs_only_the_chapters_that_lead_to_it(toy):
    said = "toy.theory changed"
    assert toy(edit("theory.py", "return 1", "return 2")) == {"knows": said, "packs": said}


def test_what_a_reached_module_imports_is_reached(toy):
    assert toy(edit("model.py", "pass", "a = 1")) == {"trains": "toy.model changed"}


def test_a_data_file_runs_only_the_chapters_that_read_it(toy):
    assert toy({"words.txt": "pear"}) == {"reads": "words.txt changed"}
    assert set(toy({"nobody_names.txt": "?"})) == set(CHAPTERS)


def test_a_widget_runs_its_own_chapter_and_its_script_none(toy):
    assert toy(edit("widgets/slider.py", "pass", "a = 1")) == {"slides": "toy.widgets.slider changed"}
    assert toy(edit("widgets/slider.js", "1", "2")) == {}


def test_a_new_name_in_the_package_runs_no_chapter_and_one_from_elsewhere_those_that_use_it(toy):
    new = {"new.py": "def train(m): return 0\n"}
    also = edit(
        "__init__.py", "from toy.train import train\n", "from toy.train import train\nfrom toy.new import other\n"
    )
    assert toy(new | also) == {}
    moved = edit("__init__.py", "from toy.train import", "from toy.new import")
    assert list(toy(new | moved)) == ["trains"]


def test_what_the_package_itself_does_counts_for_all(toy):
    assert set(toy(edit("__init__.py", 'f"toy.{name}"', 'f"toy.{name}_"'))) == set(CHAPTERS)
    for act in ("torch.set_default_dtype(torch.float64)", "torch.pi = 3", "names[0] = 1", "@gradient.register(int)"):
        changed = toy(edit("theory.py", "def", f"import torch\n{act}\ndef"))
        assert set(changed) == set(CHAPTERS)  # whoever imports it by any way is changed by it


@pytest.mark.parametrize(
    "code",
    [
        "import toy.theory",
        "import toy as t\nt.theory",
        "import toy\nf(toy)",
        "from toy import *",
        "from toy import widgets\ngetattr(widgets, name)",
        "from toy.widgets import Packer as P",
        "import toy\ntoy.widgets.Packer",
        "def f():\n    from toy import theory",
        'load("toy.theory")',
        "from importlib import import_module\nimport_module(name)",
        "%%time\nfrom toy import theory",
        "if a:\n    %pip install toy\nfrom toy import theory",
    ],
)
def test_every_way_to_a_module_is_followed(toy, code):
    assert toy(edit("theory.py", "return 1", "return 2"), {"a": code}) == {"a": "toy.theory changed"}


@pytest.mark.parametrize("code", ["import toy", "from toy import train, widgets\nwidgets.Slider", "theory = 1"])
def test_and_no_other_way(toy, code):
    assert toy(edit("theory.py", "return 1", "return 2"), {"a": code}) == {}


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("from toy import train\n\ntrain(1)  # once", ""),
        ("from toy import train\ntrain(2)", "its code changed"),
        ("from toy import train\ntrain(1);", "its code changed"),  # shows nothing
        ("from toy import train\ntrain(1)\n'a text'", "its code changed"),  # shows that
        ("from toy import train\ntrain(1)\ndef f():\n    'a text'", "its code changed"),
        ("from toy import train, theory\ntrain(1)", "its code changed, toy.theory is new to it"),
    ],
)
def test_a_chapters_own_code_counts_and_its_comments_do_not(toy, new, why):
    assert toy({}, {"trains": CHAPTERS["trains"]}, {"trains": new}).get("trains", "") == why


def test_code_that_shows_docstrings_or_errors_counts_to_the_letter(toy):
    words = edit("train.py", "Well.", "Very well.")
    assert toy(words, {"a": "from toy import train\nhelp(train)"}) == {"a": "toy.train changed"}
    package = fingerprints.Package()
    raising = [fingerprints.parts([cell(f"1 / 0  # {text}", "raises-exception")], package) for text in "ab"]
    assert fingerprints.why(*raising) == "its code changed"


def test_a_new_version_is_named_with_the_old_one(monkeypatch):
    package = fingerprints.Package()
    before = fingerprints.parts([cell("import torch")], package)
    newer = fingerprints.versions() | {"torch": "9.9"}
    monkeypatch.setattr(fingerprints, "versions", lambda: newer)
    now = fingerprints.parts([cell("import torch")], package)
    assert fingerprints.why(before, now) == f"torch {before['torch']} → 9.9"
    assert fingerprints.why(before, before) == ""
    assert fingerprints.why(None, now) == "it has not run here"


def test_the_package_imports_nothing_by_a_computed_name_but_where_that_is_known():
    """`__init__` loads modules that are followed by their names; the other two load what a user's function names."""
    package = fingerprints.Package()
    asking = {name for name, tree in package.trees.items() if fingerprints.computes_names(tree)}
    assert asking == {"supertoy", "supertoy._chunks", "supertoy._fingerprint"}


def test_the_books_chapters_reach_what_they_should():
    package = fingerprints.Package()
    reach = {}
    for path in sorted((ROOT / "book").glob("[0-9]*.ipynb")):
        cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
        reach[path.stem[:2]] = set(fingerprints.parts(cells, package))
    assert all("supertoy.model" in parts for parts in reach.values())
    assert {number for number, parts in reach.items() if "wordnet.tsv.xz" in parts} == {"01", "17"}
    assert {"02", "03", "05", "08", "11"} <= {number for number, parts in reach.items() if "supertoy.theory" in parts}
    assert {"01", "04"} <= {number for number, parts in reach.items() if "supertoy.theory" not in parts}


def test_the_sources_are_compared_as_trees():
    one, other = (ast.parse(f'class A:\n    """{text}"""\n    def f(self):\n        """{text}"""') for text in "ab")
    assert fingerprints.without_docstrings(one) == fingerprints.without_docstrings(other)
    assert ast.get_docstring(one.body[0]) == "a"  # the tree itself is left as it was
