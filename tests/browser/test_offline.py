"""The copy that a reader keeps, and what a search engine reads in every page."""

import html
import re
import zipfile

import pytest
from conftest import HTML, PAGES, watch
from links import broken

DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)"')


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The zip, unpacked in a folder whose name has a space."""
    folder = tmp_path_factory.mktemp("a reader's disk")
    with zipfile.ZipFile(HTML / "superposition-book.zip") as archive:
        archive.extractall(folder)
    return folder / "superposition-book"


def test_the_offline_copy_opens_from_a_disk_and_its_search_finds(copy, new_page):
    page = new_page()
    errors, _ = watch(page, "file:")
    page.goto((copy / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    page.goto(f"{(copy / 'search.html').as_uri()}?q=antipodal")
    page.wait_for_function("/Search finished/.test(document.querySelector('.search-summary')?.textContent)")
    page.locator("#search-results li a").first.click()
    page.wait_for_selector("article h1")
    assert "antipodal" in page.content()
    assert page.url.startswith("file:")
    assert errors == []


def test_no_link_in_the_offline_copy_or_on_the_site_is_broken(copy):
    for folder in (copy, HTML):
        assert {name: found for name in PAGES if (found := broken(folder / name))} == {}


def test_the_offline_copy_does_not_offer_itself(copy):
    assert "superposition-book.zip" not in (copy / "book" / "take_away.html").read_text()
    assert "superposition-book.zip" in (HTML / "book" / "take_away.html").read_text()


def test_every_page_has_a_description_of_its_own():
    found = {}
    for name in PAGES:
        texts = DESCRIPTION.findall((HTML / name).read_text(encoding="utf8"))
        assert len(texts) == 1, name
        text = html.unescape(texts[0])
        assert 50 <= len(text) <= 200, (name, text)
        assert not re.search(r"\\|\{|\$|``|\0", text), (name, text)
        found[name] = text
    assert found.pop("index.html") == found["book/index.html"]  # it only leads there
    assert len(set(found.values())) == len(found)


def test_tags_name_the_site_where_it_has_an_address_and_no_other():
    for name in PAGES:
        text = (HTML / name).read_text(encoding="utf8")
        canonical = re.search(r'<link rel="canonical" href="([^"]+)"', text)
        addresses = re.findall(r'<meta property="og:(?:url|image)" content="([^"]+)"', text)
        assert bool(canonical) == bool(addresses), name
        site = canonical[1].removesuffix("book/index.html" if name == "index.html" else name) if canonical else ""
        assert all(a.startswith(site) for a in addresses), name
        assert (HTML / "sitemap.xml").exists() == bool(canonical)


def test_the_card_is_a_picture_of_the_size_that_sites_ask_for():
    from PIL import Image

    with Image.open(HTML / "_static" / "card.png") as card:
        assert card.size == (1200, 630)
        assert len(card.convert("RGB").getcolors(100_000)) > 50


def test_the_citation_can_be_copied(open_page):
    page, errors, _ = open_page("book/take_away.html")
    assert "@misc{supertoy" in page.locator("div.highlight-bibtex").inner_text()
    assert page.locator("div.highlight-bibtex button.copybtn").count() == 1
    assert errors == []
