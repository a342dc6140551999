"""Where a wide figure is cut for a phone."""

import io
import re

import matplotlib.pyplot as plt
import pytest
import torch
from _ext.panels import cuts, stacked

from supertoy import plots


def svg(draw, n=2, **more):
    plots.use_style()
    figure, axes = plt.subplots(1, n, figsize=(8.2, 3), squeeze=False, **more)
    for ax in axes.flat:
        draw(ax)
    text = io.StringIO()
    figure.savefig(text, format="svg")
    plt.close(figure)
    return text.getvalue(), [ax.get_position() for ax in axes.flat]


def line(ax):
    ax.plot([0, 1], [0, 10])
    ax.set(xlabel="density", ylabel="loss", title="A title")


def landscape(ax):
    axis = torch.linspace(-1, 1, 9)
    plots.plot_landscape(axis, axis**2 + axis[:, None] ** 2, ax=ax)


@pytest.mark.parametrize("draw", [line, landscape])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_figure_is_cut_between_its_panels_and_a_colour_bar_stays_with_its_own(draw, n):
    drawing, places = svg(draw, n)
    width = 8.2 * 72
    found = cuts(drawing)
    assert len(found) == n - 1
    for cut, left, right in zip(found, places, places[1:], strict=False):
        assert left.x1 * width < cut < right.x0 * width


def test_the_numbers_beside_a_colour_bar_stay_with_it():
    drawing, _ = svg(landscape)
    (cut,) = cuts(drawing)
    start = re.findall(r'text-anchor: start[^>]*? x="([\d.]+)"[^>]*>[\d.]+</text>', drawing)
    left = sorted(map(float, start))[: len(start) // 2]
    assert left
    assert max(left) + 2 * 10.5 < cut


def test_many_small_panels_stay_side_by_side():
    assert cuts(svg(lambda ax: ax.set_axis_off(), 5)[0]) == []


def test_a_figure_with_a_legend_for_all_panels_is_not_cut():
    plots.use_style()
    figure, axes = plt.subplots(1, 2, figsize=(8.2, 3))
    axes[0].plot([1, 2], label="a")
    figure.legend()
    text = io.StringIO()
    figure.savefig(text, format="svg")
    plt.close(figure)
    assert cuts(text.getvalue()) == []


def test_the_panels_of_a_figure_show_all_of_it_once():
    html = stacked('<svg role="img" viewBox="0 0 590 200"><g/></svg>', [280.0], "f1-")
    assert 'viewBox="0.0 0 280.0 200"' in html
    assert 'viewBox="280.0 0 310.0 200"' in html
    assert html.count('<use href="#f1-all"/>') == 2
    assert html.count('role="img"') == 1
