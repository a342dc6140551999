"""SamplesToFeatures: its records against the package, its words, and what its traits refuse."""

import copy
import gzip
import json

import pytest
import torch

from supertoy import ReLUModel, Samples, expected_loss
from supertoy.widgets import SamplesToFeatures
from supertoy.widgets.samplestofeatures import KEPT, example_runs

JS = "samplestofeatures"
RUN = {"samples": 3, "train": 0.5, "mean": 9.0, "median": 1.0, "worst": 0.4, "rim": 2.0, "beyond": 0.004, "paid": 0.9}
RUN |= {"hidden": [[2.0, 0.0]], "features": [[1.0, 1.0]], "new": [[3.0, 0.0, 5.0], [0.0, 1.0, 3.0], [0.0, 0.1, 1.0]]}


@pytest.fixture
def toys(generator):
    """Two toys, their samples, and new inputs."""
    models = [ReLUModel(n_features=7, n_hidden=2, generator=generator) for _ in range(2)]
    return models, [torch.rand(k, 7, generator=generator) for k in (4, 300)], torch.rand(500, 7, generator=generator)


def test_its_numbers_are_the_packages(toys):
    models, samples, new = toys
    runs = SamplesToFeatures.from_models(*toys).runs
    assert [run["samples"] for run in runs] == [4, 300]
    for model, some, run in zip(models, samples, runs, strict=True):
        errors = ((model(new) - new) ** 2).sum(-1).detach().sort(descending=True).values
        assert run["train"] == pytest.approx(expected_loss(model, Samples(some)).loss.item(), rel=1e-3)
        assert run["mean"] == pytest.approx(expected_loss(model, Samples(new)).loss.item(), rel=1e-3)
        assert run["median"] == pytest.approx(errors.median().item(), rel=1e-3)
        assert run["worst"] == pytest.approx((errors[:5].sum() / errors.sum()).item(), rel=1e-3)
        assert run["rim"] == pytest.approx(model.encode(some).norm(dim=-1).max().item(), rel=1e-3)


def test_what_lies_beyond_the_rim_is_counted_and_its_share_of_the_loss(toys):
    models, samples, new = toys
    models[0].W.data *= 3
    run = SamplesToFeatures.from_models(models, samples, new).runs[0]
    beyond = models[0].encode(new).norm(dim=-1) > models[0].encode(samples[0]).norm(dim=-1).max()
    errors = ((models[0](new) - new) ** 2).sum(-1)
    assert 0 < beyond.sum() < 500
    assert run["beyond"] == pytest.approx(beyond.double().mean().item(), rel=1e-3)
    assert run["paid"] == pytest.approx((errors[beyond].sum() / errors.sum()).item(), rel=1e-3)


def test_points_are_the_first_inputs_and_the_longest_features(toys):
    models, samples, new = toys
    run = SamplesToFeatures.from_models(*toys).runs[1]
    assert [len(run[name]) for name in ("hidden", "new")] == [KEPT["hidden"], KEPT["new"]]
    assert torch.allclose(torch.tensor(run["hidden"]), models[1].encode(samples[1][:150]).detach(), rtol=6e-3)
    assert torch.allclose(torch.tensor(run["new"])[:, :2], models[1].encode(new[:250]).detach(), rtol=6e-3)
    lengths = torch.tensor(run["features"]).norm(dim=-1)
    assert torch.allclose(lengths, lengths.sort(descending=True).values, atol=0.01)
    assert lengths.min() > 0.099


def test_the_example_is_small_and_has_all_three_regimes():
    runs = example_runs()
    assert runs[0]["train"] < 0.01 < runs[-1]["train"]
    assert runs[1]["mean"] > 1.3 > 1 > runs[-1]["mean"]
    assert all(run["median"] == pytest.approx(1, abs=0.07) for run in runs)
    assert len(gzip.compress(json.dumps(SamplesToFeatures().state()).encode())) < 15_000


def test_the_page_counts_what_is_drawn_and_says_it(node):
    found = node("out.push(N.countBad(given), N.told(given, 'samples'), N.told(given, 'new inputs'));", RUN, module=JS)
    assert found[0] == [2, 1]
    assert (
        found[1]
        == "T = 3 samples: training loss 0.500; on new inputs mean 9.00, median 1.00, and the worst 1 % pay 40 %."
    )
    assert found[2].endswith(
        "0.4 % lie beyond the rim and pay 90 %; of the 3 drawn, 2 have an error above 2, 1 of them beyond the rim."
    )


def test_a_picture_has_room_for_all_points_and_the_rim(node):
    (far, rim) = node("out.push(N.reachOf(2, given.new, given.features), N.reachOf(9, given.new));", RUN, module=JS)
    assert (far, rim) == (pytest.approx(3.3), pytest.approx(9.9))


def test_what_is_far_beyond_the_rim_is_drawn_at_the_edge(node):
    script = "out.push(N.reachOf(1, given), ...given.map((point) => N.placed(point, N.reachOf(1, given))));"
    reach, near, far = node(script, [[0.5, 0.0], [3.0, 40.0]], module=JS)
    assert reach == pytest.approx(3.3)
    assert near == pytest.approx([0.5 / 3.3, 0])
    assert torch.tensor(far).norm().item() == pytest.approx(0.97)
    assert far[1] / far[0] == pytest.approx(40 / 3)


def test_small_shares_are_said_in_words(node):
    said = node("out.push(...given.map(N.percent));", [0, 0.0004, 0.004, 0.014, 0.85], module=JS)
    assert said == ["0 %", "under 0.1 %", "0.4 %", "1 %", "85 %"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": 0}, "runs must be records of numbers from 0, with at least one sample, got"),
        ({"mean": -1.0}, "runs must be records of numbers from 0"),
        ({"mean": float("nan")}, "runs must be records of finite numbers"),
        ({"train": "low"}, "runs must be records of finite numbers"),
        ({"hidden": [[1.0]]}, "runs must be records whose points are pairs, or triples in new"),
        ({"new": [[1.0, 1.0]]}, "runs must be records whose points are pairs, or triples in new"),
        ({"hidden": [[0.0, 0.0]] * 401}, "runs must be records with at most 400 points of a kind"),
        ({"more": 1}, "runs must be records of samples, train"),
    ],
)
def test_bad_records_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        SamplesToFeatures(runs=[RUN | change])
    widget = SamplesToFeatures(runs=[RUN])
    with pytest.raises(ValueError, match=message):
        widget.runs = [RUN | change]
    assert widget.runs == [RUN]


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"runs": []}, "runs must be 1 to 40 records"),
        ({"runs": [RUN, RUN]}, r"runs must be 1 to 40 records, with more samples in each .* got \[3, 3\]"),
        ({"runs": [RUN], "position": 1}, "position must be below the number of runs, 1, got 1"),
        ({"position": -1}, "position must be a whole number from 0 to 39, got -1"),
        ({"shown": "tests"}, "shown must be one of 'samples', 'new inputs', got 'tests'"),
    ],
)
def test_bad_traits_are_refused(traits, message):
    with pytest.raises(ValueError, match=message):
        SamplesToFeatures(**traits)


@pytest.mark.usefixtures("unchecked")
def test_models_that_do_not_fit_are_refused(toys):
    models, samples, new = toys
    for model in (ReLUModel(n_features=7, n_hidden=3), ReLUModel(n_features=7, n_hidden=2, batch=(1,))):
        with pytest.raises(ValueError, match="model must be single, with m = 2 and the n of its inputs, got"):
            SamplesToFeatures.from_models([model], samples[:1], new)
    with pytest.raises(ValueError, match="model must be single"):
        SamplesToFeatures.from_models(models, samples, new[:, :6])


@pytest.mark.parametrize("traits", [{}, {"runs": [copy.deepcopy(RUN)]}, {"position": 2, "shown": "new inputs"}])
def test_its_picture_and_words_are_there(traits):
    widget = SamplesToFeatures(**traits)
    assert "<svg" in widget.html()
    assert "hidden states of" in widget.alt()
