"""A widget's ranges stand with its traits: they are sent to the page, which has none of its own."""

import math
import re

import pytest
from traitlets import TraitError

from supertoy import widgets
from supertoy.widgets import _bundle, _workbench_fit, workbench
from supertoy.widgets._traits import Choice, Number

LIVE = [getattr(widgets, name) for name in widgets.__all__ if name != "Workbench"]
each_widget = pytest.mark.parametrize("kind", LIVE, ids=lambda k: k.__name__)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def number(text):
    """A number as docstrings have it: 0.5, 20,000 or 10⁶."""
    base, power = re.fullmatch(r"(-?[\d.,]*\d)([⁰¹²³⁴⁵⁶⁷⁸⁹]*)", text).groups()
    return float(base.replace(",", "")) ** int(power.translate(SUPERSCRIPTS) or 1)


@pytest.mark.parametrize("path", sorted(_bundle.FOLDER.glob("*.js")), ids=lambda p: p.stem)
def test_a_module_states_no_range(path):
    assert not re.search(r"\b(min|max): *-?[\dA-Z]|\bstep: *[1-9.]|\bstep: *0\.", path.read_text())


@each_widget
def test_its_view_is_sent_the_range_of_every_trait(kind):
    ranges, traits = kind().state()["ranges"], kind.class_traits(sync=True)
    for name, trait in traits.items():
        if isinstance(trait, Number):
            ends = {"min": trait.at_least, "max": trait.at_most}
            assert {k: ranges[name].get(k, math.inf) for k in ends} == ends, name
            low, high = ranges[name].get("slider", ends.values())
            assert trait.at_least <= low < high <= trait.at_most
        elif isinstance(trait, Choice):
            assert tuple(ranges[name]["options"]) == trait.options
    assert set(ranges) <= set(traits) | set(kind.scales)


def test_ranges_are_not_to_be_set():
    with pytest.raises(TraitError, match="read-only"):
        widgets.Trainer().ranges = {}


RULES = [(kind, kind.class_own_traits(sync=True)) for kind in LIVE] + [(_workbench_fit.Settings, _workbench_fit.RULES)]


@pytest.mark.parametrize(("kind", "traits"), RULES, ids=lambda k: getattr(k, "__name__", ""))
def test_a_docstring_gives_the_ranges_that_the_traits_have(kind, traits):
    for name, trait in traits.items():
        line = re.search(rf"^ +{name}: ([^\n]*)", kind.__doc__, re.MULTILINE).group(1)
        given = re.search(r"(-?\d[\d.,⁰¹²³⁴⁵⁶⁷⁸⁹]*) to (-?\d[\d.,]*[\d⁰¹²³⁴⁵⁶⁷⁸⁹]*)", line)
        if isinstance(trait, Number) and given:
            assert [number(text.rstrip(".,")) for text in given.groups()] == [trait.at_least, trait.at_most], name


def test_the_workbenchs_controls_go_as_far_as_its_rules():
    controls = workbench._controls(_workbench_fit.Settings())
    assert list(controls) == list(_workbench_fit.RULES)
    for name, rule in _workbench_fit.RULES.items():
        if isinstance(rule, Number):
            ends = [controls[name].min, controls[name].max]
            assert [10**v if name == "density" else v for v in ends] == pytest.approx([rule.at_least, rule.at_most])
        else:
            assert tuple(controls[name].options) == rule.options


BOUND = """
import { standIn } from "./page.js";
const model = standIn({ ranges: {}, density: 0, W: [] });
let saved = 0;
model.save_changes = () => { saved += 1; };
const heard = [];
const bound = N.bind(model, {}, (names) => heard.push(names));
bound.watch(["density", "W"]);
"""


def test_a_view_hears_of_what_others_set_and_not_of_its_own(node):
    script = BOUND + (
        "bound.put({density: 1, W: [1]}); out.push([...heard], saved, model.get('density'));"
        "model.set('density', 2); model.set('W', [2]); out.push([...heard]);"
    )
    assert node(script, module="bind") == [[], 1, 1, [["density"], ["W"]]]


def test_a_readers_change_is_followed_once_with_all_its_names(node):
    assert node(BOUND + "bound.change({density: 1, W: [1]}); out.push(heard, saved);", module="bind") == [
        [["density", "W"]],
        1,
    ]


def test_a_view_that_has_ended_hears_nothing(node):
    assert node(BOUND + "bound.end(); model.set('density', 2); out.push(heard);", module="bind") == [[]]


def test_words_wait_until_the_hand_rests_and_are_not_said_after_the_end(node):
    script = BOUND + (
        "const tell = bound.rest((word) => out.push(word), 20);"
        "const pause = (wait) => new Promise((done) => setTimeout(done, wait));"
        "tell('a'); tell('b'); tell('c'); await pause(200); tell('d'); bound.end(); await pause(200);"
    )
    assert node(script, module="bind") == ["c"]


@pytest.mark.parametrize(("name", "value", "kept"), [("b", -200, -99), ("b", 0.5, 0.5), ("angle", 400, 360)])
def test_a_value_beyond_its_range_is_kept_at_its_end(node, name, value, kept):
    script = BOUND.replace("ranges: {}", "ranges: given.ranges") + "out.push(bound.keep(given.name, given.value));"
    given = {"ranges": widgets.PolygonPacker().ranges, "name": name, "value": value}
    assert node(script, given, module="bind") == [kept]


def test_a_bundle_leaves_comments_out_and_nothing_else():
    assert "/**" not in _bundle.wrapped("bind")
    assert _bundle.COMMENT.sub("", "a;\n  // why\n/** one\n * two\n */\nb; // beside\n") == "a;\nb; // beside\n"
    for kept in ('say("https://x");\n', "/** @type {A} */ (a).b();\nc;\nd; /* d */\n"):
        assert _bundle.COMMENT.sub("", kept) == kept
