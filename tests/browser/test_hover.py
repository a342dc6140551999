"""The cards of terms and citations: by mouse, by keyboard, by touch, and without any of it."""

import re

import pytest
from conftest import AXE, HTML, PAGES

CHAPTERS = [p for p in PAGES if re.match(r"book/\d\d_", p)]
CHAPTER = next(p for p in CHAPTERS if p.startswith("book/09_"))
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TERM = "article a.reference:has(> .std-term)"
CITATION = "article .bibtex-citation > a.reference"
LINKED = 'article a.reference[href="glossary.html#term-projector"]'  # its entry ends in a way to chapter 3
OPEN = "article :not(.hover-cards) > .hover-card"

# Rectangles of the open card, of each line of its link, and of the page; and whether the card is on top at its corners.
WHERE = """card => {
    const box = (r) => [r.left, r.top, r.right, r.bottom];
    const own = card.getBoundingClientRect();
    const corners = [own.left + 3, own.right - 3].flatMap((x) => [[x, own.top + 3], [x, own.bottom - 3]]);
    return {
        card: box(own),
        lines: [...card.previousElementSibling.getClientRects()].map(box),
        window: [0, 0, document.documentElement.clientWidth, window.innerHeight],
        on_top: corners.every(([x, y]) => card.contains(document.elementFromPoint(x, y))),
    };
}"""


@pytest.fixture
def chapter(open_page):
    """The chapter on geometry, with a term that has mathematics in its card, in the middle of the window."""

    def open_(selector=TERM, at=0, **context):
        page, errors, _ = open_page(CHAPTER, **context)
        link = page.locator(selector).nth(at)
        link.evaluate("e => e.scrollIntoView({block: 'center', behavior: 'instant'})")
        return page, link, errors

    return open_


def opened(page):
    """The one card that is open, once it is."""
    card = page.locator(OPEN)
    card.wait_for(state="visible", timeout=3000)
    assert card.count() == 1
    return card


def stays_open(page, ms=900):
    page.wait_for_timeout(ms)
    return page.locator(OPEN).count() == 1


def closed(page):
    page.locator(OPEN).wait_for(state="detached", timeout=3000)
    assert page.locator(".hover-card:visible").count() == 0
    return True


def test_pointing_at_a_term_shows_its_entry_and_leaving_hides_it(chapter):
    page, term, errors = chapter()
    assert page.locator(".hover-card:visible").count() == 0
    term.hover()
    card = opened(page)
    assert "polytope" in card.locator(".hover-title").inner_text()
    assert len(card.inner_text()) > 80
    page.mouse.move(5, 5)
    assert closed(page)
    assert errors == []


def test_passing_over_a_term_shows_nothing(chapter):
    page, term, _ = chapter()
    page.evaluate("""() => {
        window.changes = 0;
        const watch = new MutationObserver(() => { window.changes += 1; });
        watch.observe(document.querySelector(".hover-cards"), {childList: true});
    }""")
    point = "(e, type) => e.dispatchEvent(new PointerEvent(type, {pointerType: 'mouse'}))"
    term.evaluate(f"""e => {{
        const point = {point};
        point(e, "pointerenter");
        setTimeout(() => point(e, "pointerleave"), 50);
    }}""")
    page.wait_for_timeout(700)
    assert page.evaluate("window.changes") == 0
    term.evaluate(point, "pointerenter")
    opened(page)
    assert page.evaluate("window.changes") > 0


def test_the_pointer_may_move_into_the_card_and_follow_its_link(chapter):
    page, term, _ = chapter(LINKED)
    term.hover()
    card = opened(page)
    link = card.locator("a").first
    box = link.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)
    assert stays_open(page)
    link.click()
    page.wait_for_url("**/03_build_the_linear_toy.html")


def test_escape_closes_the_card_under_a_pointer_that_has_not_moved(chapter):
    page, term, _ = chapter()
    term.hover()
    opened(page)
    page.keyboard.press("Escape")
    assert closed(page)
    page.wait_for_timeout(500)
    assert page.locator(OPEN).count() == 0


def test_with_the_keyboard_focus_opens_the_card_tab_enters_it_and_leaves_it(chapter):
    page, term, _ = chapter(LINKED)
    term.focus()
    name = opened(page).get_attribute("id")
    card = page.locator(f"#{name}")
    assert term.get_attribute("aria-describedby") == name
    page.keyboard.press("Tab")
    assert card.evaluate("c => c.contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    assert term.evaluate("t => t === document.activeElement")
    assert stays_open(page, 500)
    for _ in range(card.locator("a, [tabindex='0']").count() + 1):
        page.keyboard.press("Tab")
    assert not card.evaluate("c => c.contains(document.activeElement)")
    assert not card.is_visible()


def test_escape_in_the_card_returns_to_the_term_and_keeps_the_card_closed(chapter):
    page, term, _ = chapter(LINKED)
    term.focus()
    opened(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert closed(page)
    assert term.evaluate("t => t === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-*")


def test_a_mouse_click_follows_the_link_at_once(chapter):
    page, term, _ = chapter()
    term.click()
    page.wait_for_url("**/glossary.html#term-polytope")
    assert page.locator("dt#term-polytope").count() == 1


def test_the_first_tap_shows_the_card_and_the_second_follows_the_link(chapter):
    page, term, errors = chapter(**PHONE)
    term.tap()
    opened(page)
    assert "glossary" not in page.url
    assert stays_open(page)
    page.locator("article p:visible").first.tap(position={"x": 2, "y": 2})
    assert closed(page)
    term.tap()
    opened(page)
    term.tap()
    page.wait_for_url("**/glossary.html#term-polytope")
    assert errors == []


def test_another_term_takes_over(chapter):
    page, term, _ = chapter(at=2)
    term.hover()
    first = opened(page).get_attribute("id")
    page.locator(TERM).nth(3).evaluate(
        "e => e.dispatchEvent(new PointerEvent('pointerenter', {pointerType: 'mouse'}))"
    )  # the next term, before the first card has closed
    page.wait_for_function("first => !document.querySelector('p > .hover-card#' + first)", arg=first)
    assert opened(page).get_attribute("id") != first


def test_a_citation_shows_its_full_reference(chapter):
    page, _, _ = chapter()
    target = page.locator(".hover-card", has_text="Toy models of superposition").first.get_attribute("data-for")
    citation = page.locator(f'{CITATION}[href="{target}"]').first
    citation.hover()
    card = opened(page)
    assert "Toy models of superposition" in card.inner_text()
    assert card.locator("a[href^='https://']").count() >= 1
    assert citation.get_attribute("title") is None  # no second box above the first


def test_it_works_from_a_file(chapter):
    page, term, errors = chapter(scheme="file")
    term.hover()
    opened(page)
    assert errors == []


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["wide", "phone"])
@pytest.mark.parametrize("block", ["start", "center", "end"])
def test_every_card_of_a_chapter_fits_the_window_and_leaves_its_word_free(size, block, open_page):
    page, _, _ = open_page(CHAPTER, viewport=size)
    links = page.locator(f"{TERM}, {CITATION}")
    assert links.count() >= 15
    for i in range(links.count()):
        link = links.nth(i)
        link.evaluate(f"e => e.scrollIntoView({{block: '{block}', behavior: 'instant'}})")
        page.evaluate("document.activeElement.blur()")
        link.evaluate("e => e.focus({focusVisible: true, preventScroll: true})")
        where = opened(page).evaluate(WHERE)
        left, top, right, bottom = where["card"]
        assert left >= 0
        assert right <= where["window"][2]
        above, below = where["lines"][0][1], where["window"][3] - where["lines"][-1][3]
        if max(above, below) > bottom - top + 15:  # there is room on one side
            assert top >= 0, where
            assert bottom <= where["window"][3], where
        if block == "center":  # elsewhere the page's bar may lie over it
            assert where["on_top"]
        assert any(  # beside its word, not somewhere
            left <= line[2] and right >= line[0] and (0 <= top - line[3] <= 8 or 0 <= line[1] - bottom <= 8)
            for line in where["lines"]
        ), where
        for line in where["lines"]:
            assert bottom <= line[1] + 1 or top >= line[3] - 1, (where, "covers its word")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_an_open_card(theme, chapter):
    for selector in (TERM, CITATION):
        page, link, _ = chapter(selector, color_scheme=theme)
        link.hover()
        opened(page)
        page.wait_for_timeout(300)  # let it fade in
        page.evaluate(AXE)
        found = page.evaluate(
            "() => axe.run({include: [['p:has(.hover-card)']]}, {resultTypes: ['violations', 'passes']})"
        )
        assert [v["id"] for v in found["violations"]] == []
        assert found["passes"]


def test_without_motion_the_card_is_there_at_once(chapter):
    page, term, _ = chapter(reduced_motion="reduce")
    term.hover()
    assert opened(page).evaluate("c => getComputedStyle(c).animationName") == "none"
    page, term, _ = chapter(reduced_motion="no-preference")
    term.hover()
    assert opened(page).evaluate("c => getComputedStyle(c).animationName") == "hover-card"


def test_cards_are_not_printed(chapter):
    page, term, _ = chapter()
    term.hover()
    card = opened(page)
    page.emulate_media(media="print")
    assert card.evaluate("c => getComputedStyle(c).display") == "none"
    assert page.locator(".hover-card:visible").count() == 0


def test_without_javascript_a_term_is_a_link_to_the_glossary(chapter):
    page, term, _ = chapter(java_script_enabled=False)
    term.hover()
    page.wait_for_timeout(500)
    assert page.locator(".hover-card:visible").count() == 0
    term.click()
    page.wait_for_url("**/glossary.html#term-polytope")


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_term_and_citation_of_a_chapter_has_a_card_and_the_cards_are_light(name, visit):
    page = visit(name).page
    assert page.locator(TERM).count() >= 4
    assert page.locator(f"{TERM}:not([aria-describedby])").count() == 0
    assert page.locator(f"{CITATION}:not([aria-describedby])").count() == 0
    described = page.locator("article a[aria-describedby]").evaluate_all(
        "links => links.map(a => document.getElementById(a.getAttribute('aria-describedby')))"
        ".map(card => card && card.classList.contains('hover-card') && card.textContent.trim().length)"
    )
    assert described
    assert all(length > 40 for length in described)
    source = (HTML / name).read_text()
    cards = source[source.index('<div class="hover-cards"') : source.index("</article>")]
    assert len(cards.encode()) < 9000
    here = name.rpartition("/")[2]
    assert f'href="{here}"' not in cards  # no card sends a reader to the page that they are on


def test_a_page_without_terms_loads_no_script():
    assert "hover.js" not in (HTML / "book/api.html").read_text()
    assert "hover.js" in (HTML / CHAPTER).read_text()
