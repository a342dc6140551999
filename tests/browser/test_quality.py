"""Every page, as tools see it: accessibility, valid HTML, links that lead somewhere, and what a visit costs."""

import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from conftest import HTML, PAGES
from fontTools.ttLib import TTFont
from links import broken

TOOLS = Path(__file__).parents[1]
MOST_BYTES, MOST_REQUESTS = 1_500_000, 60
each_page = pytest.mark.parametrize("name", PAGES)

# What a figure's drawing is made of is no text, and a screen reader gets its label; axe would look at every line.
# A formula's looks are hidden from a screen reader, and have one colour: one letter stands for them.
# The way back to the top would lie over other words, wherever a page was scrolled to.
PREPARE = """() => {
  const drawn = document.querySelectorAll("svg[role=img], .katex-html");
  const whole = [...drawn].map((node) => [node, [...node.childNodes]]);
  const folded = document.querySelectorAll("details:not([open])");
  for (const [node] of whole) node.replaceChildren(...(node.matches("svg") ? [] : ["x"]));
  for (const details of folded) details.open = true;
  const back = document.querySelector("#pst-back-to-top")?.style ?? {};
  back.visibility = "hidden";
  window.restore = () => {
    for (const [node, parts] of whole) node.replaceChildren(...parts);
    for (const details of folded) details.open = false;
    back.visibility = "";
  };
}"""
# scrollable.js waits, and then measures piece by piece: until its marks have not changed for a while.
SETTLED = """async () => {
  const marks = () => document.querySelectorAll("[tabindex]").length;
  for (let seen = -1, same = 0; same < 5; ) {
    await new Promise((done) => setTimeout(done, 100));
    [seen, same] = seen === marks() ? [seen, same + 1] : [marks(), 0];
  }
}"""
FAULTS = """async (only) => {
  const found = await axe.run({resultTypes: ["violations"], ...(only && {runOnly: only})});
  const told = ({id, nodes}) => `${id} × ${nodes.length}: ${nodes[0].html.slice(0, 200)} (${nodes[0].failureSummary})`;
  return found.violations.map(told);
}"""
# The first font that the style asks for, and what is to be shown in it.
IN_FONTS = """() => {
  const shown = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const family = getComputedStyle(texts.currentNode.parentElement).fontFamily.split(",")[0];
    shown[family] = (shown[family] || "") + texts.currentNode.data;
  }
  return shown;
}"""
SANS, SERIF = "Source Sans 3 Variable", "Source Serif 4 Variable"
FONTS = HTML.parents[1] / "node_modules"  # as they came
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # what another theme can break


@each_page
def test_axe_finds_nothing_in_either_theme_on_a_desktop_nor_on_a_phone(name, visit):
    page = visit(name).page
    page.evaluate(PREPARE)
    for theme, width in [("light", 1280), ("light", 390), ("dark", 390), ("dark", 1280)]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        page.evaluate(SETTLED)
        if name != "index.html":  # the front door leads on, and has no theme
            assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert page.evaluate(FAULTS, None if theme == "light" else OF_COLOUR) == [], f"{name}, {theme}, {width} px"
    page.evaluate("restore()")


@pytest.mark.parametrize("name", ["book/glossary.html"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_back_to_the_top_is_legible_where_it_shows(name, theme, visit):
    page = visit(name, scheme="http", theme=theme, width=390).page  # only narrow pages have it
    show = "display => { document.querySelector('#pst-back-to-top').style.display = display }"
    page.evaluate(show, "block")
    found = page.evaluate("axe.run({include: [['#pst-back-to-top']]})")
    page.evaluate(show, "none")
    assert [fault["id"] for fault in found["violations"]] == []
    assert "color-contrast" in [rule["id"] for rule in found["passes"]]


@cache
def whole_fonts():
    """The pages' fonts, and the files that they were cut from."""
    whole = {path.name: path for path in FONTS.rglob("*.woff2")}
    return {built: whole[built.name] for built in (HTML / "_static").rglob("*.woff2") if built.name in whole}


@cache
def characters(font):
    """The characters that a font file has."""
    return frozenset(map(chr, TTFont(font).getBestCmap()))


@each_page
def test_the_fonts_lost_no_character_that_a_page_shows(name, visit):
    page = visit(name).page
    shown = {family.strip('"'): set(text) for family, text in page.evaluate(IN_FONTS).items()}
    missing = {}
    for built, whole in whole_fonts().items():
        family = SANS if "sans-3" in built.name else SERIF if "serif-4" in built.name else built.name.split("-")[0]
        missing[built.name] = (shown.get(family, set()) & characters(whole)) - characters(built)
    assert len(missing) == 4 + 20
    assert not any(missing.values()), missing
    assert name == "index.html" or SERIF in shown  # what was looked at is what the page uses


@each_page
def test_a_visit_is_light(name, visit, addresses):
    sent = visit(name).sent
    total = sum(size for size, _ in sent)
    assert total > 1000, sent  # the page itself was counted
    assert total <= MOST_BYTES, [(size, url.removeprefix(addresses["http"])) for size, url in sorted(sent)[-5:]]
    assert len(sent) <= MOST_REQUESTS, sorted(url for _, url in sent)


@each_page
def test_every_link_into_the_book_leads_somewhere(name):
    assert broken(HTML / name) == []


def test_every_page_is_valid_html(tmp_path):
    command = ["node", str(TOOLS / "node_modules" / "html-validate" / "bin" / "html-validate.mjs")]
    command += [
        "--config",
        str(TOOLS / "htmlvalidate.config.mjs"),
        "--formatter",
        "json",
        *(str(HTML / p) for p in PAGES),
    ]
    found = tmp_path / "found.json"
    with found.open("w") as output:  # into a pipe, it would end before all is written
        done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True)
    assert found.stat().st_size, done.stderr
    faults = [
        f"{Path(page['filePath']).relative_to(HTML)}:{fault['line']} {fault['ruleId']}: {fault['message']}"
        for page in json.loads(found.read_text())
        for fault in page["messages"]
    ]
    assert faults == []
    assert done.returncode == 0, done.stderr
