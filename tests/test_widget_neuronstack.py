"""NeuronStack: its counts, bars and words against the package, and a record that says what is wrong with it."""

import matplotlib.pyplot as plt
import pytest
import torch
from pictures import placed

from supertoy import geometry, plots
from supertoy.widgets import NeuronStack
from supertoy.widgets.neuronstack import ALONE, CODED


def cases(count, generator):
    """Random weights of several sizes, a third of them cut to few large ones, with a rule for what counts."""
    for k in range(count):
        m, n = 1 + k % 6, 1 + (7 * k) % 11
        W = torch.randn(m, n, generator=generator)
        yield (W * (W.abs() > 1) if k % 3 == 0 else W), 0.05 + 0.9 * torch.rand((), generator=generator).item()


def test_counts_and_lengths_in_the_page_are_pythons(node, generator):
    all_cases = list(cases(60, generator))
    found = node(
        "for (const [W, holds] of given) out.push({...N.census(W, holds), lengths: N.lengths(W)});",
        [[W.tolist(), holds] for W, holds in all_cases],
        module="neuronstack",
    )
    for (W, holds), answer in zip(all_cases, found, strict=True):
        widget = NeuronStack(densities=[0.5], W=[W.tolist()], loss=[0.1], holds=holds)
        assert (answer["one"], answer["several"], answer["represented"]) == widget.census()
        assert answer["lengths"] == pytest.approx(geometry.norms(W).tolist())
        held = W.abs() > holds
        shared = (held & (held.sum(1, keepdim=True) > 1)).any(0)
        assert answer["roles"] == widget.roles() == (held.any(0).int() + shared.int()).tolist()


def test_bars_in_the_page_are_those_of_the_figure(node, generator):
    W = torch.randn(5, 10, generator=generator) * (torch.rand(5, 10, generator=generator) < 0.6)
    found = node("for (const row of given) out.push(N.bars(row));", W.tolist(), module="neuronstack")
    drawn = [(b.get_y(), b.get_y() + b.get_height()) for b in plots.neuron_stack(W, holds=0.3).patches]
    plt.close("all")
    ends = [bar[1:] for row in found for bar in row]
    assert torch.allclose(torch.tensor(ends), torch.tensor(drawn), atol=1e-6)


@pytest.mark.parametrize(
    ("W", "feature", "words"),
    [
        (ALONE, 0, "p = 0.300: 3 neurons with one feature, 0 with several; 3 features represented; loss 0.0520."),
        (CODED, 0, "p = 0.300: 1 neuron with one feature, 2 with several; 4 features represented; loss 0.0520."),
        (CODED, 2, "Feature 2 writes on neurons 2 and 3."),
        (CODED, 3, "Feature 3 writes on neuron 3, with a veto on neuron 2."),
        (CODED, 5, "Feature 5 writes on no neuron."),
    ],
)
def test_the_words_say_what_a_record_holds(node, W, feature, words):
    given = {"p": 0.3, "W": W, "loss": 0.052, "holds": 0.3, "feature": feature}
    (found,) = node("out.push(N.says(given));", given, module="neuronstack")
    assert words in found


RECORD = {"densities": [0.5, 0.2], "W": [ALONE, CODED], "loss": [0.1, 0.05]}


@pytest.mark.parametrize(
    ("change", "name", "rule"),
    [
        ({"densities": [0.2, 0.5]}, "densities", "must fall"),
        ({"densities": [1.5, 0.5]}, "densities", "at most 1"),
        ({"densities": [0.5, 0.0]}, "densities", "above 0"),
        ({"densities": [], "W": [], "loss": []}, "densities", "1 to 60"),
        ({"W": [ALONE]}, "W", "one record for each of 2"),
        ({"W": [ALONE, CODED[:2]]}, "W", "rows of one length"),
        ({"W": [[[0.0] * 25]] * 2}, "W", "must have shape"),
        ({"loss": [0.1]}, "loss", "one number for each of 2"),
        ({"loss": [0.1, -1]}, "loss", "0 or more"),
        ({"position": 2}, "position", "below the number of records, 2"),
        ({"feature": 6}, "feature", "at most the number of features, 5"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(change, name, rule):
    with pytest.raises(ValueError, match=rf"^{name} .*{rule}.*got"):
        NeuronStack(**RECORD | change)


def test_a_record_is_made_of_tensors_and_rounded():
    W = torch.tensor([ALONE, CODED]) + 1e-5
    widget = NeuronStack.of(torch.tensor([0.5, 0.2]), W, torch.tensor([0.1, 0.05]), position=1)
    assert torch.equal(torch.tensor(widget.W), torch.tensor([ALONE, CODED], dtype=torch.float64))
    assert widget.densities == [0.5, 0.2]
    assert widget.census(0) == (3, 0, 3)
    assert widget.census() == (1, 2, 4)
    widget.holds = 0.9
    assert widget.census() == (3, 0, 4)


@pytest.mark.parametrize(("density", "count"), [(torch.tensor([0.5]), 2), (torch.tensor(0.5), 1)])
@pytest.mark.usefixtures("unchecked")
def test_tensors_of_other_shapes_are_refused(density, count):
    with pytest.raises(ValueError, match=r"^W must have shape \(records, m, n\)"):
        NeuronStack.of(density, torch.ones(count, 2, 3), torch.ones(count))


@pytest.mark.parametrize("traits", [{}, {"position": 0}, RECORD | {"holds": 0.85, "feature": 2}])
def test_a_still_picture_says_the_same_in_colours_and_in_words(traits):
    widget = NeuronStack(**traits)
    one, several, represented = widget.census()
    assert f"{one} of 3 neurons hold one feature and {several} several, {represented} features" in widget.alt()
    assert len(widget.figure().axes) == 3
    placed(widget)
