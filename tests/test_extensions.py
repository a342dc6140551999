"""The book's own Sphinx extensions, on a book of one chapter."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from _ext import chapters, hover

BOOK = Path(__file__).parents[1] / "book"
CONF = """
extensions = ["myst_nb", "sphinxcontrib.bibtex"]
extensions += ["_ext.cells", "_ext.chapters", "_ext.claims", "_ext.predict", "_ext.tables", "_ext.hover"]
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "dollarmath"]
bibtex_bibfiles = ["book/references.bib"]
html_theme = "basic"
"""
PAGES = {
    "index.md": "# A book\n\n```{toctree}\n:glob:\nbook/*\n```\n",
    "book/claims.md": "# Claims\n\n```{claims}\n```\n",
    "book/exercises.md": "# All of them\n\n```{exercises}\n```\n",
    "book/glossary.md": "# Words\n\n```{glossary}\nbias\n  It is $b_i$, `a<b`, no {term}`ring`. "
    "See [chapter 3](03_try_it.ipynb).\n\nring\ncircle\n  All of it. See [all](exercises.md).\n```\n",
    "book/references.md": "# Works\n\n```{bibliography}\n```\n",
    "book/references.bib": "@misc{who2020, title = {A title}, author = {Who, A.}, year = {2020}}\n",
}


def notebook(*cells):
    """Cells as (kind, source) or (kind, source, metadata)."""
    return {
        "cells": [
            {
                "cell_type": kind,
                "id": f"c{i}",
                "metadata": (more or [{}])[0],
                "source": source.splitlines(keepends=True),
                **({"outputs": [], "execution_count": None} if kind == "code" else {}),
            }
            for i, (kind, source, *more) in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


ASKED = """
:::{predict} 03-sum
:kind: number
:answer: 4
:tolerance: 0.1
What is the *sum*?
:::
"""
CHAPTER = notebook(
    ("markdown", "# Try it\n\nA {term}`bias`, a {term}`round thing <circle>`, a work {cite}`who2020`."),
    ("markdown", "## Exercises\n\n**Exercise 3.1** (easy). Find $x$, as on [the page](glossary.md).\n\nTwice."),
    ("code", "def check(answer): ...", {"tags": ["hide-input"]}),
    ("markdown", "**Exercise 3.2** (hard). Write `f`:\n\n$$\nf = 1\n$$"),
    ("markdown", ASKED),
    ("code", "# Two and two\n# are four\nassert 2 + 2 == 4", {"tags": ["check"]}),
    ("code", "verdict()", {"tags": ["verdict"]}),
    ("code", "frame"),
    ("markdown", "## Summary"),
)
FRAME = (
    '<div>\n<style scoped>\n td { color: red }\n</style>\n<table border="1" class="dataframe">\n<thead>\n'
    '<tr style="text-align: right;"><th></th><th>loss</th></tr>\n</thead>\n<tbody>\n'
    "<tr><th>pair</th><td>0.5</td></tr>\n</tbody>\n</table>\n</div>"
)
CHAPTER["cells"][5]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "answer 03-sum = 4.02\n"}]
CHAPTER["cells"][7]["outputs"] = [
    {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/html": FRAME}}
]


def build(source, out, chapter=CHAPTER):
    """Build a small book with warnings as errors."""
    (source / "book").mkdir()
    (source / "conf.py").write_text(CONF)
    for name, text in PAGES.items():
        (source / name).write_text(text)
    (source / "book" / "03_try_it.ipynb").write_text(json.dumps(chapter))
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html", str(source), str(out)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(BOOK)})


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Its pages."""
    out = tmp_path_factory.mktemp("out")
    ran = build(tmp_path_factory.mktemp("source"), out)
    assert ran.returncode == 0, ran.stderr
    return {p.stem: p.read_text() for p in out.rglob("*.html")}


def test_every_exercise_has_an_anchor_once(built):
    assert re.findall(r'<p id="(exercise-[\d-]+)"><strong>(Exercise [\d.]+)</strong>', built["03_try_it"]) == [
        ("exercise-3-1", "Exercise 3.1"),
        ("exercise-3-2", "Exercise 3.2"),
    ]
    assert built["03_try_it"].count("exercise-3-1") == 1


def test_the_page_of_exercises_has_their_texts_levels_and_ways_to_them(built):
    page = built["exercises"]
    assert "Chapter 3: Try it" in page
    assert re.findall(r'href="03_try_it.html#(exercise-[\d-]+)".*?</strong> \((\w+)\)', page) == [
        ("exercise-3-1", "easy"),
        ("exercise-3-2", "hard"),
    ]
    assert "Twice." in page
    assert 'href="glossary.html"' in page
    assert r"f = 1" in page
    assert "check(answer)" not in page
    assert "Summary" not in page


def test_a_chapter_says_how_long_it_takes_and_where_its_exercises_are(built):
    line = re.search(r'</h1>\s*<p class="reading-time">(.*?)</p>', built["03_try_it"]).group(1)
    assert line.startswith("About 5 minutes to read · ")
    assert re.search(r'href="#exercises">2 exercises</a>', line)
    assert 'id="exercises"' in built["03_try_it"]
    assert "reading-time" not in built["glossary"]


def test_a_page_carries_the_cards_that_it_needs_and_no_others(built):
    page = built["03_try_it"]
    pattern = r'<div class="hover-card" id="card-([\w-]+)" data-for="[^"]+">(.*?)</div>'
    cards = dict(re.findall(pattern, page, re.DOTALL))
    assert len(cards) == 3
    assert "ring, circle" in cards["term-circle"]
    assert 'href="exercises.html"' in cards["term-circle"]
    assert "b_i" in cards["term-bias"]
    assert "a&lt;b" in cards["term-bias"]
    assert 'href="glossary.html#term-ring"' in cards["term-bias"]
    assert "A title" in next(text for name, text in cards.items() if not name.startswith("term-"))
    assert set(re.findall(r'data-for="([^"]+)"', page)) <= set(re.findall(r'href="([^"]+)"', page))
    assert "hover.js" in page
    assert "hover-card" not in built["glossary"] + built["index"] + built["references"]


def test_a_card_does_not_send_readers_to_the_page_they_are_on(built):
    card = re.search(r'id="card-term-bias".*?</div>', built["03_try_it"], re.DOTALL).group()
    assert "chapter 3" not in card
    assert "See" not in card
    assert "chapter 3" in built["glossary"]


def test_words_are_counted_as_a_reader_would():
    assert chapters.words("Two words.") == 2
    assert chapters.words("It's the [next chapter](02_read.ipynb) – really.") == 5
    assert chapters.words("With $n = 2$ and `f(x)`:\n\n$$\na = b + c\n$$\n\nthere.") == 5
    assert chapters.words("") == 0


def test_reading_takes_longer_with_more_prose_code_or_equations_and_folded_code_is_free():
    prose = ("markdown", "# A\n\n" + "word " * 2000)
    code = "x = 1\n" * 75
    formula = ("markdown", "$$\nx\n$$\n\n" * 30)
    assert chapters.minutes(notebook(("markdown", "# A"))) == 5
    assert chapters.minutes(notebook(prose)) == 10
    assert chapters.minutes(notebook(prose, ("code", code))) == 15
    assert chapters.minutes(notebook(prose, ("code", code, {"tags": ["hide-input"]}))) == 10
    assert chapters.minutes(notebook(prose, formula)) == 15
    figure = {"tags": ["hide-input"], "mystnb": {"figure": {"caption": "word " * 1000}}}
    assert chapters.minutes(notebook(prose, ("code", code, figure))) == 15


def test_links_are_resolved_from_the_page_they_stand_on():
    assert hover.address("glossary.html#term-a", "book/03_try_it") == ("book/glossary", "term-a")
    assert hover.address("../book/glossary.html", "book/03_try_it") == ("book/glossary", "")
    assert hover.address("#here", "book/03_try_it") == ("book/03_try_it", "here")


def test_a_check_is_folded_behind_its_claim_and_the_page_of_claims_leads_to_it(built):
    page = built["03_try_it"]
    check = re.search(r'<div class="cell tag_check[^>]*>.*?</details>', page, re.DOTALL).group()
    assert 'id="check-c5"' in check
    assert "✓ checked: Two and two are four" in check
    assert "2</span>" in check.split("</summary>")[1]
    assert 'href="03_try_it.html#check-c5"' in built["claims"]
    assert "Two and two are four" in built["claims"]


def test_a_verdicts_rule_is_folded_and_a_table_says_what_heads_what(built):
    assert "Show the rule of this verdict" in built["03_try_it"]
    table = re.search(r"<table class=.dataframe.*?</table>", built["03_try_it"], re.DOTALL).group()
    assert table.count("<th") == table.count('<th scope="col">loss') + table.count('<th scope="row">pair') + 1
    assert not re.search(r"style|border=", table)


def test_a_question_carries_its_answer_for_the_script_and_is_a_paragraph_without_it(built):
    box = re.search(r'<div class="predict".*?</div>', built["03_try_it"], re.DOTALL).group()
    assert 'data-name="03-sum"' in box
    assert 'data-answer="[4.0]"' in box
    assert re.search(r"<p><strong>Predict\.</strong> What is the <em>sum</em>\?</p>", box)
    assert "predict.js" in built["03_try_it"]
    assert "predict.js" not in built["claims"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (":answer: 4", ":answer: 4.5", "the text gives [4.5], the chapter computed [4.02]"),
        ("03-sum", "03-other", "no cell says answer('03-other', …)"),
    ],
)
def test_the_build_stops_where_a_text_gives_another_answer_than_its_chapter(tmp_path, old, new, why):
    wrong = json.loads(json.dumps(CHAPTER))
    wrong["cells"][4]["source"] = ASKED.replace(old, new)
    (tmp_path / "source").mkdir()
    ran = build(tmp_path / "source", tmp_path / "out", wrong)
    assert ran.returncode != 0
    assert why in ran.stderr
