"""Questions wait for the reader, and give way to whoever asks, searches, prints or has no JavaScript."""

import json
import re

import pytest
from conftest import HTML, PAGES

ASKING = [p for p in PAGES if 'class="predict"' in (HTML / p).read_text()]
KINDS = sorted({k for p in ASKING for k in re.findall(r'data-kind="(\w+)"', (HTML / p).read_text())})
each_page = pytest.mark.parametrize("name", ASKING)
HIDDEN = "() => document.querySelectorAll('[hidden=until-found]').length"


@each_page
def test_answers_wait_and_one_switch_shows_them_all(name, open_page):
    page, errors, _ = open_page(name, answers=False)
    boxes = page.locator(".predict")
    assert page.evaluate(HIDDEN) >= boxes.count() >= 1
    page.get_by_role("button", name="Show all answers").click()
    assert page.evaluate(HIDDEN) == 0
    assert page.locator(".predict-result:not(:empty)").count() == boxes.count()
    assert page.get_by_role("button", name="Commit").count() == 0
    assert errors == []


def first(kind):
    """A page with a question of a kind, and where it stands there."""
    for name in ASKING:
        kinds = re.findall(r'data-kind="(\w+)"', (HTML / name).read_text())
        if kind in kinds:
            return name, kinds.index(kind)
    raise LookupError(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_readers_own_answer_stands_beside_the_books_by_keyboard_alone(kind, open_page):
    name, place = first(kind)
    page, errors, _ = open_page(name, answers=False)
    box = page.locator(".predict").nth(place)
    before = page.evaluate(HIDDEN)
    if kind != "order":  # any order is an answer
        box.get_by_role("button", name="Commit").press("Enter")
        assert box.locator(".predict-result").inner_text() == "Answer first, or ask for it."
    answer = json.loads(box.get_attribute("data-answer"))
    if kind == "number":
        box.locator("input").press_sequentially("0,123")
        box.locator("input").press("Enter")
        assert box.locator(".predict-result").inner_text().startswith("You said 0.123")
    elif kind == "choice":
        box.locator("input").nth(int(answer[0]) - 1).press("Space")
        box.get_by_role("button", name="Commit").press("Enter")
        assert box.locator(".predict-result").inner_text() == "So it is."
    elif kind == "order":
        box.get_by_role("button", name="Move down").first.press("Enter")
        box.get_by_role("button", name="Commit").press("Enter")
        assert re.search(r"\d of \d were in their place", box.locator(".predict-result").inner_text())
    else:
        dot = box.get_by_role("slider").first
        low = dot.get_attribute("aria-valuenow")
        dot.press("ArrowUp")
        assert dot.get_attribute("aria-valuenow") != low
        box.get_by_role("button", name="Commit").press("Enter")
        assert box.locator(".predict-true").count() == 1
    assert page.evaluate(HIDDEN) < before
    assert errors == []


def test_a_link_into_what_waits_opens_it(open_page):
    name = ASKING[0]
    target = re.search(r'id="(check-[\w-]+)"', (HTML / name).read_text())[1]
    page, errors, _ = open_page(f"{name}#{target}", answers=False)
    assert page.locator(f"#{target}").is_visible()
    assert errors == []


def test_without_scripts_and_on_paper_all_is_there(new_page, addresses):
    page = new_page(java_script_enabled=False)
    page.goto(f"{addresses['http']}/{ASKING[0]}")
    assert page.locator("[hidden=until-found]").count() == 0
    assert page.locator(".predict").first.inner_text().startswith("Predict.")
    page = new_page()
    page.goto(f"{addresses['http']}/{ASKING[0]}")
    page.emulate_media(media="print")
    hidden = page.locator("[hidden=until-found]").first
    assert hidden.evaluate("e => getComputedStyle(e).contentVisibility") == "visible"
