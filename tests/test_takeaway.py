"""What leaves the book: citations, descriptions, the map of the site, zips and the page that offers them."""

import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import downloads
import pytest
import yaml
from _ext import sharing, take_away
from docutils import nodes
from PIL import Image
from pybtex.database import parse_string

ROOT = Path(__file__).parent.parent
CFF = yaml.safe_load((ROOT / "CITATION.cff").read_text())
SITE = "https://example.org/book/"


def test_the_citation_file_is_complete_and_agrees_with_the_package():
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{CFF["version"]}"' in project
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert CFF["title"] == config["title"]
    assert ", ".join(take_away.authors(CFF)) == config["author"]
    assert CFF["cff-version"] == "1.2.0"
    assert CFF["date-released"].isoformat() > "2026"
    assert len(" ".join(CFF["abstract"].split())) > 100
    assert {"message", "authors", "license", "keywords", "type"} <= CFF.keys()


@pytest.mark.parametrize("address", ["", SITE])
def test_bibtex_parses_and_agrees_with_the_citation_file(address):
    entry = parse_string(take_away.bibtex(CFF, address), "bibtex").entries["supertoy2026"]
    assert [str(p) for p in entry.persons["author"]] == ["{the supertoy authors}"]
    assert entry.fields["title"].strip("{}") == CFF["title"]
    assert entry.fields["year"] == str(CFF["date-released"].year)
    assert CFF["version"] in entry.fields["note"]
    assert entry.fields.get("url", "") == address


def test_the_plain_citation_says_the_same():
    text = take_away.plain(CFF, SITE)
    assert text.endswith(f" {SITE}")
    for part in (CFF["title"], CFF["version"], str(CFF["date-released"].year), "supertoy authors"):
        assert part in text


def test_a_description_leaves_out_mathematics_and_ends_with_a_sentence():
    section = nodes.section()
    paragraph = nodes.paragraph()
    paragraph += [nodes.Text("A layer has "), nodes.math("", "m"), nodes.Text(" numbers. The loss is ")]
    paragraph += [
        nodes.math("", r"\frac{1}{n}"),
        nodes.Text(" at best. What is the least that it can lose in the end?"),
    ]
    section += paragraph
    found = sharing.paragraphs(section)
    assert sharing.describe(found) == "A layer has m numbers. What is the least that it can lose in the end?"


def test_a_description_goes_on_until_it_is_long_enough_and_is_never_too_long():
    assert sharing.describe(
        ["Short.", "This second paragraph says what the first was too short to say, and more."]
    ) == ("Short. This second paragraph says what the first was too short to say, and more.")
    cut = sharing.describe(["word " * 100 + "end."])
    assert 100 < len(cut) <= sharing.MOST
    assert cut.endswith("word…")
    whole = "One sentence of some sixty characters, to fill the line well. "
    assert sharing.describe([whole * 4]) == (whole * 2).strip()


def test_addresses_stand_in_tags_only_where_the_site_has_one():
    given = {"book": "The book", "address": "book/a.html"}
    without = sharing.tags('A "title" & more', "What it says.", site="", **given)
    assert "http" not in without
    assert "og:url" not in without
    assert "og:image" not in without
    assert 'content="A &quot;title&quot; &amp; more"' in without
    stamped = sharing.tags("A title", "What it says.", site=SITE, **given)
    assert f'<meta property="og:url" content="{SITE}book/a.html">' in stamped
    assert f'<meta property="og:image" content="{SITE}_static/card.png">' in stamped


def test_the_card_says_the_title_of_the_book():
    title = yaml.safe_load((ROOT / "_config.yml").read_text())["title"]
    with Image.open(ROOT / "book" / "static" / "card.png") as card:
        assert card.info["Title"] == title, "the title has changed: run tools/card.py"


def test_the_map_of_the_site_is_xml_with_every_page():
    pages = [f"{SITE}book/a.html", f"{SITE}book/b.html?x&y"]
    tree = ET.fromstring(sharing.site_map(pages).encode())
    assert [loc.text for loc in tree.iter() if loc.tag.endswith("}loc")] == pages


@pytest.fixture
def built(tmp_path):
    html = tmp_path / "html"
    (html / "book").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text("{}")
    (html / "index.html").write_text("<p>front</p>")
    (html / downloads.PAGE).write_text(f"<div>{take_away.BEGIN}nothing{take_away.END}</div>")
    return tmp_path


def test_the_same_pages_give_the_same_zip(built):
    downloads.finish(built)
    first = (built / "html" / downloads.BOOK_ZIP).read_bytes()
    (built / "html" / "index.html").touch()
    downloads.finish(built)
    assert (built / "html" / downloads.BOOK_ZIP).read_bytes() == first
    with zipfile.ZipFile(built / "html" / downloads.BOOK_ZIP) as archive:
        names = archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert {n.removeprefix(f"{downloads.FOLDER}/") for n in names} == {"index.html", downloads.PAGE, "notebooks.zip"}


def test_the_page_offers_what_there_is_and_says_what_there_is_not(built):
    downloads.finish(built)
    page = (built / "html" / downloads.PAGE).read_text()
    assert "../superposition-book.zip" in page
    assert "../notebooks.zip" in page
    assert "../superposition.pdf" not in page
    assert "make pdf" in page
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(100, 100)
    writer.write(built / downloads.PDF)
    downloads.finish(built)
    page = (built / "html" / downloads.PAGE).read_text()
    assert "../superposition.pdf" in page
    assert "3 pages" in page
    assert "make pdf" not in page
    with zipfile.ZipFile(built / "html" / downloads.BOOK_ZIP) as archive:
        inside = archive.read(f"{downloads.FOLDER}/{downloads.PAGE}").decode()
        assert f"{downloads.FOLDER}/{downloads.PDF}" not in archive.namelist()
    assert "superposition-book.zip" not in inside
    assert "superposition.pdf" not in inside


def test_notebooks_are_offered_only_where_they_are(built):
    (built / "notebooks" / "a.ipynb").unlink()
    downloads.finish(built)
    assert "notebooks.zip" not in (built / "html" / downloads.PAGE).read_text()
