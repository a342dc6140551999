"""Drawings of polytopes: nodes, edges and lines between neighbours."""

import matplotlib.pyplot as plt
import pytest
import torch

from supertoy import geometry_plots
from supertoy.polytopes import polytope


@pytest.fixture(autouse=True)
def no_show(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a plot called show()"))
    yield
    plt.close("all")


def test_a_feature_graph_has_a_node_per_feature_and_an_edge_per_overlap():
    W = torch.block_diag(polytope("pentagon"), polytope("digon"), polytope("triangle"))
    _, ax = plt.subplots()
    assert geometry_plots.plot_feature_graph(W, ax=ax) is ax
    edges = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"]
    nodes = sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() == "o")
    assert nodes == 10
    assert len(edges) == 10 + 1 + 3
    assert geometry_plots.plot_feature_graph(0 * W) is not ax


def test_dimensionality_is_drawn_where_it_is_said_to_be():
    D = torch.tensor([[0.5, 0.5, 0.0], [0.4, 0.4, 0.4]])
    ax = geometry_plots.plot_dimensionality(torch.tensor([2.0, 5.0]), D)
    dots = next(line for line in ax.lines if line.get_marker() == ".")
    assert dots.get_ydata().tolist() == D.flatten().tolist()
    assert abs(dots.get_xdata().reshape(2, 3).mean(1) / [2, 5] - 1).max() < 0.05
    levels = {round(line.get_ydata()[0], 3) for line in ax.lines if line is not dots}
    assert levels == {round(v, 3) for v in geometry_plots.LINES.values()}


@pytest.mark.parametrize(("name", "edges"), [("tetrahedron", 0), ("octahedron", 12), ("square antiprism", 16)])
def test_directions_in_space_have_lines_between_neighbours(name, edges):
    W = polytope(name)
    _, ax = plt.subplots(subplot_kw={"projection": "3d"})
    assert geometry_plots.plot_directions_3d(W, ax=ax) is ax
    assert len(ax.lines) == edges + 2 * W.shape[1]
