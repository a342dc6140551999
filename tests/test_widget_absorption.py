"""Absorption: the page's loss is the package's, and its words say what it shows."""

import pytest
import torch
from pictures import placed
from refusals import refuses

from supertoy.theory import absorption_loss
from supertoy.widgets import Absorption


@pytest.mark.parametrize(("spread", "price"), [(0.0, 0.05), (0.5, 0.2), (1.0, 0.5)])
def test_the_page_computes_what_the_package_computes(spread, price, node):
    given = {"spread": spread, "price": price, "tilts": [0, 0.3, 0.77, 1.2]}
    found = node("for (const t of given.tilts) out.push(N.loss(t, given.spread, given.price));", given, "absorption")
    tilts = torch.tensor(given["tilts"], dtype=torch.float64)
    assert found == pytest.approx(absorption_loss(tilts, spread=spread, price=price).tolist(), abs=1e-6)


@pytest.mark.parametrize(("spread", "price"), [(0.25, 0.05), (0.5, 0.05), (0.75, 0.2)])
def test_the_best_tilt_and_the_inputs_outside_agree_with_python(spread, price, node):
    widget = Absorption(tilt=0.6, spread=spread, price=price)
    given = {"spread": spread, "price": price}
    found = node(
        "out.push(N.curve(given.spread, given.price).best, N.outside(0.6, given.spread));", given, "absorption"
    )
    assert found[0] == pytest.approx(widget.best(), abs=0.011)
    assert found[1] == pytest.approx(widget.outside(), abs=1e-9)


def test_nothing_is_outside_while_the_tilt_is_below_the_least_ratio_of_strengths():
    assert Absorption(tilt=0.33, spread=0.5).outside() == 0
    assert Absorption(tilt=0.5, spread=0.5).outside() > 0
    assert Absorption(tilt=1.0, spread=0.0).outside() == 0
    assert Absorption(tilt=1.0, spread=1.0).outside() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("trait", "value", "rule"),
    [
        ("tilt", 1.5, "a number from 0 to 1.2"),
        ("spread", -0.1, "a number from 0 to 1"),
        ("price", 0.0, "a number from 0.01 to 0.5"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_bad_values_name_the_trait_the_rule_and_the_value(trait, value, rule, late):
    assert refuses(Absorption, trait, value, rule, late)


@pytest.mark.parametrize("traits", [{}, {"tilt": 1.1, "spread": 0.0}, {"price": 0.5, "spread": 1}])
def test_a_still_picture_says_the_same_in_words(traits):
    widget = Absorption(**traits)
    assert f"least at {widget.best():.2f}" in widget.alt()
    assert len(widget.figure().axes) == 2
    placed(widget)
