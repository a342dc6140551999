"""Every page, as a reader meets it."""

import json
import re

import pytest
from conftest import HTML, PAGES

CHAPTERS = [p for p in PAGES if re.match(r"book/\d\d_", p)]
each_page = pytest.mark.parametrize("name", PAGES)


def test_the_pages_were_built():
    assert "index.html" in PAGES
    assert len(CHAPTERS) >= 11


def test_the_front_door_leads_to_the_book(open_page):
    page, _, _ = open_page("index.html")
    page.wait_for_url("**/book/index.html")
    assert "Superposition" in page.title()


@each_page
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_page_opens_without_errors_and_asks_nobody_else(name, scheme, visit):
    seen = visit(name, scheme=scheme)
    assert seen.errors == []
    assert seen.foreign == []
    assert seen.page.title()


@each_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_fits_a_phone_in_both_themes(name, theme, visit):
    seen = visit(name, theme=theme, width=390)
    assert seen.page.evaluate("document.documentElement.dataset.theme") == theme
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert seen.errors == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_take_the_pages_ink_and_say_what_they_show(name, visit):
    inks = []
    for theme in ("light", "dark"):
        page = visit(name, theme=theme).page
        figures = page.locator("svg.figure-svg:not(.figure-panel)")
        assert figures.count() >= 3
        for i in range(figures.count()):
            figure = figures.nth(i)
            captioned = figure.evaluate("f => !!f.closest('figure')")
            assert not captioned or len(figure.get_attribute("aria-label")) > 60
        inks.append(figures.first.evaluate("f => getComputedStyle(f).color"))
        page_colour = page.evaluate("getComputedStyle(document.body).color")
        assert inks[-1] == page_colour
    assert inks[0] != inks[1]


def formulas_in_source(name):
    """How many formulas a chapter's text and captions have."""
    cells = json.loads((HTML.parents[1] / name).with_suffix(".ipynb").read_text())["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    texts += [c["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "") for c in cells]
    without_code = re.sub(r"`[^`]*`", "", "\n\n".join(texts))
    return len(re.findall(r"\$\$.*?\$\$|\$[^$]+\$", without_code, re.DOTALL))


@pytest.mark.parametrize("name", CHAPTERS)
def test_mathematics_is_typeset_and_code_has_outputs(name, visit):
    page = visit(name).page
    formulas = page.locator(".katex")
    assert formulas.count() == formulas_in_source(name) > 0
    assert page.locator(".katex math annotation").count() == formulas.count()  # what a screen reader reads
    assert formulas.first.evaluate("f => document.fonts.check('16px KaTeX_Math') && f.offsetHeight > 0")
    assert page.locator("div.cell_output").count() >= 10
    assert "Traceback" not in page.content()


@pytest.mark.parametrize("name", CHAPTERS)
def test_solutions_are_folded_and_open_with_the_keyboard(name, visit):
    page = visit(name).page
    solutions = page.locator("details", has_text="Show the solution")
    assert solutions.count() == 3
    first = solutions.first
    assert first.get_attribute("open") is None
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.get_attribute("open") is not None
    page.keyboard.press("Enter")


@each_page
def test_ids_are_unique_on_every_page(name, visit):
    twice = visit(name).page.evaluate(
        "() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
        " return ids.filter((id, i) => ids.indexOf(id) !== i) }"
    )
    assert twice == [], name


def test_no_page_names_a_machine_path():
    for path in HTML.rglob("*.html"):
        assert "site-packages" not in path.read_text(), path
