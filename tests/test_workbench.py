"""The workbench trains in a thread of its own, can be stopped, and says what it can't do."""

import json
import math
import re
import time

import pytest
import torch

from supertoy import GroupedUniform, SparseUniform, expected_loss
from supertoy.widgets import Workbench
from supertoy.widgets import _workbench_fit as module

SMALL = {"n_features": 5, "n_hidden": 2, "density": 0.05}


@pytest.fixture
def bench(unchecked):
    torch.set_default_dtype(torch.float32)
    bench = Workbench(**SMALL)
    yield bench
    bench.cancel()  # it would train on, beside the tests that follow
    bench.wait()


def test_its_result_is_the_best_toy_and_its_expected_loss(bench):
    result = bench.wait()
    assert result.finished
    assert result.settings == module.Settings(**SMALL)
    twin = expected_loss(
        result.model, SparseUniform(n_features=5, density=0.05), importance=0.9 ** torch.arange(5)
    ).loss
    assert result.loss == pytest.approx(twin.item(), rel=1e-5)
    assert result.loss < 0.0075  # best known 0.0072


def test_a_change_trains_again_with_the_new_setting(bench):
    bench.wait()
    bench.set(density=1.0, tie="correlated", group_size=5)
    assert bench.wait().settings.density == 1.0
    assert bench.result.settings.group_size == 5


def test_many_changes_at_once_end_with_the_last(bench):
    for density in (0.1, 0.2, 0.3, 0.4):
        bench.set(density=density)
    assert bench.wait().settings.density == pytest.approx(0.4)


def test_it_can_be_cancelled_and_shows_how_far_it_got(monkeypatch):
    torch.set_default_dtype(torch.float32)
    monkeypatch.setitem(module.CONFIG, "steps", 10**6)
    bench = Workbench(**SMALL)
    start = time.perf_counter()
    while bench._bar.value == 0 and time.perf_counter() - start < 60:
        time.sleep(0.01)
    assert bench._bar.value > 0  # progress is seen while it trains
    assert not bench._cancel.disabled
    bench._cancel.click()
    assert not bench.wait().finished
    assert "Cancelled" in bench._status.value
    assert bench._cancel.disabled


def test_inputs_that_cannot_exist_are_named_in_the_widget(bench):
    bench.set(tie="anticorrelated", group_size=2, density=0.6)
    bench.wait()
    assert "density must sum to at most 1" in bench._status.value
    bench.set(density=0.4)
    assert bench.wait().settings.density == pytest.approx(0.4)
    assert "density must" not in bench._status.value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_features", 0),
        ("n_features", 101),
        ("n_hidden", 21),
        ("n_hidden", 2.5),
        ("density", 0.0),
        ("density", math.nan),
        ("density", 1.5),
        ("importance_decay", 0.1),
        ("tie", "knotted"),
        ("group_size", 1),
        ("activation", "gelu"),
        ("seed", -1),
    ],
)
def test_a_setting_out_of_range_is_a_value_error_that_says_which(bench, name, value):
    for call in (lambda: Workbench(**{name: value}), lambda: bench.set(**{name: value})):
        with pytest.raises(ValueError, match=rf"{name} must be .*, got {value!r}"):
            call()


def test_groups_take_neighbours_and_leave_the_rest_alone():
    features = module.checked(n_features=7, tie="anticorrelated", group_size=3).features()
    assert isinstance(features, GroupedUniform)
    assert [list(group) for group in features.apart] == [[0, 1, 2], [3, 4, 5]]


def test_a_page_shows_its_result_until_its_script_trains(bench):
    html = bench._repr_mimebundle_()["text/html"]
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert {name: state[name] for name in SMALL} == SMALL
    assert state["steps"] == 2000
    assert set(state["ranges"]) == set(state) - {"ranges"}
    assert "<svg" in html
    assert "features longer than ½" in html
