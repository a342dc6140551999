"""The polytope viewer: its numerics in the page against the package, and what its traits refuse."""

import pytest
import torch

from supertoy import geometry
from supertoy.polytopes import POLYTOPES, name_polytope, polytope
from supertoy.widgets import PolytopeViewer
from supertoy.widgets.polytopeviewer import PUSHES, SOLIDS, neighbours, turned

EDGES = {
    "single": 0,
    "digon": 1,
    "triangle": 3,
    "tetrahedron": 6,
    "pentagon": 5,
    "triangular bipyramid": 9,
    "hexagon": 6,
    "octahedron": 12,
    "square antiprism": 16,
    "wide square antiprism": 16,
}


def some_directions(generator, count=150):
    """Random directions, and polytopes bent a little or a lot, turned and stretched."""
    for k in range(count):
        m, n = (int(torch.randint(1, top, (), generator=generator)) for top in (4, 13))
        if k % 3:
            P = polytope(list(SOLIDS)[k % len(SOLIDS)])
            m, n = P.shape
            turn = torch.linalg.qr(torch.randn(m, m, generator=generator)).Q
            bend = (0.02, 0.1, 0.4)[k % 3] * torch.randn(m, n, generator=generator)
            yield turn @ (P + bend)
        else:
            yield torch.randn(m, n, generator=generator)


def test_the_page_names_what_python_names(node, generator):
    given = [W.tolist() for W in some_directions(generator)]
    found = node(
        "for (const W of given.W) out.push(N.recognise(W, given.solids).name);",
        {"W": given, "solids": SOLIDS},
        module="solids",
    )
    names = [name_polytope(torch.tensor(W)) for W in given]
    assert found == names
    assert len(set(names)) > 8  # also "unnamed"


def test_eigenvalues_and_rank_agree_with_torch(node, generator):
    given = [W.tolist() for W in some_directions(generator)]
    given += [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]
    found = node("for (const W of given) out.push([N.rank(W), N.eigenvalues(N.frame(W))]);", given, module="solids")
    for W, (rank, values) in zip(map(torch.tensor, given), found, strict=True):
        assert rank == torch.linalg.matrix_rank(W)
        twin = torch.linalg.eigvalsh(W @ W.mT).flip(0)
        assert torch.allclose(torch.tensor(values, dtype=twin.dtype), twin, atol=1e-9 * max(1, twin.max().item()))


def test_turns_neighbours_and_angles_agree(node, generator):
    given = [
        {"W": W.tolist(), "yaw": 7.0 * k - 180, "pitch": 90 - 1.5 * k}
        for k, W in enumerate(some_directions(generator, 60))
    ]
    found = node(
        "for (const c of given) { const tips = N.tipsOf(c.W);"
        "out.push([tips.map((tip) => N.turned(tip, c.yaw, c.pitch)), N.neighbours(tips), N.angles(tips)]); }",
        given,
        module="space",
    )
    for case, (points, pairs, angles) in zip(given, found, strict=True):
        W = torch.tensor(case["W"])
        tips = torch.cat([W, torch.zeros(3 - len(W), W.shape[1])])
        assert torch.allclose(torch.tensor(points).mT, turned(tips, case["yaw"], case["pitch"]), atol=1e-12)
        assert [tuple(pair) for pair in pairs] == neighbours(W)
        cosines = geometry.cosines(W)
        assert [a for *_, a in angles] == sorted(a for *_, a in angles)
        for i, j, angle in angles:
            assert cosines[i, j].item() == pytest.approx(torch.tensor(angle).deg2rad().cos().item(), abs=1e-12)


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_has_its_own_edges_and_name(name):
    viewer = PolytopeViewer(name=name)
    assert len(neighbours(viewer.directions())) == EDGES[name]
    assert viewer.recognised() == name


def test_all_polytopes_of_three_dimensions_are_there():
    assert list(SOLIDS) == [name for name in POLYTOPES if len(polytope(name)) <= 3]


def test_the_page_bends_as_python_does(node):
    viewer = PolytopeViewer(name="octahedron", bend=0.3, seed=5)
    (found,) = node(
        "out.push(N.bent(given.P, given.E, 0.3));", {"P": SOLIDS["octahedron"], "E": PUSHES[5]}, module="solids"
    )
    assert torch.allclose(torch.tensor(found), viewer.directions())
    assert viewer.recognised() == "unnamed"


def test_shares_never_add_up_to_more_than_the_rank():
    for seed in range(8):
        for bend in (0, 0.3, 1):
            W = PolytopeViewer(name="square antiprism", bend=bend, seed=seed).directions()
            assert geometry.feature_dimensionality(W).sum() <= torch.linalg.matrix_rank(W) + 1e-9


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"name": "cube"}, "name must be one of .*'octahedron'.*'custom', got 'cube'"),
        ({"name": "custom"}, "W must hold directions where name is 'custom', got \\[\\]"),
        ({"W": [[1.0, 2.0]] * 4}, "W must have 1 to 3 rows of 1 to 12 numbers .*, got \\(4, 2\\)"),
        ({"W": [[1.0] * 13]}, "W must have 1 to 3 rows of 1 to 12 numbers .*, got \\(1, 13\\)"),
        ({"W": [[]]}, "W must have 1 to 3 rows .*, got \\(1, 0\\)"),
        ({"W": [[2000.0]]}, "W must have .* up to 1000 in size, got \\[\\[2000.0\\]\\]"),
        ({"W": [1.0]}, "W must be finite numbers in 2 levels of lists.*, got \\[1.0\\]"),
        ({"bend": 1.1}, "bend must be a number from 0 to 1, got 1.1"),
        ({"seed": 8}, "seed must be a whole number from 0 to 7, got 8"),
        ({"yaw": 181}, "yaw must be a number from -180 to 180, got 181"),
        ({"pitch": -91}, "pitch must be a number from -90 to 90, got -91"),
        ({"spin": 1}, "spin must be one of True, False, got 1"),
    ],
)
def test_bad_values_are_refused(traits, message):
    with pytest.raises(ValueError, match=message):
        PolytopeViewer(**traits)
    viewer = PolytopeViewer()
    for name, value in traits.items():
        with pytest.raises(ValueError, match=message):
            setattr(viewer, name, value)
    assert viewer.name == "pentagon"
    assert viewer.W == []


def test_w_stays_while_it_is_shown():
    viewer = PolytopeViewer(name="custom", W=torch.eye(2))
    with pytest.raises(ValueError, match="W must hold directions while name is 'custom'"):
        viewer.W = []
    assert viewer.W == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    "traits", [{}, {"name": "single"}, {"name": "custom", "W": [[0.0, 0.0]]}, {"bend": 1, "seed": 3}]
)
def test_its_picture_and_words_are_there(traits):
    viewer = PolytopeViewer(**traits)
    assert "<svg" in viewer.html()
    assert viewer.recognised() in viewer.alt()
    assert viewer.state()["solids"]["pentagon"] == SOLIDS["pentagon"]
