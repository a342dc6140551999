"""Polytopes, clusters of features and their pictures, against closed forms and brute force."""

import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from supertoy import geometry_plots
from supertoy.geometry import dimensions_per_feature, feature_clusters, feature_dimensionality
from supertoy.polytopes import POLYTOPES, name_polytope, polytope

SHARES = {
    "single": [1],
    "digon": [1 / 2],
    "triangle": [2 / 3],
    "tetrahedron": [3 / 4],
    "pentagon": [2 / 5],
    "triangular bipyramid": [1 / 2, 2 / 3],
    "4-simplex": [4 / 5],
    "hexagon": [1 / 3],
    "octahedron": [1 / 2],
    "square antiprism": [3 / 8],
}
nan = math.nan


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", SHARES)
def test_a_polytope_has_the_shares_that_are_known_for_it(name):
    D = feature_dimensionality(polytope(name))
    assert sorted({round(d, 9) for d in D.tolist()}) == pytest.approx(SHARES[name])
    assert D.sum().item() == pytest.approx(polytope(name).shape[0])  # each is a sum of tight frames


def test_the_wide_antiprism_has_the_largest_least_angle_of_eight_points():
    wide = polytope("wide square antiprism")
    cosines = (wide.T @ wide - 2 * torch.eye(8)).flatten()
    assert math.degrees(math.acos(cosines.max())) == pytest.approx(74.8585, abs=1e-3)  # Tammes' problem, n = 8
    assert feature_dimensionality(wide).mean().item() == pytest.approx(0.366, abs=5e-4)


@pytest.mark.parametrize("name", POLYTOPES)
def test_directions_are_of_length_one_around_0_and_the_table_stays_as_it_is(name):
    W = polytope(name)
    assert torch.allclose(W.norm(dim=0), torch.ones(W.shape[1], dtype=W.dtype))
    if name != "single":
        assert W.sum(1).abs().max() < 1e-12
    polytope(name).zero_()
    assert torch.equal(polytope(name), W)


@given(st.sampled_from(POLYTOPES), st.integers(0, 2**31), st.floats(0.3, 3))
def test_a_name_survives_rotation_scale_order_and_more_dimensions(name, seed, scale):
    W = polytope(name)
    Q = torch.linalg.qr(random(6, 6, seed=seed)).Q[:, : len(W)]
    order = random(W.shape[1], seed=seed).argsort()
    assert name_polytope(scale * Q @ W[:, order]) == name
    assert name_polytope((Q @ W).float()) == name


@pytest.mark.parametrize("name", ["digon", "triangle", "tetrahedron", "pentagon", "square antiprism"])
def test_a_corner_turned_into_its_opposite_makes_another_shape(name):
    W = polytope(name)
    W[:, 0] *= -1
    assert name_polytope(W) == "unnamed"


def test_what_is_not_in_the_list_is_unnamed():
    assert name_polytope(torch.block_diag(polytope("digon"), polytope("digon"))) == "unnamed"
    assert name_polytope(random(20, 9)) == "unnamed"
    bent = polytope("pentagon") + 0.4 * random(2, 5)
    assert name_polytope(bent) == "unnamed"
    assert name_polytope(bent, tolerance=1.0) in ("pentagon", "triangular bipyramid", "4-simplex")


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("call", "argument", "rule", "value"),
    [
        (lambda: polytope("cube"), "name", "'digon'", "'cube'"),
        (lambda: name_polytope(torch.eye(2), tolerance=0), "tolerance", "above 0", "0"),
        (lambda: name_polytope(torch.ones(3)), "W", "(m, n)", "(3,)"),
        (lambda: name_polytope(nan * torch.eye(2)), "W", "finite", "nan"),
        (lambda: feature_clusters(torch.eye(2), threshold=1.5), "threshold", "at most 1", "1.5"),
        (lambda: feature_clusters(torch.eye(2), represented=0), "represented", "above 0", "0"),
        (lambda: feature_clusters(torch.ones(1, 2, 2)), "W", "(m, n)", "(1, 2, 2)"),
        (lambda: dimensions_per_feature(nan * torch.eye(2)), "W", "finite", "nan"),
        (lambda: geometry_plots.plot_directions_3d(torch.eye(2)), "W", "(3, n)", "(2, 2)"),
        (lambda: geometry_plots.plot_dimensionality(torch.ones(3), torch.ones(2, 5)), "position", "per row", "(3,)"),
    ],
)
def test_bad_input_names_the_argument_the_rule_and_the_value(call, argument, rule, value):
    with pytest.raises(ValueError, match=rf"(?s)^{argument} .*{re.escape(rule)}.*{re.escape(value)}"):
        call()
