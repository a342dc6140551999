"""LossLandscape: loss, slope, valley and ends against the package and brute force, and traits that explain."""

import math

import pytest
import torch
from refusals import refuses

from supertoy import LinearModel, OneHot, ReLUModel, batch_loss, expected_loss, theory
from supertoy.widgets import LossLandscape

KINDS = {"linear": LinearModel, "relu": ReLUModel}


def loss_at(f, activation, importance):
    """L at points f, shape (..., 2), from the package."""
    model = KINDS[activation].from_weights(f[..., None, :])
    return expected_loss(model, OneHot(n_features=2), importance=torch.tensor([1.0, importance])).loss


@pytest.mark.parametrize("activation", KINDS)
def test_loss_and_slope_are_the_packages(node, generator, activation):
    f = 3.2 * torch.rand(50, 2, generator=generator) - 1.6
    importance = 0.1 + 1.9 * torch.rand(50, generator=generator)
    found = torch.tensor(
        node(
            "for (const [f1, f2, r] of given.cases) { const one = N.pair({relu: given.relu, importance: [1, r]});"
            "out.push([one.loss(f1, f2), ...one.slope]); }",
            {"relu": activation == "relu", "cases": torch.cat([f, importance[:, None]], 1).tolist()},
            module="onehot",
        )
    )
    for point, r, answer in zip(f, importance.tolist(), found, strict=True):
        model = KINDS[activation].from_weights(point[None])
        loss = batch_loss(model, OneHot(n_features=2).exact(), importance=torch.tensor([1.0, r]))
        loss.backward()
        assert torch.allclose(answer, torch.cat([loss[None], model.W.grad[0]]).detach(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("importance", [0.1, 0.6, 1, 2])
@pytest.mark.parametrize("activation", KINDS)
def test_the_valley_is_the_least_of_each_direction_by_brute_force(node, activation, importance):
    angle = torch.linspace(-math.pi, math.pi, 38)
    script = "for (const a of given.angles) { const v = N.valley(a, given); out.push([v.radius, v.loss]); }"
    given = {"angles": angle.tolist(), "relu": activation == "relu", "importance": [1, importance]}
    found = torch.tensor(node(script, given, module="valley"))
    r = torch.linspace(0, 2, 4001)
    f = r[:, None, None] * torch.stack([angle.cos(), angle.sin()], -1)
    least, where = loss_at(f, activation, importance).min(0)
    assert torch.allclose(found[:, 1], least, atol=1e-6)
    assert torch.allclose(found[:, 0], r[where], atol=1e-3)
    radius, floor = LossLandscape(activation=activation, importance=importance).valley(angle)
    assert torch.allclose(torch.stack([radius, floor], -1), found, atol=1e-12)


@pytest.mark.parametrize("importance", [0.1, 0.9, 1, 1.7])
@pytest.mark.parametrize("activation", KINDS)
def test_the_marked_minima_are_the_lowest_points_of_the_plane(node, activation, importance):
    given = {"relu": activation == "relu", "importance": [1, importance]}
    (found,) = node("out.push(N.minima(given));", given, module="valley")
    axis = torch.linspace(-1.6, 1.6, 161)
    f = torch.cartesian_prod(axis, axis)
    everywhere = loss_at(f, activation, importance)
    assert everywhere.min().item() == pytest.approx(found["loss"], abs=1e-9)
    if activation == "linear":
        least = theory.least_linear_loss(torch.tensor([1.0, importance]), n_features=2, n_hidden=1)
        assert found["loss"] == pytest.approx(least)
    for point in found["points"]:
        assert loss_at(torch.tensor(point, dtype=torch.float64), activation, importance).item() == found["loss"]
    lowest = f[everywhere < found["loss"] + 1e-9]
    assert len(lowest) == len(found["points"]) or (
        not found["points"] and torch.allclose(lowest.norm(dim=1), torch.ones(len(lowest)))
    )


@pytest.mark.parametrize("activation", KINDS)
def test_rolling_takes_the_same_way_in_python_and_in_the_page(node, activation):
    widget = LossLandscape(f1=0.3, f2=-0.2, importance=0.7, activation=activation)
    given = {"relu": activation == "relu", "importance": [1, 0.7]}
    script = "out.push(N.descend([0.3, -0.2], given, {rate: 0.02, most: 300, flat: 0}).path);"
    (found,) = node(script, given, module="valley")
    assert torch.allclose(torch.tensor(found), widget.path(steps=300), atol=1e-9)


def test_it_rolls_down_and_never_up(node):
    script = (
        'import { pair } from "./onehot.js"; for (const relu of [true, false]) for (const r of [0.1, 1, 2])'
        " for (const start of [...N.randomStarts(40, 3, 1.6), [1.6, 1.6], [-1.6, 1.6]]) {"
        "const options = {relu, importance: [1, r]}; const one = pair(options);"
        "const losses = N.descend(start, options).path.map((f) => one.loss(...f));"
        "out.push(Math.max(...losses.slice(1).map((v, i) => v - losses[i]))); }"
    )
    assert max(node(script, module="valley")) < 1e-12


@pytest.mark.parametrize(
    ("activation", "importance", "ends"),
    [
        ("linear", 1, {"arc": 40}),
        ("linear", 0.5, {"first": 40}),
        ("linear", 2, {"second": 40}),
        ("relu", 1, {"pair", "arc"}),
        ("relu", 0.5, {"pair", "first"}),
    ],
)
def test_random_starts_end_where_the_theory_has_it(node, activation, importance, ends):
    given = {"relu": activation == "relu", "importance": [1, importance]}
    script = (
        "const starts = N.randomStarts(40, 1, 1.6); const runs = starts.map((f) => N.descend(f, given));"
        "runs.forEach((run, i) => out.push([N.kind(run, given), starts[i][0] * starts[i][1] < 0]));"
    )
    found = node(script, given, module="valley")
    kinds = [kind for kind, _ in found]
    if isinstance(ends, dict):
        assert {kind: kinds.count(kind) for kind in kinds} == ends
    else:  # the sign of f₁f₂ at the start decides
        assert set(kinds) == ends
        assert all((kind == "pair") == opposite for kind, opposite in found)


def test_a_ring_that_hardly_tilts_leaves_runs_on_their_way(node):
    script = (
        "for (const r of [1, 0.95, 0.5]) { const options = {relu: false, importance: [1, r]};"
        "out.push(N.census(N.randomStarts(40, 1, 1.6).map((f) => N.descend(f, options)), options)); }"
    )
    equal, near, clear = node(script, module="valley")
    assert equal == "Of 40 random starts: 40 on the ring, each at a place of its own, L = 0.50."
    assert "still on their way after 2,000 steps" in near
    assert clear == "Of 40 random starts: 40 at (±1, 0): feature 1 kept, L = 0.250."


def test_a_point_without_slope_says_so(node):
    script = "const o = {relu: false, importance: [1, 1]}; out.push(N.verdict(N.descend([0, 0], o), o));"
    (words,) = node(script, module="valley")
    assert words == "The slope is 0 at (0.00, 0.00), where the loss is 1.00: nothing rolls from here."


def test_a_saddle_is_not_taken_for_a_minimum(node):
    script = (
        "const o = {relu: false, importance: [1, 0.9]}; for (const f of [[0, 0.5], [1e-3, 0.5]])"
        " out.push(N.verdict(N.descend(f, o, {rate: 0.02, most: 300, flat: 1e-6}), o));"
    )
    on_the_axis, beside_it = node(script, module="valley")
    assert on_the_axis.endswith("at (0.00, 1.00): a saddle, without slope, loss 0.500.")
    assert "still on its way" in beside_it


@pytest.mark.parametrize(
    ("trait", "value", "rule"),
    [
        ("f1", 1.7, "a number from -1.6 to 1.6"),
        ("f2", float("inf"), "a number from -1.6 to 1.6"),
        ("importance", 0, "a number from 0.1 to 2"),
        ("importance", [1], "a number from 0.1 to 2"),
        ("activation", "tanh", "one of 'linear', 'relu'"),
        ("playing", "yes", "True"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_bad_values_name_the_trait_the_rule_and_the_value(trait, value, rule, late):
    assert refuses(LossLandscape, trait, value, rule, late)


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({}, "a ring of radius 1, all at the loss ½"),
        ({"importance": 0.5}, "lowest at (1, 0) and (-1, 0), where it is 0.25"),
        ({"importance": 2}, "lowest at (0, 1) and (0, -1), where it is 0.5"),
        ({"activation": "relu", "f2": -0.2}, "leads to (1, -1)"),
    ],
)
def test_a_still_picture_says_the_same_in_colours_and_in_words(traits, words):
    widget = LossLandscape(**traits)
    assert words in widget.alt()
    assert len(widget.figure().axes) == 3
    assert 'data-widget="losslandscape"' in widget.html()
