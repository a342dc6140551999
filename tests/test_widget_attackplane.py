"""AttackPlane: pushes, outputs and errors against the package, and the worst push against brute force."""

import math

import pytest
import torch
from pictures import placed
from refusals import refuses

from supertoy import ReLUModel, SparseUniform, TrainConfig, train
from supertoy.widgets import AttackPlane


def some(count, generator):
    """Widgets with random directions, biases, inputs and pushes."""
    for k in range(count):
        n = 2 + k % 7
        W = torch.randn(2, n, generator=generator).clamp(-3, 3)
        b, x = torch.rand(2, n, generator=generator)
        angle, size = 360 * torch.rand((), generator=generator).item(), torch.rand((), generator=generator).item()
        x = x * (torch.rand(n, generator=generator) < 0.5)
        yield AttackPlane(W=W, b=0.5 * b - 0.4, x=x, angle=angle, size=size, epsilon=0.05 + 0.3 * (k % 3))


def page(node, widgets, epsilon=None):
    """What the page makes of these widgets."""
    script = (
        "for (const c of given) { const toy = N.target(c), turn = c.angle * Math.PI / 180;"
        "const u = [Math.cos(turn), Math.sin(turn)].map((v) => v * c.size * c.epsilon);"
        "const most = N.worst(toy, c.x, c.epsilon), far = toy.reach(u), near = toy.back(far);"
        "out.push({clean: toy.outputs(c.x, [0, 0]), pushed: toy.outputs(c.x, u), error: toy.error(c.x, u),"
        " slope: toy.slope(c.x, u), most, far, near, u, polar: N.polar(u)}); }"
    )
    return node(script, [w.state() for w in widgets], module="attackplane")


def worst_by_force(widget, turns=3600):
    """The largest squared error over pushes of full length, at so many angles."""
    W, x = torch.tensor(widget.W), torch.tensor(widget.x)
    turn = torch.arange(turns) * 2 * math.pi / turns
    values, vectors = torch.linalg.eigh(W @ W.mT)
    u = widget.epsilon * torch.stack([turn.cos(), turn.sin()], 1)
    pushes = u @ vectors @ torch.diag(values.rsqrt()) @ vectors.mT @ W
    return ((widget.toy()(x + pushes).detach() - x) ** 2).sum(-1).max().item()


def test_pushes_outputs_and_errors_are_the_packages(node, generator):
    widgets = list(some(70, generator))
    for widget, found in zip(widgets, page(node, widgets), strict=True):
        clean, pushed = widget.answers()
        assert torch.allclose(torch.tensor(found["clean"]).double(), clean, atol=1e-9)
        assert torch.allclose(torch.tensor(found["pushed"]).double(), pushed, atol=1e-9)
        assert found["error"] == pytest.approx(widget.errors()[1], abs=1e-9)
        delta = widget.push()
        assert delta.norm().item() == pytest.approx(widget.epsilon * widget.size)
        assert found["far"] == pytest.approx((torch.tensor(widget.W) @ delta).tolist(), abs=1e-9)
        assert found["near"] == pytest.approx(found["u"], abs=1e-7)
        angle, length = found["polar"]
        assert [angle, length] == pytest.approx([widget.angle, widget.epsilon * widget.size], abs=1e-6)


def test_the_slope_is_that_of_the_squared_error(node, generator):
    widgets = list(some(30, generator))
    for widget, found in zip(widgets, page(node, widgets), strict=True):
        W, x = torch.tensor(widget.W), torch.tensor(widget.x)
        values, vectors = torch.linalg.eigh(W @ W.mT)
        u = torch.tensor(found["u"]).double().requires_grad_()
        h = W @ x + vectors @ torch.diag(values.sqrt()) @ vectors.mT @ u
        error = ((torch.relu(W.mT @ h + torch.tensor(widget.b)) - x) ** 2).sum()
        (slope,) = torch.autograd.grad(error, u)
        assert found["slope"] == pytest.approx((slope / 2).tolist(), abs=1e-9)


def test_the_worst_push_is_as_bad_as_brute_force_finds(node, generator):
    widgets = list(some(70, generator))
    for widget, found in zip(widgets, page(node, widgets), strict=True):
        assert math.hypot(*found["most"]["u"]) == pytest.approx(widget.epsilon)
        assert found["most"]["error"] >= 0.999 * worst_by_force(widget)


@pytest.mark.parametrize(
    ("x", "found", "words"),
    [
        ([0.8, 0, 0], [0.8, 0, 0.01], "No output is far off."),
        ([0.8, 0, 0], [0.8, 0.3, 0], "Output 2 answers to what is not there."),
        ([0.8, 0, 0], [0.3, 0.3, 0.2], "Outputs 2 and 3 answer to what is not there; output 1 has lost half and more."),
        ([0.8, 0.5, 0], [1.2, 0.9, 0], "Outputs 1 and 2 say too much."),
        ([0.8, 0, 0], [1.2, 0.9, 0], "Output 2 answers to what is not there; output 1 says too much."),
    ],
)
def test_the_words_say_what_the_numbers_show(node, x, found, words):
    assert node("out.push(N.damage(given.x, given.found));", {"x": x, "found": found}, module="attackplane") == [words]


@pytest.mark.parametrize(
    ("trait", "value", "rule"),
    [
        ("epsilon", 0.01, "a number from 0.05 to 1"),
        ("angle", 361, "a number from 0 to 360"),
        ("size", -0.1, "a number from 0 to 1"),
        ("W", [[1, 2], [1, 2]], "two rows of 2 to 8 numbers from -3 to 3 whose columns span the plane"),
        ("W", [[1.0, 0.0]], "two rows of 2 to 8 numbers"),
        ("W", [[4, 0], [0, 1]], "two rows of 2 to 8 numbers"),
        ("b", [-4, 0, 0, 0, 0], "one number from -3 to 3 for each feature"),
        ("x", [1.5, 0, 0, 0, 0], "one number from 0 to 1 for each feature"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_bad_values_name_the_trait_the_rule_and_the_value(trait, value, rule, late):
    assert refuses(AttackPlane, trait, value, rule, late)


def test_biases_and_inputs_are_one_for_each_feature():
    with pytest.raises(ValueError, match="x must be one number for each of 5 features, got 2"):
        AttackPlane(x=[0, 1])
    assert AttackPlane(W=torch.eye(2)).x == [0.8, 0]


def test_a_trained_toy_can_be_given_and_pushed(generator):
    toys = ReLUModel(n_features=3, n_hidden=2, batch=(2,), generator=generator)
    config = TrainConfig(steps=5, records=1, progress=False)
    best, _ = train(toys, SparseUniform(n_features=3, density=0.1), config=config, generator=generator).best()
    widget = AttackPlane(W=best.W, b=best.b, x=[0.5, 0, 0], size=1)
    x = torch.tensor([0.5, 0, 0])
    assert torch.allclose(widget.answers()[1].to(best.W), best(x[None] + widget.push().to(best.W))[0], atol=1e-5)


@pytest.mark.parametrize("traits", [{}, {"size": 0}, {"W": torch.eye(2), "x": [0.0, 0.4]}])
def test_a_still_picture_says_the_same_in_colours_and_in_words(traits):
    widget = AttackPlane(**traits)
    assert f"{widget.errors()[1]:.3g}" in widget.alt()
    assert len(widget.figure().axes) == 2
    placed(widget)
