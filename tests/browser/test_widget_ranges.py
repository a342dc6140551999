"""Every control of every widget, driven to both of its ends: the page goes as far as the traits, not further."""

import pytest
from look import page as page_of

from supertoy import widgets
from supertoy.widgets._traits import Number

LIVE = [getattr(widgets, name) for name in widgets.__all__ if name != "Workbench"]
BY_OTHER_MEANS = {
    "NeuronBrowser": {"selected"},
    "NeuronStack": {"position", "feature"},  # their sliders are as long as the record, and as there are features
    "PolytopeViewer": {"seed"},
    "SamplesToFeatures": {"position"},  # its slider is as long as there are runs
    "Trainer": {"step", "loss"},
    "TrainingScrubber": {"position"},  # its slider is as long as the run
}
ENDS = """(input) => [Number(input.min), Number(input.max)].map((end) => {
  const { model } = input.closest(".supertoy-widget");
  const names = Object.keys(model.get("ranges"));
  const read = () => Object.fromEntries(names.map((k) => [k, model.get(k)]));
  input.value = input.type === "range" ? (Number(input.min) + Number(input.max)) / 2 : Number(input.min) + 2;
  const events = (type) => input.dispatchEvent(new Event(type, {bubbles: true}));
  events("input"), events("change");
  const before = read();
  input.value = end;
  events("input"), events("change");
  return Object.entries(read()).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(before[k]));
})"""
FREE = {"TwoInOne": {"tie_bias": False}, "PolygonPacker": {"bias": "shared"}}  # so that no control is disabled


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):
    """A page with all widgets."""
    target = tmp_path_factory.mktemp("all") / "all.html"
    target.write_text(page_of(*[kind(**FREE.get(kind.__name__, {})) for kind in LIVE]), encoding="utf8")
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(target.as_uri())
    yield page
    page.close()


@pytest.mark.parametrize("kind", LIVE, ids=lambda k: k.__name__)
def test_every_control_reaches_the_ends_of_its_traits_range_and_never_leaves_it(kind, shown):
    traits, reached = kind.class_traits(sync=True), {}
    place = shown.locator(f'.supertoy-widget[data-widget="{kind.module}"]:not(.st-root)')
    for control in place.locator("input[type=range], input[type=number]").element_handles():
        for end, changed in zip(("least", "most"), control.evaluate(ENDS), strict=True):
            for name, value in changed:
                traits[name].validate(kind(), value)  # or it raises
                reached[name, end] = value
    ends = {}
    for name, trait in traits.items():
        if isinstance(trait, Number) and name not in BY_OTHER_MEANS.get(kind.__name__, ()):
            least, most = trait.range().get("slider", (trait.at_least, trait.at_most))
            ends |= {(name, "least"): least, (name, "most"): most}
    assert {key: reached.get(key) for key in ends} == ends
