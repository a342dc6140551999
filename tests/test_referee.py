"""The referee: its toys are what they are called, atoms are found where libraries keep them, truth gets full marks."""

import pytest
import torch
from sklearn.decomposition import FastICA

from supertoy.referee import REGIMES, Toys, atoms_of, referee, trained_toys
from supertoy.seeds import seed


class Knows:
    """Has the directions already."""

    def __init__(self, atoms):
        self.atoms = atoms

    def fit(self, h):
        """Learns nothing."""
        self.decoder = self.atoms


class Copies:
    """Takes the first 40 hidden vectors for atoms, under a name of a library's."""

    def fit(self, h):
        """Keeps some."""
        self.W_dec = h[:40]


@pytest.fixture
def some():
    truth = torch.randn(20, 30, generator=seed(0))
    x = torch.rand(3000, 30, generator=seed(1)) * (torch.rand(3000, 30, generator=seed(2)) < 0.1)
    return Toys("made", (x @ truth.mT)[None], [truth])


def test_the_truth_gets_full_marks_and_hidden_vectors_get_the_floor(some):
    right, floor = referee({"knows": Knows(some.truth[0].mT), "copies": Copies()}, [some])
    assert (right.learner, right.regime, right.atoms) == ("knows", "made", 30)
    assert right.score == pytest.approx(1, abs=1e-5)
    assert (right.found, right.precision) == (1, 1)
    assert abs(floor.score - floor.floor) < 0.05
    assert floor.found < 0.5


def test_a_learner_is_fitted_as_a_copy(some):
    learner = Copies()
    referee({"copies": learner}, [some])
    assert not hasattr(learner, "W_dec")


@pytest.mark.parametrize("turned", [False, True])
def test_atoms_are_found_where_libraries_keep_them(turned):
    rows = torch.randn(7, 4, generator=seed(0))
    for name in ("decoder", "W_dec", "components_"):
        learner = Knows(None)
        setattr(learner, name, rows.mT.numpy() if turned else torch.nn.Parameter(rows))
        assert torch.equal(atoms_of(learner, 4), rows)
    square = Knows(None)
    square.decoder = torch.nn.Linear(4, 4, bias=False)
    assert torch.equal(atoms_of(square, 4), square.decoder.weight.detach().mT)


def test_lines_count_with_both_signs():
    learner = Knows(None)
    learner.components_, learner.lines = torch.eye(3), True
    assert torch.equal(atoms_of(learner, 3), torch.cat([torch.eye(3), -torch.eye(3)]))


@pytest.mark.usefixtures("unchecked")
def test_the_toys_are_what_they_are_called_and_ica_finds_the_pairs():
    toys = trained_toys(n_toys=1, n_points=6000, steps=700)
    assert [t.regime for t in toys] == list(REGIMES)
    assert all((t.h.norm(dim=-1) > 0).all() for t in toys)
    count = [t.truth[0].shape[1] for t in toys]
    assert count[0] == 80
    assert 36 <= count[1] <= 40
    assert 34 <= count[2] <= 42
    assert count[3] == 20
    ica = FastICA(20, whiten="unit-variance", random_state=0)
    marks = {m.regime: m for m in referee({"ICA": ica}, toys)}
    assert all(m.atoms == 40 for m in marks.values())
    assert marks["pairs at p = 1/3"].found > 0.85
    assert marks["neurons turned, 20 in 20"].found > 0.85
    assert marks["superposed, 80 in 20"].found < 0.4


def test_what_is_wrong_is_said(some):
    with pytest.raises(ValueError, match=r"regimes must be among .*, got 'none'"):
        trained_toys(["none"])
    with pytest.raises(ValueError, match=r"must have a method fit"):
        referee({"none": object()}, [some])
    with pytest.raises(ValueError, match=r"must have a decoder, W_dec, mixing_ or components_"):
        atoms_of(object(), 20)
    fitted = Knows(some.truth[0].mT)
    fitted.fit(some.h[0])
    with pytest.raises(ValueError, match=r"decoder must have a side of 5 numbers, got shape \(30, 20\)"):
        atoms_of(fitted, 5)
