"""The training scrubber: runs taken over from training, its numerics in the page, and what its traits refuse."""

import gzip
import json

import pytest
import torch

from supertoy import ReLUModel, SparseUniform, TrainConfig, geometry, train
from supertoy.widgets import TrainingScrubber
from supertoy.widgets.trainingscrubber import example_run, thinned

TWO = {"steps": [0, 5], "loss": [2.0, 1.0], "W": [[[1.0, 0.5], [0.0, 0.1]], [[1.0, 0.0], [0.0, 1.0]]]}


@pytest.fixture
def history(generator):
    model = ReLUModel(n_features=5, n_hidden=3, batch=(4,), generator=generator)
    few = SparseUniform(n_features=5, density=0.1)
    config = TrainConfig(steps=400, batch_size=64, records=200, progress=False)
    return train(model, few, config=config, generator=generator).history


def test_a_history_is_thinned_and_rounded_to_four_digits(history):
    scrubber = TrainingScrubber.from_history(history, 2)
    assert 60 <= len(scrubber.steps) <= 120
    assert scrubber.position == len(scrubber.steps) - 1
    rows = [history.step.tolist().index(step) for step in scrubber.steps]
    assert rows[0] == 0
    assert rows[-1] == len(history.step) - 1
    assert torch.allclose(torch.tensor(scrubber.W), history.W[rows, 2].double(), rtol=5e-4)
    assert torch.allclose(torch.tensor(scrubber.loss), history.loss[rows, 2].double(), rtol=5e-4)


def test_tensors_do_as_well_as_a_history(history):
    one = TrainingScrubber.from_history((history.step, history.loss[:, 1], history.W[:, 1]))
    assert one.W == TrainingScrubber.from_history(history, 1).W


def test_a_short_run_is_kept_whole():
    assert TrainingScrubber.from_history((torch.arange(7), torch.ones(7), torch.ones(7, 2, 3))).steps == list(range(7))


def test_thinning_keeps_more_where_the_loss_moves():
    steps = torch.arange(1000)
    loss = torch.where(steps < 700, 1.0, 0.5) - 0.3 * torch.sigmoid((steps - 300) / 5.0)
    keep = thinned(steps, loss, torch.ones(1000, 2, 3))
    near = ((keep - 300).abs() < 25).sum()
    assert len(keep) <= 120
    assert near > 2 * 120 * 50 / 1000
    assert 700 in keep  # right after the jump


def test_the_example_rests_with_six_corners_before_one_feature_is_dropped():
    run = example_run()
    stored = (geometry.norms(torch.tensor(run["W"])) > 0.5).sum(-1)
    resting = [k for k, step in enumerate(run["steps"]) if 300 <= step <= 400]
    assert (stored[resting] == 6).all()
    assert stored[-1] == 5
    assert 6 * run["loss"][resting[0]] == pytest.approx(0.415, abs=2e-3)
    assert 6 * run["loss"][-1] == pytest.approx(0.371, abs=1e-3)  # chapter 11's pentagon


def test_what_it_sends_to_the_page_is_small(history):
    for scrubber in (TrainingScrubber(), TrainingScrubber.from_history(history, 0)):
        assert len(gzip.compress(json.dumps(scrubber.state()).encode())) < 15_000


def test_the_page_has_the_same_shares(node, history):
    scrubber = TrainingScrubber.from_history(history, 0)
    (found,) = node("out.push(N.sharesOver(given));", scrubber.W, module="recording")
    twin = geometry.feature_dimensionality(torch.tensor(scrubber.W))
    assert torch.allclose(torch.tensor(found), twin, atol=1e-9)


def test_a_moment_is_told_in_words(node):
    W = [[[1.0, -1.0, 0.1], [0.0, 0.1, 0.0]]]
    script = "const run = {steps: [1200], loss: [0.25], W: given, D: N.sharesOver(given)}; out.push(N.moment(run, 0));"
    (words,) = node(script, W, module="recording")
    assert words.startswith(
        "Step 1,200: loss 0.250; features longer than ½: 1, 2; opposite each other: 1–2. Shares Dᵢ: 0.5"
    )


def test_a_place_in_the_chart_finds_the_nearest_record(node):
    places = [40.0, 41.0, 90.0, 300.0]
    script = "for (const pixel of [-5, 40.6, 64, 67, 999]) out.push(N.nearest(given, pixel));"
    assert node(script, places, module="recording") == [0, 1, 1, 2, 3]


def test_the_page_says_what_is_wrong_with_half_a_run(node):
    cases = [
        {"steps": [], "loss": [], "W": []},
        {"steps": [0, 1], "loss": [1], "W": [[[1], [1]]]},
        {"steps": [0], "loss": [1], "W": [[[1]]]},
        {"steps": [0], "loss": [1], "W": [[[1], [1]]], "groups": [0, 1]},
        {"steps": [0], "loss": [1], "W": [[[1], [1]]]},
    ]
    said = node("for (const run of given) out.push(N.wrong(run));", cases, module="recording")
    assert [bool(text) for text in said] == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": [5, 0]}, "steps must be rising whole numbers from 0, got \\[5, 0\\]"),
        ({"steps": [0, 0.5]}, "steps must be rising whole numbers from 0"),
        ({"steps": []}, "steps must name 1 to 2000 records, got 0"),
        ({"steps": [0, 1, 2]}, "loss must have one number for each of 3 steps, got 2"),
        ({"loss": [1.0, -1.0]}, "loss must be 0 or more, got -1.0"),
        ({"loss": [1.0, float("nan")]}, "loss must be finite numbers"),
        ({"W": TWO["W"][:1]}, "W must have one record for each of 2 steps, got 1"),
        ({"W": [[[1.0]], [[1.0]]]}, "W must have shape \\(records, 2 or 3, 1 to 20\\), got 1 rows of lengths \\[1\\]"),
        ({"W": [[[1.0], [1.0]], [[1.0, 1.0], [1.0, 1.0]]]}, "W must have shape .* of lengths \\[1, 2\\]"),
        ({"W": [[[1.0] * 21] * 2] * 2}, "W must have shape .* of lengths \\[21\\]"),
        ({"W": [[[2000.0], [0.0]]] * 2}, "W must have entries up to 1000 in size, got 2000"),
        ({"groups": [0]}, "groups must be a whole number from 0 to 7 for each of 2 features, got \\[0\\]"),
        ({"groups": [0, 8]}, "groups must be a whole number from 0 to 7"),
        ({"position": 2}, "position must be below the number of records, 2, got 2"),
        ({"position": -1}, "position must be a whole number from 0 to 1999, got -1"),
        ({"playing": "yes"}, "playing must be one of True, False, got 'yes'"),
    ],
)
def test_bad_values_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        TrainingScrubber(**TWO | change)
    scrubber = TrainingScrubber(**TWO)
    for name, value in change.items():
        with pytest.raises(ValueError, match=message):
            setattr(scrubber, name, value)
    with pytest.raises(ValueError, match=message):
        scrubber.set_run(**TWO | change)
    assert {name: getattr(scrubber, name) for name in TWO} == TWO


def test_another_run_replaces_the_first_as_a_whole():
    scrubber = TrainingScrubber(**TWO)
    scrubber.set_run(steps=[3], loss=[1.0], W=[[[1.0], [0.0], [0.0]]])
    assert (scrubber.steps, scrubber.position) == ([3], 0)
    assert len(scrubber.W[0]) == 3


@pytest.mark.parametrize("index", [(), 4, -5, (0, 0)])
def test_an_index_that_picks_no_model_is_refused(history, index):
    with pytest.raises(ValueError, match="model_index must pick one model of a batch of shape \\(4,\\), got"):
        TrainingScrubber.from_history(history, index)


def test_tensors_of_different_runs_are_refused(history):
    with pytest.raises(ValueError, match="history must hold step, loss and W of one run, got shapes"):
        TrainingScrubber.from_history((history.step, history.loss[1:], history.W), 0)


@pytest.mark.parametrize(
    "traits", [{}, TWO, {"steps": [0], "loss": [0.0], "W": [[[0.0], [0.0], [0.0]]]}, {"log_time": True}]
)
def test_its_picture_and_words_are_there(traits):
    scrubber = TrainingScrubber(**traits)
    assert "<svg" in scrubber.html()
    assert "loss over the run" in scrubber.alt()
