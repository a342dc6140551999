"""Norms, angles, overlaps and shares of dimensions against plain loops."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from randoms import random

from supertoy import geometry, theory
from supertoy.geometry import cosines, dimensions_per_feature, feature_clusters, feature_dimensionality, neuron_roles
from supertoy.polytopes import polytope

sizes = st.integers(1, 8)
seeds = st.integers(0, 2**31)


@given(sizes, sizes, seeds)
def test_geometry_agrees_with_a_plain_double_loop(n, m, seed):
    W = random(m, n, seed=seed)
    columns = W.T.tolist()

    def dot(u, v):
        return sum(a * c for a, c in zip(u, v, strict=True))

    for i, u in enumerate(columns):
        length = dot(u, u) ** 0.5
        others = sum((dot(u, v) / length) ** 2 for j, v in enumerate(columns) if j != i)
        assert geometry.norms(W)[i].item() == pytest.approx(length)
        assert geometry.interference(W)[i].item() == pytest.approx(others, abs=1e-9)
        share = length**2 / (others + length**2)
        assert geometry.feature_dimensionality(W)[i].item() == pytest.approx(share)


@given(sizes, st.integers(1, 20), seeds)
def test_dimensionalities_add_up_to_at_most_the_rank(m, n, seed):
    W = random(m, n, seed=seed)
    total = geometry.feature_dimensionality(W).sum()
    assert total <= torch.linalg.matrix_rank(W) + 1e-9


@pytest.mark.parametrize(
    ("W", "share"),
    [
        (torch.eye(3, dtype=torch.float64), 1),
        (theory.antipodal_pairs(2), 1 / 2),
        (theory.polygon(3)[0], 2 / 3),
        (theory.polygon(5)[0], 2 / 5),
        (theory.polygon(8)[0], 2 / 8),
        (torch.zeros(2, 3, dtype=torch.float64), 0),
    ],
)
def test_known_shapes_have_their_dimensionality(W, share):
    assert geometry.feature_dimensionality(W).tolist() == pytest.approx([share] * W.shape[1], abs=1e-12)


def test_turning_the_axes_changes_no_overlap():
    W, Q = random(4, 7), torch.linalg.qr(random(4, 4, seed=1)).Q
    for measure in (geometry.gram, geometry.interference, geometry.feature_dimensionality):
        assert torch.allclose(measure(Q @ W), measure(W))


def test_cosines_of_a_polygon_are_those_of_its_angles():
    W, _ = theory.polygon(5, radius=1.7)
    step = torch.arange(5) * 2 * torch.pi / 5
    assert torch.allclose(cosines(W), (step[:, None] - step).cos().to(W), atol=1e-6)


def test_cosines_agree_with_torch_pair_by_pair(generator):
    W = torch.randn(3, 4, 6, generator=generator)
    twin = torch.nn.functional.cosine_similarity(W[..., :, :, None], W[..., :, None, :], dim=-3)
    assert torch.allclose(cosines(W), twin, atol=1e-5)


def test_a_feature_without_a_direction_has_cosine_zero():
    C = cosines(torch.tensor([[1.0, 0.0, -2.0], [0.0, 0.0, 0.0]]))
    assert torch.equal(C, torch.tensor([[1.0, 0.0, -1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]]))


def test_cosines_refuse_a_nan():
    with pytest.raises(ValueError, match="W must be finite"):
        cosines(torch.full((2, 2), torch.nan))


@given(st.integers(1, 5), st.integers(1, 8), st.integers(0, 2**31))
def test_shares_sum_to_at_most_the_rank_feature_by_feature(m, n, seed):
    W = random(m, n, seed=seed)
    leverage = (W * (torch.linalg.pinv(W @ W.T) @ W)).sum(0)
    assert (feature_dimensionality(W) <= leverage + 1e-9).all()
    assert leverage.sum().item() == pytest.approx(torch.linalg.matrix_rank(W).item())


def test_dimensions_per_feature_is_1_for_any_orthonormal_rows_and_one_half_for_pairs():
    rows = torch.linalg.qr(random(2, 9, 3)).Q.mT
    assert dimensions_per_feature(rows).tolist() == pytest.approx([1, 1])
    assert dimensions_per_feature(polytope("octahedron")).item() == pytest.approx(1 / 2)


def reachable(near):
    """Components by powers of the adjacency matrix."""
    n = len(near)
    reach = torch.linalg.matrix_power((near | torch.eye(n, dtype=torch.bool)).double(), n) > 0
    return {tuple(row.nonzero().flatten().tolist()) for row in reach}


@given(st.integers(1, 4), st.integers(1, 9), st.floats(0.05, 1), st.integers(0, 2**31))
def test_clusters_are_the_components_of_the_graph(m, n, threshold, seed):
    W = random(m, n, seed=seed)
    unit = W / W.norm(dim=0)
    found = feature_clusters(W, threshold=threshold, represented=1e-6)
    assert {tuple(group.tolist()) for group in found} == reachable((unit.T @ unit).abs() > threshold)
    assert [len(group) for group in found] == sorted(map(len, found), reverse=True)


def test_features_that_are_too_short_are_in_no_cluster():
    W = torch.block_diag(polytope("pentagon"), 0.4 * polytope("digon"), polytope("triangle"))
    assert [group.tolist() for group in feature_clusters(W)] == [[0, 1, 2, 3, 4], [7, 8, 9]]
    assert feature_clusters(0 * W) == []


def test_a_feature_is_held_by_no_neuron_alone_or_in_company():
    W = torch.tensor([[0.9, 0.2, -0.8, 0.0], [0.0, 0.1, 0.5, 0.0], [0.0, 0.0, 0.0, 0.31]])
    assert neuron_roles(W).tolist() == [2, 0, 2, 1]
    assert neuron_roles(torch.stack([W, W.flip(-1)]), holds=0.85).tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]
