"""TwoInOne: its loss, answers and words against the package, and traits that say what is wrong."""

from functools import partial

import pytest
import torch
from pictures import placed
from refusals import refuses

from supertoy import LinearModel, OneHot, ReLUModel, SparseUniform, expected_loss
from supertoy.widgets import TwoInOne


def cases(count, generator):
    """Random weights, biases and kinds, as models and as plain data."""
    for k in range(count):
        f = 4 * torch.rand(2, generator=generator) - 2
        b = 1 - f**2 if k % 3 == 0 else 6 * torch.rand(2, generator=generator) - 3
        relu = k % 2 == 0
        model = (ReLUModel if relu else LinearModel).from_weights(f[None], b)
        yield model, {"f": f.tolist(), "b": b.tolist(), "relu": relu}


def test_the_landscape_and_the_table_hold_the_packages_numbers(node, generator):
    models, given = zip(*cases(60, generator), strict=True)
    found = node(
        "for (const c of given) { const one = N.pair(c); const loss = one.loss(...c.f, ...c.b);"
        "const answers = [[1, 0], [0, 1], [1, 1]].map((x) => one.answer(x));"
        "out.push({loss, h: answers.map((a) => a.h), x: answers.map((a) => [...a.found]),"
        " error: answers.map((a) => a.error)}); }",
        given,
        module="onehot",
    )
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    exact = partial(torch.tensor, dtype=torch.float64)  # JSON writes 0.0 as 0
    for model, answer in zip(models, found, strict=True):
        x_hat = model(x).detach()
        assert answer["loss"] == pytest.approx(expected_loss(model, OneHot(n_features=2)).loss.item(), rel=1e-9)
        assert torch.allclose(exact(answer["h"]), model.encode(x)[:, 0].detach(), atol=1e-12)
        assert torch.allclose(exact(answer["x"]), x_hat, atol=1e-12)
        assert torch.allclose(exact(answer["error"]), ((x - x_hat) ** 2).sum(-1), atol=1e-12)


def test_what_features_lose_when_they_meet_is_the_packages_expectation(node, generator):
    models, given = zip(*cases(30, generator), strict=True)
    script = (
        "for (const c of given) out.push(N.collision({m: 1, n: 2, relu: c.relu, W: Float64Array.from(c.f),"
        " b: Float64Array.from(c.b)}));"
    )
    found = torch.tensor(node(script, given, module="twoinone"))
    both = SparseUniform(n_features=2, density=1.0)
    for model, answer in zip(models, found, strict=True):
        for j in range(2):
            twin = expected_loss(model, both, importance=torch.eye(2)[j]).loss
            assert answer[j].item() == pytest.approx(twin.item(), rel=1e-6, abs=1e-9)


def test_the_antipodal_pair_loses_a_sixth_per_feature_when_both_are_active(node):
    script = "out.push(...N.collision({m: 1, n: 2, relu: true, W: [1, -1], b: [0, 0]}));"
    assert node(script, module="twoinone") == pytest.approx([1 / 6, 1 / 6], abs=1e-12)


def test_beyond_the_border_the_tied_loss_is_zero_and_before_it_is_not(node):
    border = torch.tensor(node("out.push(...N.border(2));", module="twoinone"))
    assert len(border) > 20
    for factor, exact in ((1.001, True), (0.99, False)):
        f = factor * border
        loss = expected_loss(ReLUModel.from_weights(f[:, None], 1 - f**2), OneHot(n_features=2)).loss
        assert bool((loss < 1e-24).all() if exact else (loss > 1e-6).all())


@pytest.mark.parametrize(
    ("f", "b", "relu", "words"),
    [
        ((1, -1), (0, 0), True, "Both features come back exactly. Both at once: h = 0, x̂ = (0, 0): both are lost."),
        ((1, 0), (0, 0), True, "Feature 1 comes back exactly; feature 2 is lost. Both at once: x̂ = (1.00, 0)."),
        ((0, 0), (1, 1), True, "Both inputs give h = 0, so the answers are the same"),
        ((1, 0), (0, 1), True, "Feature 1 comes back, and output 2 wrongly says 1.00; feature 2 comes back exactly."),
        ((0.5**0.5, -(0.5**0.5)), (0.5, 0.5), False, "Both features come back exactly."),
        ((0.45, -1.9), (1 - 0.45**2, 1 - 1.9**2), True, "Both features come back exactly."),
    ],
)
def test_the_words_say_what_the_numbers_show(node, f, b, relu, words):
    script = (
        'import { pair } from "./onehot.js"; const one = pair(given); one.loss(...given.f, ...given.b);'
        "out.push(N.outcome([[1, 0], [0, 1], [1, 1]].map((x) => one.answer(x))));"
    )
    (found,) = node(script, {"f": f, "b": b, "relu": relu}, module="twoinone")
    assert found.startswith(words)


@pytest.mark.parametrize(
    ("trait", "value", "rule"),
    [
        ("f1", 2.5, "a number from -2 to 2"),
        ("f2", float("nan"), "a number from -2 to 2"),
        ("b1", -3.5, "a number from -3 to 3"),
        ("b2", "0", "a number from -3 to 3"),
        ("activation", "gelu", "one of 'relu', 'linear'"),
        ("tie_bias", 1, "one of True, False"),
        ("both_active", None, "one of True, False"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_bad_values_name_the_trait_the_rule_and_the_value(trait, value, rule, late):
    assert refuses(TwoInOne, trait, value, rule, late)


def test_python_knows_the_toy_and_its_loss():
    widget = TwoInOne(f1=1, f2=-1)
    assert widget.loss() == 0
    widget.f1, widget.tie_bias, widget.b2 = 0.5, False, 0.25
    assert widget.toy().W.tolist() == [[0.5, -1]]
    assert widget.toy().b.tolist() == [0, 0.25]
    assert widget.loss() == pytest.approx(expected_loss(widget.toy(), OneHot(n_features=2)).loss.item())


@pytest.mark.parametrize("traits", [{}, {"both_active": True, "f1": 0}, {"activation": "linear", "tie_bias": False}])
def test_a_still_picture_says_the_same_in_colours_and_in_words(traits):
    widget = TwoInOne(**traits)
    assert f"{widget.loss():.3g}" in widget.alt()
    assert len(widget.figure().axes) == 3
    placed(widget)
