"""Plots draw on the axes they are given, return them, never show, and put the data where they say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from supertoy import plots, theory


@pytest.fixture(autouse=True)
def no_show(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a plot called show()"))
    yield
    plt.close("all")


DRAWN = [
    (plots.plot_gram, (torch.eye(3, dtype=torch.float64),)),
    (plots.plot_features, (theory.polygon(5)[0],)),
    (plots.plot_norms, (theory.polygon(5)[0],)),
    (plots.neuron_stack, (theory.polygon(5)[0],)),
    (plots.plot_landscape, (torch.linspace(-1, 1, 9, dtype=torch.float64), torch.rand(9, 9, dtype=torch.float64))),
]


@pytest.mark.parametrize(("plot", "data"), DRAWN)
def test_a_plot_draws_on_the_axes_it_is_given_and_returns_them(plot, data):
    _, ax = plt.subplots()
    assert plot(*data, ax=ax) is ax
    assert ax.has_data()
    assert plot(*data) is not ax


def test_gram_colours_are_symmetric_around_zero():
    ax = plots.plot_gram(torch.tensor([[1.0, -0.3], [-0.3, 2.5]]))
    image = ax.images[0]
    assert image.get_clim() == (-2.5, 2.5)
    assert np.allclose(image.get_array(), [[1, -0.3], [-0.3, 2.5]])


def test_bars_show_lengths_and_tell_alone_from_shared():
    ax = plots.plot_norms(torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.5, -0.5]]))
    assert [bar.get_width() for bar in ax.patches] == [1.0, 0.5, 0.5]
    alone, *shared = (bar.get_facecolor() for bar in ax.patches)
    assert np.allclose(alone[:3], to_rgb(plots.BLUE))
    assert shared[0] == shared[1] != alone
    top = plots.plot_norms(theory.antipodal_pairs(1)).patches[0].get_facecolor()
    assert np.allclose(top[:3], to_rgb(plots.ORANGE))


def stacked(ax):
    """Bars as neuron: [(from, to, colour), …], in the order in which they are drawn."""
    found = {}
    for bar in ax.patches:
        neuron = round(bar.get_x() + bar.get_width() / 2)
        ends = (round(bar.get_y(), 6), round(bar.get_y() + bar.get_height(), 6))
        found.setdefault(neuron, []).append((*ends, bar.get_facecolor()))
    return found


def test_a_neurons_weights_are_stacked_up_and_down_and_small_ones_left_out():
    W = torch.tensor([[1.0, 0.0, 0.01, 0.0], [0.0, 0.75, 0.5, -0.25]])
    bars = stacked(plots.neuron_stack(W))
    assert [ends[:2] for ends in bars[1]] == [(0, 1)]
    assert [ends[:2] for ends in bars[2]] == [(0, 0.75), (0.75, 1.25), (0, -0.25)]


def test_features_that_share_a_neuron_are_orange_on_every_neuron_that_holds_them():
    W = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.7, 0.2], [0.0, 0.6, -0.8]])
    colours = {
        k: [np.allclose(bar[2][:3], to_rgb(plots.ORANGE)) for bar in bars]
        for k, bars in stacked(plots.neuron_stack(W)).items()
    }
    assert colours == {1: [False], 2: [True, True], 3: [True, True]}
    first, second = stacked(plots.neuron_stack(torch.tensor([[1.0, 0.2]]), holds=0.3))[1]
    assert np.allclose(first[2][:3], to_rgb(plots.BLUE))
    assert np.allclose(second[2][:3], to_rgb(plots.GREY))  # no neuron holds it


def test_numbers_name_the_features_that_a_neuron_holds():
    W = torch.tensor([[1.0, 0.1, -0.5]])
    numbers = [(text.get_text(), text.get_position()) for text in plots.neuron_stack(W).texts]
    assert numbers == [("1", (1, 0.5)), ("3", (1, -0.25))]
    assert not plots.neuron_stack(W, label=False).texts
    assert len(plots.neuron_stack(W, holds=0.05).texts) == 3


def test_a_gram_matrix_can_go_without_its_colour_bar():
    assert len(plots.plot_gram(torch.eye(2), colorbar=False).figure.axes) == 1


def test_arrows_end_where_the_features_point():
    W, _ = theory.polygon(5)
    ax = plots.plot_features(W)
    tips = [text.xy for text in ax.texts if text.get_text() == ""]
    assert np.allclose(tips, W.T)
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["1", "2", "3", "4", "5"]


def test_one_hidden_dimension_is_drawn_on_a_line():
    ax = plots.plot_features(torch.tensor([[1.0, -1.0]]), label=False)
    assert [text.xy for text in ax.texts] == [(1.0, 0.0), (-1.0, 0.0)]


def test_a_landscape_has_its_first_feature_across_and_its_second_up():
    axis = torch.linspace(-1, 1, 5)
    loss = (axis[None, :] - 1) ** 2 + 0 * axis[:, None]  # least at f1 = 1
    mesh = plots.plot_landscape(axis, loss).collections[0]
    values = mesh.get_array().reshape(5, 5)
    assert np.allclose(values[:, -1], 0)
    assert np.allclose(values[:, 0], 4)


def test_the_colours_keep_their_contrast_on_both_pages():
    def luminance(colour):
        rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
        return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for colour in plots.CYCLE:
        for page in ("#fefefe", "#121212"):
            light, dark = sorted([luminance(colour), luminance(page)], reverse=True)
            assert (light + 0.05) / (dark + 0.05) > 3, (colour, page)


def test_features_of_a_group_share_a_colour_and_a_letter():
    ax = plots.plot_features(theory.polygon(4)[0], groups=[0, 0, 1, 1])
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["A", "A", "B", "B"]
    arrows = [t.arrow_patch.get_edgecolor() for t in ax.texts if not t.get_text()]
    assert arrows[0] == arrows[1] != arrows[2] == arrows[3]
    plt.close("all")


def test_a_feature_without_a_direction_is_not_drawn():
    ax = plots.plot_features(torch.tensor([[1.0, 0.0, -1.0], [0.0, 1e-9, 0.0]]))
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["1", "3"]
    assert len(ax.texts) == 4
    plt.close("all")


def test_groups_must_be_as_many_as_the_features():
    with pytest.raises(ValueError, match="groups must have one entry for each of 4 features, got 2"):
        plots.plot_features(theory.polygon(4)[0], groups=[0, 1])


def test_a_phase_map_draws_each_label_in_its_own_colour():
    labels = torch.tensor([[0, 1], [1, 2]])
    ax = plots.plot_phase_map(torch.tensor([0.1, 1.0]), torch.tensor([0.5, 2.0]), labels, ["a", "b", "c"])
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.collections[0].get_array().flatten().tolist() == [0, 1, 1, 2]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a", "b", "c"]
