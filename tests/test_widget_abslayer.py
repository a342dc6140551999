"""AbsLayer: its layers compute what they promise, its numbers are the package's, and its words say what they show."""

import pytest
import torch
from pictures import placed
from refusals import refuses

from supertoy import OneHiddenLayerModel
from supertoy.widgets import AbsLayer
from supertoy.widgets.abslayer import LAYERS


def toy(layer):
    W, V = (torch.tensor(LAYERS[layer][name], dtype=torch.float64) for name in "WV")
    model = OneHiddenLayerModel(n_features=len(V), n_hidden=len(W), bias=False)
    model.W.data, model.V.data = W, V
    return model


def alone(n):
    """All inputs in which only one feature is active, at 41 strengths."""
    return (torch.linspace(-1, 1, 41)[:, None, None] * torch.eye(n)).flatten(0, 1)


def test_six_neurons_compute_three_absolute_values_for_every_input(generator):
    x = 2 * torch.rand(100_000, 3, generator=generator) - 1
    assert torch.allclose(toy("two each")(x), x.abs(), atol=1e-12)


def test_five_neurons_compute_three_absolute_values_while_one_feature_is_active(generator):
    x = alone(3)
    assert torch.allclose(toy("shared")(x), x.abs(), atol=1e-12)
    both = 2 * torch.rand(1000, 3, generator=generator) - 1
    assert ((toy("shared")(both) - both.abs()).abs().max(-1).values > 1e-3).double().mean() > 0.9


def test_unequal_weights_leave_a_quarter_of_feature_2_on_output_1():
    x = alone(2)
    wrong = (toy("asymmetric")(x) - x.abs()).detach()
    assert wrong[:, 1].abs().max() < 1e-12
    assert torch.allclose(wrong[:, 0], (-x[:, 1]).clamp(min=0) / 4)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_page_computes_what_the_package_computes(layer, node, generator):
    model = toy(layer)
    x = 2 * torch.rand(40, model.n_features, generator=generator) - 1
    found = node(
        "for (const x of given.x) out.push(N.forward(given.layer, x));",
        {"layer": LAYERS[layer], "x": x.tolist()},
        module="abslayer",
    )
    says = torch.relu(x @ model.W.mT)
    for name, twin in (("says", says), ("sums", says @ model.V.mT), ("answers", model(x))):
        values = torch.tensor([one[name] for one in found], dtype=torch.float64)
        assert torch.allclose(values, twin.detach(), atol=1e-12)


def test_neurons_are_added_one_by_one(node):
    found = node(
        "for (let k = 0; k <= 5; k += 1) out.push(N.forward(given, [-1, 0, 0], k).sums);", LAYERS["shared"], "abslayer"
    )
    assert found == [[0, 0, 0], [1, -1, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]]
    for k in range(6):
        widget = AbsLayer(layer="shared", x1=-1, neurons=k)
        assert widget.answer().tolist() == [max(0, v) for v in found[k]]


@pytest.mark.parametrize(
    ("layer", "x", "words"),
    [
        ("two each", (-0.6, 0, 0), "Neuron 2 fires. All answers are right."),
        ("two each", (0, 0, 0), "No neuron fires. All answers are right."),
        ("shared", (-1, 0, 0), "Neurons 1 and 2 fire. Output 2 gets 1.00 from neuron 2 and −1.00 from neuron 1: 0 in"),
        ("asymmetric", (0, -1), "Neuron 1 fires. Wrong: ŷ₁ = 0.25 where 0 is wanted."),
        ("asymmetric", (1, 0), "Neurons 1 and 2 fire. Output 2 gets 2.00"),
    ],
)
def test_the_words_say_what_the_numbers_show(layer, x, words, node):
    if words.endswith("2.00"):
        words = words.replace("2.00", "4.00 from neuron 1 and −4.00 from neuron 2: 0 in all. All answers are right.")
    script = "out.push(N.account(given.layer, given.x, N.forward(given.layer, given.x)));"
    assert node(script, {"layer": LAYERS[layer], "x": x}, module="abslayer")[0].startswith(words)


def test_weights_are_written_as_people_write_them(node):
    script = "for (const w of given) out.push(N.formula(w, 'x'));"
    found = node(script, [[-1, 0, 1], [2, -0.5], [0, 0], [0.5, -4]], module="abslayer")
    assert [text.replace("\u00a0", " ") for text in found] == ["−x₁ + x₃", "2 x₁ − ½ x₂", "nothing", "½ x₁ − 4 x₂"]


@pytest.mark.parametrize(
    ("trait", "value", "rule"),
    [
        ("layer", "deep", "one of 'two each', 'shared', 'asymmetric'"),
        ("x1", 1.5, "a number from -1 to 1"),
        ("x3", float("nan"), "a number from -1 to 1"),
        ("feature", 4, "one of 1, 2, 3"),
        ("neurons", 7, "a whole number from 0 to 6"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_bad_values_name_the_trait_the_rule_and_the_value(trait, value, rule, late):
    assert refuses(AbsLayer, trait, value, rule, late)


@pytest.mark.parametrize("traits", [{}, {"layer": "shared", "neurons": 2, "x3": 0.5}, {"layer": "asymmetric"}])
def test_a_still_picture_says_the_same_in_colours_and_in_words(traits):
    widget = AbsLayer(**traits)
    assert ", ".join(f"{v:.2f}" for v in widget.answer().tolist()) in widget.alt()
    assert len(widget.figure().axes) == 2
    placed(widget)


def test_no_neurons_are_no_error():
    widget = AbsLayer(neurons=0)
    assert widget.answer().tolist() == [0, 0, 0]
    assert widget.figure()
