"""The chapters keep the template, and are committed clean."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml
from _ext.cells import checks, every_notebook, prompt, purpose
from _ext.standalone import install_cell

BOOK = Path(__file__).parent.parent / "book"
CHAPTERS = sorted(BOOK.glob("[0-9]*.ipynb"))
NOTEBOOKS = every_notebook(BOOK)  # the chapters, their evidence, and pages of the reference part that run


def cells(path, kind=None):
    return [c for c in json.loads(path.read_text())["cells"] if kind in (None, c["cell_type"])]


def text(path, kind):
    return "\n\n".join("".join(c["source"]) for c in cells(path, kind))


SHOWN = re.compile(r"\bwidgets\.[A-Z][\w.]+\(")


def tags(cell):
    return cell["metadata"].get("tags", [])


def lines_of(cell):
    return [line for line in "".join(cell["source"]).splitlines() if line.strip()]


def visible(path):
    """The code cells that stand open on a chapter's page."""
    return [c for c in cells(path, "code")[1:] if not prompt(c)]


each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


@each_notebook
def test_a_notebook_is_committed_without_outputs(path):
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@each_chapter
def test_a_chapter_has_the_parts_of_the_template_in_order(path):
    prose = text(path, "markdown")
    marks = ["# ", "**You will** ", "**You will learn**", "**You need**", "## Break it", "## Exercises"]
    marks += ["**Exercise ", "## Summary", "**In practice.**", "**Further reading.**"]
    places = [prose.find(mark) for mark in marks]
    assert -1 not in places, marks[places.index(-1)]
    assert places == sorted(places)
    learn = prose[prose.index("**You will learn**") : prose.index("**You need**")]
    assert 3 <= len(re.findall(r"^- ", learn, re.MULTILINE)) <= 5
    assert prose.count(":::{predict}") >= 2
    assert re.search(r"Runs in about \d+ seconds", prose)


@each_chapter
def test_a_chapter_asks_questions_and_checks_its_claims(path):
    code = text(path, "code")
    assert len(re.findall(r"^\s*assert ", code, re.MULTILINE)) >= 8
    assert text(path, "markdown").count("{cite") >= 2


@each_chapter
def test_every_exercise_has_a_check_and_a_solution_that_runs_it(path):
    number = int(path.stem[:2])
    prose = text(path, "markdown")
    assert re.findall(r"\*\*Exercise (\S+)\*\* \((\w+)\)", prose) == [
        (f"{number}.{i}", level) for i, level in enumerate(["easy", "medium", "hard"], 1)
    ]
    names = [f"check_{number}_{i}" for i in (1, 2, 3)]
    for kind in ("exercise", "solution"):
        found = ["".join(c["source"]) for c in cells(path, "code") if kind in tags(c)]
        assert len(found) == 3
        for check, source in zip(names, found, strict=True):
            assert re.search(rf"^{check}\(\w+\)", source, re.MULTILINE), check


@each_notebook
def test_every_figure_has_a_caption_and_alternative_text(path):
    for cell in cells(path, "code"):
        source = "".join(cell["source"])
        if "plt.show()" in source:
            options = cell["metadata"].get("mystnb", {})
            assert len(options["figure"]["caption"]) > 60, source[:60]
            assert len(options["image"]["alt"]) > 60, source[:60]


@each_chapter
def test_a_chapter_has_a_live_widget_and_a_task_that_needs_it(path):
    all_cells = cells(path)
    sources = ["".join(c["source"]) for c in all_cells]
    found = [i for i, c in enumerate(all_cells) if c["cell_type"] == "code" and SHOWN.search(sources[i])]
    assert found
    for i in found:
        before = next(s for c, s in zip(all_cells[i::-1], sources[i::-1], strict=True) if c["cell_type"] == "markdown")
        assert "**Find**" in before
        assert ":::{dropdown}" in sources[i + 1], sources[i]


@each_notebook
def test_visible_cells_are_short_and_set_up_is_too(path):
    code = cells(path, "code")[1:]  # after the one that installs the package
    assert len(ast.parse("".join(code[0]["source"])).body) <= 12
    for lines in map(lines_of, visible(path)):
        assert len(lines) <= 22, lines[0]


def form_faults(path):
    """What keeps a chapter from the form: ideas in view, evidence one click away."""
    faults = ["more than 34 cells"] if len(cells(path)) > 34 else []
    for cell in visible(path):
        lines, tree = lines_of(cell), ast.walk(ast.parse("".join(cell["source"])))
        names = {
            getattr(n.func, "id", getattr(n.func, "attr", "")) if isinstance(n, ast.Call) else type(n).__name__
            for n in tree
        }
        wrong = names & {"Assert", "JoinedStr", "format", "print"}
        if wrong or len(lines) > 12 or max(map(len, lines)) > 72:
            faults.append(f"{sorted(wrong)}, {len(lines)} lines, longest {max(map(len, lines))}: {lines[0]}")
    return faults


@each_chapter
def test_a_visible_cell_shows_one_idea_and_neither_checks_nor_prints(path):
    assert form_faults(path) == []


@each_notebook
def test_a_check_says_its_claim_in_words(path):
    for cell in cells(path, "code"):
        if purpose(cell) == "check":
            source = "".join(cell["source"])
            said = prompt(cell).removeprefix("✓ checked: ")
            assert 15 <= len(said) <= 125, said
            assert not said.endswith("."), said
            assert all(len(line) <= 84 for line in source.splitlines() if line.startswith("#")), said  # a page's width
            assert re.search(r"^\s*assert ", source, re.MULTILINE), said


def test_no_two_checks_share_an_anchor_or_a_claim():
    found = [check for path in NOTEBOOKS for check in checks(json.loads(path.read_text()))]
    for same in zip(*found, strict=True):
        assert len(set(same)) == len(same)


@each_chapter
def test_every_question_is_answered_by_a_cell(path):
    asked = re.findall(r"^:::\{predict\} (\S+)$", text(path, "markdown"), re.MULTILINE)
    assert len(asked) >= 2
    assert sorted(re.findall(r'\banswer\(\s*"([^"]+)"', text(path, "code"))) == sorted(asked)
    assert all(name.startswith(path.stem[:2]) for name in asked)


@each_notebook
def test_a_notebook_begins_with_the_cell_that_installs_the_package(path):
    first = cells(path, "code")[0]
    assert "".join(first["source"]) == install_cell(path.stem)
    assert first["metadata"]["tags"] == ["remove-cell"]  # the pages have no use for it


@each_notebook
def test_a_notebook_imports_only_what_a_reader_has(path):
    code = "\n\n".join("".join(c["source"]) for c in cells(path, "code")[1:])
    found = set(re.findall(r"^(?:from|import) (\w+)", code, re.MULTILINE))
    more = {"joblib", "distributed", "tempfile", "time", "os"} if path.stem == "run_it_bigger" else set()
    known = {"supertoy", "torch", "matplotlib", "numpy", "pandas", "random", "collections", "math", "scipy", "sklearn"}
    assert found <= known | more


FIGURES = {
    "mathematics": 6,
    "intro": 7,
    "basic": 7,
    "large": 7,
    "phase 2→1": 8,
    "phase 3→2": 8,
    "D* and D_i": 9,
    "W ⊥ 1": 9,
    "one odd feature": 10,
    "correlated, anticorrelated": 10,
    "local almost-orthogonal bases": 10,
    "collapse": 10,
    "energy levels": 11,
    "geometric learning": 11,
    "adversarial": 12,
    "privileged basis": 13,
    "|x|": 14,
    "asymmetric motif": 14,
    "bound": 14,
    "memorisation": 15,
    "dictionary learning": 16,
}


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_of_the_paper_has_a_claim_and_a_computed_verdict(figure):
    path = next(p for p in NOTEBOOKS if f'verdict("{figure}"' in text(p, "code"))
    chapter = re.search(r"\d+", path.stem)  # a page beside a chapter has no number
    assert chapter is None or int(chapter[0]) == FIGURES[figure]
    assert not re.search(rf'verdict\("{re.escape(figure)}",\s*(?:True|False)\b', text(path, "code"))  # a rule says it
    assert text(path, "markdown").count("> **The paper's claim.**") == len(
        re.findall(r'\bverdict\(\s*"', text(path, "code"))
    )


@each_notebook
def test_no_cell_holds_a_stray_control_character(path):
    for cell in cells(path):
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", "".join(cell["source"]))  # a \t that was meant as \top


@each_notebook
def test_cell_ids_are_unique_and_links_point_to_files(path):
    ids = [c["id"] for c in cells(path)]
    assert len(set(ids)) == len(ids)
    for target in re.findall(r"\]\(([\w./-]+\.(?:ipynb|md))\)", text(path, "markdown")):
        assert (path.parent / target).exists(), target


def test_every_chapter_and_page_is_in_the_table_of_contents():
    toc = yaml.safe_load((BOOK.parent / "_toc.yml").read_text())
    chapters = [c for part in toc["parts"] for c in part["chapters"]]
    listed = {toc["root"]} | {c["file"] for chapter in chapters for c in [chapter, *chapter.get("sections", [])]}
    pages = {p.relative_to(BOOK.parent).with_suffix("").as_posix() for p in [*NOTEBOOKS, *BOOK.glob("*.md")]}
    assert listed == pages
    for part in toc["parts"]:  # chapters, and the evidence for them, in the order of their numbers
        numbered = [c["file"] for c in part["chapters"] if re.search(r"/(evidence_)?\d\d", c["file"])]
        assert numbered == sorted(numbered)


def test_every_citation_is_in_the_bibliography_and_used():
    cited = {
        key.strip()
        for path in [*NOTEBOOKS, *BOOK.glob("*.md")]
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", path.read_text())
        for key in keys.split(",")
    }
    known = set(re.findall(r"^@\w+\{(\w+),", (BOOK / "references.bib").read_text(), re.MULTILINE))
    assert cited <= known
    assert known - cited == set()


def glossary_terms():
    """The terms of each entry: an entry is one line or more at the margin, then its indented definition."""
    source = re.search(r"```\{glossary\}\n(.*?)```", (BOOK / "glossary.md").read_text(), re.DOTALL).group(1)
    return [entry.splitlines() for entry in re.findall(r"(?:^\S.*\n)+", source, re.MULTILINE)]


def terms_used(path):
    roles = re.findall(r"\{term\}`([^`]+)`", text(path, "markdown"))
    return [re.sub(r"^.*<(.+)>$", r"\1", role, flags=re.DOTALL) for role in roles]


def test_every_term_of_the_text_is_in_the_glossary_and_every_entry_is_met_in_a_chapter():
    entries = glossary_terms()
    known = {term for entry in entries for term in entry}
    used = {term for path in CHAPTERS for term in terms_used(path)}
    assert used - known == set()
    assert [entry for entry in entries if not used & set(entry)] == []


@each_chapter
def test_a_chapter_marks_a_few_terms_once_each_and_none_in_a_heading(path):
    used = terms_used(path)
    assert 4 <= len(used) <= 12
    assert len(set(used)) == len(used)
    assert not re.search(r"^#.*\{term\}", text(path, "markdown"), re.MULTILINE)


def test_the_glossary_is_in_order_and_every_entry_says_where_its_term_is_met():
    entries = glossary_terms()
    assert len(entries) >= 40
    first = [entry[0].lower() for entry in entries]
    assert first == sorted(first)
    definitions = re.findall(r"^  \S.*$", (BOOK / "glossary.md").read_text(), re.MULTILINE)
    assert len(definitions) == len(entries)
    for definition in definitions:
        number, chapter = re.search(r"See \[chapter (\d+)\]\((\d+)_\w+\.ipynb\)\.$", definition).groups()
        assert int(number) == int(chapter)


@pytest.mark.parametrize("page", ["README.md", "book/api.md", "book/how_the_code_reads.md"])
@pytest.mark.usefixtures("unchecked")
def test_the_examples_on_a_page_run(page, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    blocks = re.findall(r"^```python\n(.*?)^```", (BOOK.parent / page).read_text(), re.DOTALL | re.MULTILINE)
    assert blocks
    exec("\n".join(blocks), {"__name__": page})


def test_no_two_figures_have_one_name():
    names = [c["metadata"].get("mystnb", {}).get("figure", {}).get("name") for p in NOTEBOOKS for c in cells(p, "code")]
    named = [name for name in names if name]
    assert len(set(named)) == len(named)
