"""BasisRotation: readings, activations and words against linear algebra in Python, and traits that explain."""

import pytest
import torch
from pictures import placed
from refusals import refuses

from supertoy import theory
from supertoy.widgets import BasisRotation


def page(node, widgets):
    """What the page makes of these widgets."""
    script = (
        "for (const c of given) { const f = N.directions(c.n), rows = N.neurons(c.degrees);"
        "const read = rows.map((axis) => N.readings(f, axis)), a = N.activation(f, c.activity);"
        "const says = N.readings(rows, a), own = N.readings(f, a);"
        "out.push({f, rows, read, a, says, own, answers: read.map(N.answersTo), called: read.map(N.called),"
        " remark: N.remark(read[0])}); }"
    )
    given = [{"n": w.n_features, "degrees": w.degrees, "activity": w.activity} for w in widgets]
    return node(script, given, module="basisrotation")


def some(count, generator):
    """Widgets with random angles and strengths, and some at round angles."""
    for k in range(count):
        n = 2 + k % 7
        degrees = 360 * torch.rand((), generator=generator).item()
        yield BasisRotation(activity=torch.rand(n, generator=generator), degrees=15 * (k % 25) if k % 2 else degrees)


def test_readings_and_activations_are_those_of_turned_axes(node, generator):
    widgets = list(some(80, generator))
    for widget, found in zip(widgets, page(node, widgets), strict=True):
        W, c = widget.directions(), torch.tensor(widget.activity)
        turn = torch.tensor(float(widget.degrees)).deg2rad()
        Q = torch.stack([torch.stack([turn.cos(), turn.sin()]), torch.stack([-turn.sin(), turn.cos()])])
        assert torch.allclose(torch.tensor(found["f"]).double(), W.T, atol=1e-12)
        assert torch.allclose(torch.tensor(found["rows"]).double(), Q, atol=1e-12)
        assert torch.allclose(torch.tensor(found["read"]).double(), Q @ W, atol=1e-12)
        assert torch.allclose(torch.tensor(found["a"]), W @ c, atol=1e-12)
        assert torch.allclose(torch.tensor(found["says"]), Q @ W @ c, atol=1e-12)
        assert torch.allclose(torch.tensor(found["own"]), W.T @ W @ c, atol=1e-12)
        assert torch.allclose(widget.readings(), Q @ W, atol=1e-12)
        assert torch.allclose(widget.activations(), Q @ W @ c, atol=1e-12)
        for k in range(2):
            assert sorted(widget.answers_to(k + 1)) == sorted(i + 1 for i in found["answers"][k])


def test_turning_changes_what_neurons_say_and_nothing_between_features(node):
    first, second = page(node, [BasisRotation(degrees=10), BasisRotation(degrees=75)])
    assert first["own"] == second["own"]
    assert first["says"] != second["says"]


def test_features_are_the_chapters_pentagon():
    assert torch.allclose(BasisRotation().directions(), theory.polygon(5, radius=1.0)[0])
    assert BasisRotation(n_features=2).directions().tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("traits", "first", "remark"),
    [
        ({}, "would be named after feature 1 (monosemantic)", ""),
        ({"degrees": 36}, "would be named after features 1 and 2 (polysemantic)", "features 1 and 2 equally."),
        ({"degrees": 216}, "would be named after feature 4 (monosemantic)", "features 1 and 2 equally."),
        ({"degrees": 90}, "would be named after feature 2 but answers to 3 too (polysemantic)", "feature 1 at all."),
        ({"degrees": 270}, "would be named after feature 5 but answers to 4 too (polysemantic)", "feature 1 at all."),
        ({"n_features": 2, "degrees": 225}, "answers to no feature with a plus", "features 1 and 2 equally."),
        ({"n_features": 6, "degrees": 0}, "would be named after feature 1 (monosemantic)", ""),
    ],
)
def test_the_words_say_what_a_neuron_would_be_called(node, traits, first, remark):
    (found,) = page(node, [BasisRotation(**traits)])
    assert found["called"][0] == first
    assert found["remark"].endswith(remark)
    assert bool(found["remark"]) == bool(remark)


@pytest.mark.parametrize("n", range(2, 9))
def test_the_slider_has_steps_for_both_angles_of_the_prompt(node, n):
    script = (
        "for (let k = 0; k <= 720; k += 1) out.push(N.remark(N.readings(N.directions(given), N.neurons(k / 2)[0])));"
    )
    found = node(script, n, module="basisrotation")
    assert any("feature 1 at all" in text for text in found)
    assert any("features 1 and 2 equally" in text for text in found)


@pytest.mark.parametrize(
    ("trait", "value", "rule"),
    [
        ("n_features", 1, "a whole number from 2 to 8"),
        ("n_features", 9, "a whole number from 2 to 8"),
        ("degrees", -1, "a number from 0 to 360"),
        ("degrees", float("inf"), "a number from 0 to 360"),
        ("activity", [0.5], "2 to 8 numbers from 0 to 1"),
        ("activity", [], "2 to 8 numbers from 0 to 1"),
        ("activity", [0.1] * 9, "2 to 8 numbers from 0 to 1"),
        ("activity", [1.5, 0], "2 to 8 numbers from 0 to 1"),
        ("activity", [-0.5, 0], "2 to 8 numbers from 0 to 1"),
        ("activity", ["1", 0], "2 to 8 numbers from 0 to 1"),
        ("activity", 0.5, "2 to 8 numbers from 0 to 1"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_bad_values_name_the_trait_the_rule_and_the_value(trait, value, rule, late):
    assert refuses(BasisRotation, trait, value, rule, late)


def test_strengths_and_the_number_of_features_agree_whichever_is_set():
    widget = BasisRotation(n_features=3)
    assert widget.activity == [0, 0.8, 0]
    widget.n_features = 5
    assert widget.activity == [0, 0.8, 0, 0, 0]
    widget.activity = [1, 0.5]
    assert widget.n_features == 2
    assert BasisRotation(n_features=3, activity=[1, 0, 0]).activity == [1, 0, 0]
    with pytest.raises(ValueError, match="activity must be 4 numbers from 0 to 1 as n_features says, got 3"):
        BasisRotation(n_features=4, activity=[1, 0, 0])


@pytest.mark.parametrize("traits", [{}, {"n_features": 2, "degrees": 225}, {"activity": [1, 1, 1, 1, 0, 0, 0, 0]}])
def test_a_still_picture_says_the_same_in_bars_and_in_words(traits):
    widget = BasisRotation(**traits)
    figure = widget.figure()
    assert [len(ax.patches) for ax in figure.axes[1:]] == [widget.n_features] * 2
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert heights == pytest.approx(widget.readings()[0].tolist())
    assert f"{widget.n_features} features" in widget.alt()
    placed(widget)
