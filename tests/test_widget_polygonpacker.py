"""PolygonPacker: losses, margins and words against the package, and traits that say what is wrong."""

import pytest
import torch
from pictures import placed
from refusals import refuses

from supertoy import OneHot, ReLUModel, expected_loss, theory
from supertoy.geometry import gram
from supertoy.widgets import PolygonPacker

RULES = ("own", "shared", "zero")


def cases(count, generator):
    """Widgets with random directions of every size under every rule for the bias, and the same as plain data."""
    for k in range(count):
        n = k % 12 + 1
        W = (1 + k % 3) * torch.randn(2, n, generator=generator).clamp(-3, 3)
        b = 2 * torch.rand((), generator=generator).item() - 1.5
        widget = PolygonPacker(W=W, bias=RULES[k % 3 if k % 5 else 0], b=b)
        yield widget, {"tips": W.T.tolist(), "bias": widget.bias, "b": b}


def judged(node, given):
    """What the page makes of directions."""
    script = (
        "for (const c of given) { const toy = N.packing(c.tips, c.bias, c.b), found = N.judge(toy);"
        "out.push({...found, b: [...toy.b], words: N.verdict(found)}); }"
    )
    return node(script, given, module="packing")


def test_loss_margins_and_readings_are_the_packages(node, generator):
    widgets, given = zip(*cases(72, generator), strict=True)
    for widget, found in zip(widgets, judged(node, given), strict=True):
        n = widget.n_features
        model, inputs = widget.toy(), torch.eye(n)
        x_hat = model(inputs).detach()
        features = found["features"]
        loss = expected_loss(model, OneHot(n_features=n)).loss.item()
        assert found["loss"] == pytest.approx(loss, rel=1e-9, abs=1e-15)
        assert found["b"] == pytest.approx(model.b.tolist(), abs=1e-12)
        assert [f["own"] for f in features] == pytest.approx(x_hat.diagonal().tolist(), abs=1e-12)
        assert [f["error"] for f in features] == pytest.approx(((x_hat - inputs) ** 2).sum(0).tolist(), abs=1e-10)
        assert [f["exact"] for f in features] == widget.exact().tolist()
        assert found["back"] == ((x_hat - inputs).abs() < 1e-9).all(1).nonzero()[:, 0].tolist()
        heard = ((x_hat > 1e-9) & ~torch.eye(n, dtype=torch.bool)).T
        assert [f["heard"] for f in features] == [row.nonzero()[:, 0].tolist() for row in heard]
        if n > 1:
            assert [f["margin"] for f in features] == pytest.approx(widget.margins().tolist(), abs=1e-10)


def test_margins_are_the_chapters(generator):
    W = torch.randn(2, 7, generator=generator)
    margins = PolygonPacker(W=W).margins()
    for j in range(7):
        least = min(float(W[:, j] @ (W[:, j] - W[:, k])) for k in range(7) if k != j)
        assert margins[j].item() == pytest.approx(least, abs=1e-12)


def test_with_its_own_bias_an_output_is_exact_where_the_margin_is_at_least_one(generator):
    for widget, _ in cases(60, generator):
        widget.bias = "own"
        assert torch.equal(widget.exact(), widget.margins() >= 1 - 1e-9)
        assert (widget.loss() < 1e-15) == bool(widget.exact().all())


@pytest.mark.parametrize("n", range(1, 13))
def test_regular_polygons_are_the_packages_and_lose_nothing(node, n):
    (tips,) = node(f"out.push(N.regular({n}));", module="packing")
    W = torch.tensor(tips).double().T
    assert torch.allclose(W, PolygonPacker(n_features=n).directions(), atol=1e-12)
    if n >= 3:
        assert torch.allclose(W, theory.polygon(n)[0], atol=1e-12)
    (found,) = judged(node, [{"tips": tips, "bias": "own", "b": 0}])
    assert found["loss"] < 1e-20
    assert len(found["back"]) == n
    assert found["words"].startswith(f"Loss 0: all {n} inputs" if n > 1 else "Loss 0: the one input")


@pytest.mark.parametrize(
    ("lengths", "angles"),
    [((1, 2, 2, 2, 2), (0, 90, 144, 216, 270)), ((1.65, 3.3, 3.3, 3.3, 3.3), (0, 72, 144, 216, 288))],
)
def test_five_features_lose_nothing_though_one_is_half_as_long_as_the_longest(node, lengths, angles):
    turn = torch.tensor(angles).double().deg2rad()
    W = torch.tensor(lengths).double() * torch.stack([turn.cos(), turn.sin()])
    assert PolygonPacker(W=W).loss() < 1e-20
    (found,) = judged(node, [{"tips": W.T.tolist(), "bias": "own", "b": 0}])
    assert found["words"] == "Loss 0: all 5 inputs come back exactly. The shortest is 0.50 of the longest."


def test_the_words_name_the_outputs_that_are_wrong(node):
    pentagon = theory.polygon(5)[0].T
    short = pentagon.clone()
    short[0] *= 0.8
    own, zero = judged(
        node,
        [{"tips": short.tolist(), "bias": "own", "b": 0}, {"tips": pentagon.tolist(), "bias": "zero", "b": 0}],
    )
    assert "3 of 5 inputs come back exactly. Output 1 also answers to inputs 2 and 5." in own["words"]
    assert own["words"].endswith("The shortest is 0.80 of the longest.")
    assert "0 of 5" in zero["words"]
    assert "Output 1 says 1.45 at its own input and also answers to inputs 2 and 5; output 2 says" in zero["words"]
    assert "; 3 more outputs are wrong somewhere." in zero["words"]


def test_spreading_keeps_lengths_and_order_and_makes_all_angles_equal(node, generator):
    for n in (1, 2, 5, 12):
        W = torch.randn(n, 2, generator=generator)
        (spread,) = node("out.push(N.spread(given));", W.tolist(), module="packing")
        spread = torch.tensor(spread)
        assert torch.allclose(spread.norm(dim=1), W.norm(dim=1))
        turns = (spread[:, 1].atan2(spread[:, 0])).rad2deg().sort().values
        assert torch.allclose(turns.diff(), torch.tensor(360.0 / n), atol=1e-9)
        before = W[:, 1].atan2(W[:, 0]) % (2 * torch.pi)
        after = (spread[:, 1].atan2(spread[:, 0]) - before.min()) % (2 * torch.pi) + 1e-12
        assert (after % (2 * torch.pi)).argsort().tolist() == before.argsort().tolist()


def test_borders_are_where_an_output_falls_silent_and_end_at_the_edge(node, generator):
    given = [
        [*torch.randn(2, generator=generator).tolist(), torch.randn((), generator=generator).item()] for _ in range(60)
    ]
    given += [[1, 0, -0.3], [0, 1, 0.3], [0, 0, 1], [0.1, 0, -9], [0, 0.1, 9]]
    found = node("for (const [x, y, b] of given) out.push(N.border([x, y], b, 2));", given, module="packing")
    assert found[-3:] == [None, None, None]
    for (x, y, b), ends in zip(given, found, strict=True):
        for px, py in ends or []:
            assert x * px + y * py + b == pytest.approx(0, abs=1e-9)
            assert max(abs(px), abs(py)) == pytest.approx(2, abs=1e-9)
    grid = torch.cartesian_prod(torch.linspace(-2, 2, 41), torch.linspace(-2, 2, 41))
    for (x, y, b), ends in zip(given[:-3], found, strict=False):
        signs = (grid @ torch.tensor([x, y]).double() + b).sign()
        assert (ends is None) == bool((signs == signs[0]).all())


@pytest.mark.parametrize(
    ("trait", "value", "rule"),
    [
        ("n_features", 0, "a whole number from 1 to 12"),
        ("n_features", 13, "a whole number from 1 to 12"),
        ("n_features", 2.5, "a whole number from 1 to 12"),
        ("W", [[1.0, 2.0]], "2 rows of 1 to 12 numbers from -10 to 10"),
        ("W", [[1.0], [11.0]], "2 rows of 1 to 12 numbers from -10 to 10"),
        ("W", [[], []], "2 rows of 1 to 12 numbers from -10 to 10"),
        ("W", [[0.5] * 13] * 2, "2 rows of 1 to 12 numbers from -10 to 10"),
        ("W", [[1.0, 2.0], [1.0]], "2 rows of 1 to 12 numbers from -10 to 10"),
        ("W", [[float("nan")], [0.0]], "2 rows of 1 to 12 numbers from -10 to 10"),
        ("bias", "none", "one of 'own', 'shared', 'zero'"),
        ("b", 3, "a number from -99 to 2"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_bad_values_name_the_trait_the_rule_and_the_value(trait, value, rule, late):
    assert refuses(PolygonPacker, trait, value, rule, late)


def test_directions_and_their_number_agree_whichever_is_set():
    widget = PolygonPacker(W=torch.ones(2, 3))
    assert widget.n_features == 3
    widget.W = [[1, 0], [0, 1]]
    assert widget.n_features == 2
    widget.n_features = 4
    assert widget.W == []
    assert torch.allclose(gram(widget.directions()).diagonal(), torch.ones(4))
    assert PolygonPacker(n_features=2, W=[[1, 0], [0, 1]]).W == [[1, 0], [0, 1]]
    with pytest.raises(
        ValueError, match="n_features must be the number of columns of W where both are given, 2, got 3"
    ):
        PolygonPacker(n_features=3, W=[[1, 0], [0, 1]])


def test_the_bias_follows_its_rule():
    widget = PolygonPacker(n_features=5)
    assert torch.allclose(widget.toy().b, theory.polygon(5)[1])
    widget.bias, widget.b = "shared", -0.25
    assert widget.toy().b.tolist() == [-0.25] * 5
    widget.bias = "zero"
    assert widget.toy().b.tolist() == [0] * 5
    assert isinstance(widget.toy(), ReLUModel)


@pytest.mark.parametrize("traits", [{}, {"n_features": 1}, {"n_features": 12, "bias": "zero"}, {"W": [[0, 0], [0, 0]]}])
def test_a_still_picture_says_the_same_in_lines_and_in_words(traits):
    widget = PolygonPacker(**traits)
    assert f"{int(widget.exact().sum())} of {widget.n_features} outputs are exact" in widget.alt()
    assert len(widget.figure().axes) == 2
    placed(widget)
