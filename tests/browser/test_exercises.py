"""The page of all exercises, and the line under a chapter's title."""

import re

import pytest
from conftest import HTML, PAGES

CHAPTERS = [p for p in PAGES if re.match(r"book/\d\d_", p)]


def test_the_page_lists_three_exercises_of_each_chapter_and_every_link_arrives():
    page = (HTML / "book/exercises.html").read_text()
    links = re.findall(r'<strong><a class="[^"]+" href="([\w.]+)#(exercise-(\d+)-\d)">.*?</strong> \((\w+)\)', page)
    assert [level for *_, level in links] == ["easy", "medium", "hard"] * len(CHAPTERS)
    for chapter, anchor, number, _ in links:
        assert chapter.startswith(f"{int(number):02d}_")
        assert (HTML / "book" / chapter).read_text().count(f'id="{anchor}"') == 1


def test_a_link_leads_to_the_exercise_and_its_mathematics_is_typeset(open_page):
    page, errors, _ = open_page("book/exercises.html")
    page.wait_for_selector("mjx-container, .katex", timeout=10_000)
    assert page.locator("mjx-merror, .katex-error").count() == 0
    assert r"\(" not in page.locator("article").inner_text()
    page.get_by_role("link", name="Exercise 8.2").click()
    page.wait_for_url("**/08_draw_the_phase_diagram.html#exercise-8-2")
    exercise = page.locator("#exercise-8-2")
    assert exercise.inner_text().startswith("Exercise 8.2 (medium)")
    exercise.wait_for(state="visible")
    page.wait_for_function("document.getElementById('exercise-8-2').getBoundingClientRect().top < innerHeight")
    assert errors == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_under_its_title_a_chapter_says_how_long_it_takes_to_read(name):
    page = (HTML / name).read_text()
    minutes = re.search(r'</h1>\s*<p class="reading-time">About (\d+) minutes to read · ', page).group(1)
    assert 10 <= int(minutes) <= 60
    assert page.count('class="reading-time"') == 1
    assert re.search(r'href="#exercises">3 exercises</a><span class="run-line"> · run it: ', page)
