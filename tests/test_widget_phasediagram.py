"""PhaseDiagram: the page's closed form and its optimum against the package, and which maps are taken."""

from fractions import Fraction
from math import factorial

import pytest
import torch

from supertoy import ReLUModel, SparseUniform, expected_loss, solve, theory
from supertoy.widgets import PhaseDiagram
from supertoy.widgets.phasediagram import fixed_weight_map


def test_the_closed_form_is_the_packages(node, generator):
    x = torch.randn(80, 4, generator=generator)
    p, r = torch.rand(80, generator=generator) * 0.98 + 0.02, torch.rand(80, generator=generator) * 3
    weights = torch.stack([torch.ones(80), r], -1)
    twin = theory.two_in_one_loss(x[:, None, :2], x[:, 2:], density=p, importance=weights)
    found = node(
        "for (const [x, p, r] of given) out.push(N.closedLoss(x, p, r));",
        [[a.tolist(), b.item(), c.item()] for a, b, c in zip(x, p, r, strict=True)],
        module="phases",
    )
    assert torch.allclose(torch.tensor(found), twin, rtol=1e-9, atol=1e-9)


def in_exact_numbers(x, p, r):
    """The closed form in rational arithmetic, where nothing cancels: ∫∫ of powers of ReLU by the same R_k."""
    w1, w2, b1, b2, p, r = map(Fraction, (*x, p, r))

    def R(k, z):
        return max(Fraction(0), z) ** k / factorial(k)

    total, c = Fraction(0), w1 * w2
    for w, b, weight in ((w1, b1, 1), (w2, b2, r)):
        a = w * w
        own = lambda k, z, a=a: R(k + 1, a + z) / a - (R(k + 2, a + z) - R(k + 2, z)) / a**2  # noqa: E731
        alone = Fraction(1, 3) - 2 * own(1, b) + 2 * (R(3, a + b) - R(3, b)) / a
        reached = 2 * (R(3, c + b) - R(3, b)) / c
        square = 2 * (R(4, a + c + b) - R(4, a + b) - R(4, c + b) + R(4, b)) / (a * c)
        both = Fraction(1, 3) - 2 * (own(2, c + b) - own(2, b)) / c + square
        total += weight * ((1 - p) ** 2 * 2 * R(2, b) + p * (1 - p) * (alone + reached) + p * p * both)
    return float(total)


@pytest.mark.parametrize("short", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9])
def test_the_closed_form_holds_its_digits_where_a_length_is_almost_0(node, generator, short):
    x = torch.randn(20, 4, generator=generator)
    x[:, 1] = short * x[:, 1].sign()
    x[10:] = x[10:, [1, 0, 3, 2]]
    cells = torch.rand(20, 2, generator=generator)
    given = torch.cat([x, cells], -1).tolist()
    twin = torch.tensor([in_exact_numbers(row[:4], *row[4:]) for row in given])
    found = node("for (const g of given) out.push(N.closedLoss(g.slice(0, 4), g[4], g[5]));", given, "phases")
    assert torch.allclose(torch.tensor(found), twin, rtol=0, atol=1e-11)


def test_where_a_length_is_0_the_loss_is_that_of_dropping_and_never_a_nan(node, generator):
    cells = torch.rand(20, 2, generator=generator)
    cells[:, 1] *= 3
    given = cells.tolist()
    twin = theory.fixed_weight_losses(cells[:, 0], cells[:, 1].clamp(max=1))[0]
    found = node(
        "for (const [p, r] of given) { const { x, loss } = N.dropped(p, r); out.push([N.closedLoss(x, p, r), loss]); }"
        "out.push([N.closedLoss([0, 0, 0, 0], 0.5, 1)]);",
        given,
        module="phases",
    )
    assert torch.allclose(torch.tensor(found[:-1]), twin[:, None].expand(20, 2), atol=1e-12)
    assert found[-1][0] == pytest.approx(2 * 0.5 / 3)


def solved(generator, *, cells, starts, least):
    """Random cells of the map, down to a density of `least`: p, r, inputs, importances, and the best of many starts."""
    p, r = least ** torch.rand(cells, generator=generator), 10 ** (2 * torch.rand(cells, generator=generator) - 1)
    features, weights = SparseUniform(n_features=2, density=p[:, None]), torch.stack([torch.ones(cells), r], -1)
    model = ReLUModel(n_features=2, n_hidden=1, batch=(starts, cells), generator=generator)
    return p, r, features, weights, solve(model, features, importance=weights, keep=4, progress=False).best()


def test_the_optimum_agrees_with_solve_on_the_closed_form(node, generator):
    p, r, _, _, (best, _) = solved(generator, cells=50, starts=32, least=0.02)
    x = torch.cat([best.W.detach()[..., 0, :], best.b.detach()], -1)
    found = torch.tensor(
        node(
            "for (const [x, p, r] of given) out.push([N.optimum(p, r).best.loss, N.closedLoss(x, p, r)]);",
            [[a.tolist(), b.item(), c.item()] for a, b, c in zip(x, p, r, strict=True)],
            module="phases",
        )
    )
    assert (found[:, 0] <= found[:, 1] + 1e-12).all()
    assert torch.allclose(found[:, 0], found[:, 1], rtol=0, atol=1e-6)


def test_the_optimum_is_at_most_that_of_many_starts_and_its_loss_is_true(node, generator):
    p, r, features, weights, (_, twin) = solved(generator, cells=60, starts=24, least=0.01)
    found = node(
        "for (const [p, r] of given) { const { best } = N.optimum(p, r); out.push([...best.x, best.loss]); }",
        torch.stack([p, r], -1).tolist(),
        module="phases",
    )
    x, loss = torch.tensor(found).split([4, 1], -1)
    true = expected_loss(ReLUModel.from_weights(x[:, None, :2], x[:, 2:]), features, importance=weights).loss
    assert torch.allclose(loss[:, 0], true, rtol=5e-5, atol=1e-9)  # the quadrature's own error
    assert (loss[:, 0] <= twin * (1 + 5e-5)).all(), (loss[:, 0] / twin - 1).max()


def test_phases_are_named_as_in_the_chapter(node):
    given = [[1, -0.9], [1, 0.01], [0.02, 1], [1, -0.3], [0.7, 0.6]]
    (found,) = node("out.push(given.map(N.phase));", given, module="phases")
    assert found == [1, 0, 2, 3, 4]


def test_one_importance_goes_through_three_phases(node):
    (found,) = node(
        "out.push(given.map((p) => N.phase(N.optimum(p, 0.6).best.x)));",
        torch.linspace(0.4, 0.9, 26).tolist(),
        module="phases",
    )
    assert {0, 1, 3} <= set(found)


def test_borders_are_those_of_the_reference_and_of_theory(node):
    """The pair's jumps, and at r = 0.8 the lopsided pair's end, where a little of feature 2 begins to pay."""
    script = "out.push(...given.map((cell) => N.change(...cell)), N.optimum(0.8, 0.8));"
    given = [(0.1, 0.4, 0.1), (0.1, 0.5, 0.2), (0.6, 0.9, 1), (0.65, 0.9, 0.8)]
    tenth, fifth, one, fading, dense = node(script, given, module="phases")
    assert tenth[1:] == fifth[1:] == [1, 0]
    assert 0.18 < tenth[0] < 0.19
    assert 0.29 < fifth[0] < 0.3
    assert one[1:] == [1, 3]
    assert one[0] == pytest.approx(0.7065, abs=0.003)
    assert fading[1:] == [3, 0]
    assert theory.sharing_onset(torch.tensor(fading[0])).item() == pytest.approx(0.8, abs=0.02)
    assert dense["pair"] is None


def test_the_border_of_fixed_weights_is_the_theorys(node):
    r = torch.logspace(-1, 1, 21)
    (found,) = node("out.push(given.map(N.border));", r.tolist(), module="phases")
    assert torch.allclose(theory.antipodal_boundary(torch.tensor(found)), torch.minimum(r, 1 / r))


def test_the_map_without_labels_is_that_of_fixed_weights():
    widget = PhaseDiagram()
    p, r = torch.tensor(widget.densities), torch.tensor(widget.importances)
    assert torch.equal(torch.tensor(widget.labels), fixed_weight_map(p, r))
    low = fixed_weight_map(torch.tensor([0.1]), torch.tensor([0.05, 0.06, 1.0, 16.0, 20.0]))
    assert low.tolist() == [[0, 1, 1, 1, 2]]  # the border is at 2p/(4 − 5p) = 0.057, and at its inverse


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"labels": [[0, 1]]}, "labels must have a row for each density .*got 1 × 2 for 40 × 40"),
        ({"densities": [0.1]}, "labels must have a row for each density .*got 40 × 40 for 1 × 40"),
        ({"densities": [0.1, 0.1]}, r"densities must be numbers above 0, rising, got \[0.1, 0.1\]"),
        ({"importances": []}, r"importances must be numbers above 0, rising, got \[\]"),
        ({"names": []}, r"names must be one to 6 strings, got \[\]"),
        ({"names": [1, 2, 3]}, r"names must be one to 6 strings, got \[1, 2, 3\]"),
        ({"names": ["dropped", "pair"]}, "labels must be whole numbers below 2"),
        ({"density": 0.009}, "density must be a number from 0.01 to 1, got 0.009"),
        ({"importance": 11}, "importance must be a number from 0.1 to 10, got 11"),
        ({"densities": [0.0, 0.5]}, "densities must be numbers above 0"),
        ({"densities": [0.1], "importances": [1.0], "labels": [[9]]}, "labels must be whole numbers below 5"),
        ({"densities": [0.1], "importances": [1.0], "labels": [[0.5]]}, "labels must be whole numbers below 5"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(traits, message):
    with pytest.raises(ValueError, match=message):
        PhaseDiagram(**traits)


def test_a_map_of_another_size_takes_its_parts_together():
    widget = PhaseDiagram()
    with widget.hold_trait_notifications():
        widget.densities, widget.importances, widget.labels = [0.1, 0.2], [0.5], [[1], [0]]
    assert "A map" in widget.alt()
    assert widget.figure().axes
    with pytest.raises(ValueError, match="labels must have a row"):
        widget.importances = [0.5, 1.0]
