"""PhaseDiagram: the page's closed form and its optimum against the package, and which maps are taken."""

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
        module="phasediagram",
    )
    assert torch.allclose(torch.tensor(found), twin, rtol=1e-6, atol=1e-9)


def test_the_optimum_is_at_most_that_of_many_starts_and_its_loss_is_true(node, generator):
    cells = 60
    p, r = 0.01 ** torch.rand(cells, generator=generator), 10 ** (2 * torch.rand(cells, generator=generator) - 1)
    features, weights = SparseUniform(n_features=2, density=p[:, None]), torch.stack([torch.ones(cells), r], -1)
    model = ReLUModel(n_features=2, n_hidden=1, batch=(24, cells), generator=generator)
    twin = solve(model, features, importance=weights, keep=4, progress=False).best()[1]
    found = node(
        "for (const [p, r] of given) { const { best } = N.optimum(p, r); out.push([...best.x, best.loss]); }",
        torch.stack([p, r], -1).tolist(),
        module="phasediagram",
    )
    x, loss = torch.tensor(found).split([4, 1], -1)
    true = expected_loss(ReLUModel.from_weights(x[:, None, :2], x[:, 2:]), features, importance=weights).loss
    assert torch.allclose(loss[:, 0], true, rtol=5e-5, atol=1e-9)  # the quadrature's own error
    assert (loss[:, 0] <= twin * (1 + 5e-5)).all(), (loss[:, 0] / twin - 1).max()


def test_phases_are_named_as_in_the_chapter(node):
    given = [[1, -0.9], [1, 0.01], [0.02, 1], [1, -0.3], [0.7, 0.6]]
    (found,) = node("out.push(given.map(N.phase));", given, module="phasediagram")
    assert found == [1, 0, 2, 3, 4]


def test_one_importance_goes_through_three_phases(node):
    (found,) = node(
        "out.push(given.map((p) => N.phase(N.optimum(p, 0.6).best.x)));",
        torch.linspace(0.4, 0.9, 26).tolist(),
        module="phasediagram",
    )
    assert {0, 1, 3} <= set(found)


def test_the_map_without_labels_is_that_of_fixed_weights():
    widget = PhaseDiagram()
    p, r = torch.tensor(widget.densities), torch.tensor(widget.importances)
    assert torch.equal(torch.tensor(widget.labels), fixed_weight_map(p, r))
    low = fixed_weight_map(torch.tensor([0.1]), torch.tensor([0.05, 0.06, 1.0, 16.0, 20.0]))
    assert low.tolist() == [[0, 1, 1, 1, 2]]  # the border is at 2p/(4 − 5p) = 0.057, and at its inverse


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"labels": [[0, 1]]}, r"labels must have a row for each density .*got \(1, 2\)"),
        ({"densities": [0.0, 0.5]}, "densities must be numbers above 0"),
        ({"densities": [0.1], "importances": [1.0], "labels": [[9]]}, "labels must be whole numbers below 5"),
        ({"densities": [0.1], "importances": [1.0], "labels": [[0.5]]}, "labels must be whole numbers below 5"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(traits, message):
    with pytest.raises(ValueError, match=message):
        PhaseDiagram(**traits)
