"""The build writes what changed, reads again what it must, says why a chapter runs, and waits for another build."""

import json
import subprocess
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

import build
import execution
import finishing
import lean_fonts
import mends
import pytest
from alone import alone
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parent.parent


PAGES = {"05": "05_pack_more_features.ipynb", "5": "05_pack_more_features.ipynb", "11": "11_follow_training.ipynb"}
PAGES |= {"glossary": "glossary.md", "run_it_bigger": "run_it_bigger.ipynb", "04_add_a_relu": "04_add_a_relu.ipynb"}


@pytest.mark.parametrize(("name", "page"), PAGES.items())
def test_a_page_is_named_by_its_chapters_number_or_its_own_name(name, page):
    assert build.named_page(name).name == page


@pytest.mark.parametrize("name", ["", "0", "99", "glossary.md", "_config"])
def test_a_page_that_there_is_not_is_refused_with_the_list_of_pages(name):
    with pytest.raises(SystemExit, match=rf"page must be a chapter's number or one of .*glossary.*, got {name!r}"):
        build.named_page(name)


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book of two pages, one of them a chapter that has run, laid out in a folder of its own."""
    for name, text in {"book/a.md": "# A", "_toc.yml": "", "CITATION.cff": "", "_config.yml": "a: 1"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    code = {"cell_type": "code", "metadata": {}, "source": ["1 + 1"], "outputs": [], "execution_count": None}
    chapter = tmp_path / "book" / "01_a.ipynb"
    chapter.write_text(json.dumps({"cells": [code], "metadata": {}}))
    for module in (build, execution):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "WORK", tmp_path / ".work")
    monkeypatch.setattr(execution, "EXECUTED", tmp_path / ".work" / "executed")
    monkeypatch.setattr(build, "BOOK", tmp_path / "book")
    monkeypatch.setattr(build, "SOURCE", tmp_path / ".work" / "source")
    monkeypatch.setattr(build, "PAGES", tmp_path / ".work" / "pages")
    monkeypatch.setattr(build, "assets", dict)
    monkeypatch.setattr(build, "fixed_inputs", list)
    ran(chapter)
    return tmp_path


def ran(chapter):
    """Leave the executed copy that a run would leave."""
    execution.state.cache_clear()
    notebook = json.loads(chapter.read_text())
    notebook["cells"][0] |= {"outputs": [{"name": "out"}], "execution_count": 1}
    notebook["metadata"]["supertoy_parts"] = execution.state(chapter)
    copy = execution.executed_copy(chapter)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(json.dumps(notebook))


def lay_out(book):
    execution.state.cache_clear()
    return {str(path.relative_to(build.SOURCE)) for path in build.lay_out([book / "book" / "01_a.ipynb"])}


def test_only_what_changed_is_laid_out_again_and_what_is_gone_goes(book):
    assert lay_out(book) == {"book/a.md", "book/01_a.ipynb", "_toc.yml", "CITATION.cff", "_config.yml"}
    assert lay_out(book) == set()
    (book / "book" / "a.md").write_text("# B")
    assert lay_out(book) == {"book/a.md"}
    (book / "book" / "a.md").unlink()
    assert lay_out(book) == set()
    assert not (build.SOURCE / "book" / "a.md").exists()


def test_a_chapter_is_laid_out_with_its_outputs_and_stays_so_until_it_has_run_again(book):
    lay_out(book)
    laid_out = build.SOURCE / "book" / "01_a.ipynb"
    assert json.loads(laid_out.read_text())["cells"][0]["outputs"] == [{"name": "out"}]
    chapter = book / "book" / "01_a.ipynb"
    notebook = json.loads(chapter.read_text())
    notebook["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": ["Words."]})
    chapter.write_text(json.dumps(notebook))
    assert lay_out(book) == {"book/01_a.ipynb"}
    assert json.loads(laid_out.read_text())["cells"][1]["outputs"] == [{"name": "out"}]
    notebook["cells"][1]["source"] = ["1 + 2"]
    chapter.write_text(json.dumps(notebook))
    assert lay_out(book) == set()
    assert execution.reason(chapter) == "its code changed"


def test_what_was_warned_of_is_read_again_and_all_of_it_after_a_build_that_was_broken_off(book, monkeypatch):
    seen = []

    def sphinx(*pages):
        (build.PAGES / "html").mkdir(parents=True, exist_ok=True)
        (build.PAGES / "html" / "genindex.html").touch()
        seen.append((pages, (build.PAGES / "doctrees").exists(), (build.SOURCE / "book" / "a.md").stat().st_mtime_ns))
        (build.PAGES / "doctrees").mkdir(exist_ok=True)
        if answers[-1] is None:
            raise KeyboardInterrupt
        return answers[-1]

    monkeypatch.setattr(build, "sphinx", sphinx)
    chapters, page = [book / "book" / "01_a.ipynb"], Path("a")
    for answers in ([True], [True], [False], [True]):
        (book / "book" / "a.md").write_text("# B" if answers == [False] else (book / "book" / "a.md").read_text())
        assert build.build_pages(chapters, page) == answers[-1]
    assert [pages for pages, *_ in seen] == [(), (page,), (page,), (page,)]  # the first time all of them
    assert [kept for _, kept, _ in seen] == [False, True, True, True]
    first, second, warned, after = (when for *_, when in seen)
    assert first == second < warned < after
    answers = [None]
    with pytest.raises(KeyboardInterrupt):
        build.build_pages(chapters)
    for answers in ([False], [True], [True]):  # a warning while all are read for the first time
        assert build.build_pages(chapters) == answers[-1]
    assert [kept for _, kept, _ in seen[4:]] == [True, False, False, True]


def test_every_page_is_read_again_when_what_all_depend_on_has_changed(book, monkeypatch):
    monkeypatch.setattr(build, "sphinx", lambda *pages: (build.PAGES / "doctrees").mkdir(parents=True) is None)
    build.build_pages([])
    (book / "_config.yml").write_text("a: 2")
    build.build_pages([])  # the folder of what was read is new, or it could not be made


def test_a_change_of_prose_or_look_is_not_one_of_what_every_page_depends_on():
    fixed = {path.relative_to(ROOT).as_posix() for path in build.fixed_inputs()}
    assert {"_toc.yml", "_config.yml", "book/_ext/hover.py", "book/references.bib", "supertoy/model.py"} <= fixed
    assert not {"book/glossary.md", "book/static/book.css", "book/_templates/layout.html"} & fixed
    assert not any(name.endswith(".ipynb") for name in fixed)


def test_a_mend_that_finds_nothing_stops_the_build():
    found = Counter()
    assert mends.mend('<main class="a" role="main">', found) == '<main class="a">'
    assert found["main is a landmark by itself"] == 1
    with pytest.raises(SystemExit, match=r"nothing left to mend: .*logo"):
        finishing.mended({Path("a.html"): "<p>"})


def test_a_font_is_cut_once_for_the_same_characters(tmp_path, monkeypatch):
    source = next((ROOT / "node_modules" / "katex" / "dist" / "fonts").glob("KaTeX_Main-Bold.woff2"))
    calls = []
    lean = lean_fonts.lean
    monkeypatch.setattr(lean_fonts, "lean", lambda *given: calls.append(given) or lean(*given))
    for characters in ({"a"}, {"a"}, {"b"}):
        font = tmp_path / "font.woff2"
        font.write_bytes(source.read_bytes())
        lean_fonts.leaner(font, characters, tmp_path)
        assert set(map(chr, TTFont(font).getBestCmap())) == characters
    assert len(calls) == 2


def test_a_second_build_says_that_it_waits_and_then_goes_on(tmp_path):
    lock = tmp_path / ".work" / "lock"
    code = f"from alone import alone; from pathlib import Path\nwith alone(Path({str(lock)!r})): print('in')"
    with alone(lock):
        second = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT / "tools", stdout=subprocess.PIPE, text=True)
        assert "waiting" in second.stdout.readline()
        time.sleep(0.1)
        assert second.poll() is None
    assert second.communicate()[0] == "in\n"
    for command, code in (("true", 0), ("false", 1)):
        done = subprocess.run([sys.executable, "alone.py", "tests/ready", command], cwd=ROOT / "tools")
        assert done.returncode == code


@pytest.mark.parametrize("tool", sorted(path.stem for path in (ROOT / "tools").glob("*.py")))
def test_every_tool_can_be_loaded(tool):
    assert import_module(tool).__doc__
