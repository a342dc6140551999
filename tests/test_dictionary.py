"""Dictionaries: agreement by hand, pursuit against brute force and scikit-learn, and what must be recovered."""

from itertools import combinations

import pytest
import torch
from sklearn.decomposition import sparse_encode
from torch.nn.functional import normalize

from supertoy import seed
from supertoy.dictionary import learn_dictionary, match, sparse_code


def test_match_by_hand():
    truth = torch.eye(3)
    decoder = torch.tensor([[2.0, 0, 0], [1.0, 0.1, 0], [0, -1.0, 0], [0, 0.6, 0.8]])
    found = match(decoder, truth)
    assert found.truth == pytest.approx((1 + 0.6 + 0.8) / 3)
    assert found.latents == pytest.approx((1 + 1 / 1.01**0.5 + 0 + 0.8) / 4)
    assert (found.recall, found.precision, found.duplicates) == (pytest.approx(1 / 3), 1 / 4, 1)
    lines = match(decoder, truth, signed=False, living=torch.tensor([True, False, True, True]))
    assert (lines.recall, lines.precision, lines.duplicates) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 0)
    assert lines.truth == pytest.approx((1 + 1 + 0.8) / 3)


def test_match_takes_a_batch_and_gives_each_feature_one_latent():
    W = normalize(torch.randn(2, 5, 7, generator=seed(0)), dim=-2)
    found = match(W.mT[:, torch.randperm(7, generator=seed(1))], W)
    assert all((value - 1).abs().max() < 1e-5 for value in found[:4])
    assert not match(W.mT, W, living=torch.zeros(7, dtype=torch.bool)).recall.any()


def random_problem(k, n_atoms=12):
    atoms = normalize(torch.randn(n_atoms, 10, generator=seed(0)), dim=-1)
    codes = torch.zeros(200, n_atoms)
    rng = seed(1)
    for row in codes:
        row[torch.randperm(n_atoms, generator=rng)[:k]] = 0.5 + torch.rand(k, generator=rng)
    return atoms, codes


def test_pursuit_finds_sparse_codes():
    atoms, codes = random_problem(2)
    found = sparse_code(codes @ atoms, atoms, 2)
    right = ((found > 0) == (codes > 0)).all(-1)
    assert right.float().mean() > 0.85
    assert torch.allclose(found[right], codes[right], atol=1e-3)


def test_pursuit_is_scikit_learns_where_no_code_is_negative():
    atoms, codes = random_problem(2)
    h = codes @ atoms
    exact = {"algorithm": "omp", "n_nonzero_coefs": 2}
    theirs = torch.from_numpy(sparse_encode(h.numpy(), atoms.numpy(), **exact))
    same = (theirs >= 0).all(-1)
    assert same.sum() > 150
    assert torch.allclose(sparse_code(h, atoms, 2)[same], theirs[same], atol=1e-3)


def test_pursuit_is_not_far_from_the_best_pair_of_atoms():
    atoms, codes = random_problem(2)
    h = (codes @ atoms)[:50]
    errors = []
    for pair in combinations(range(12), 2):
        amount = (h @ torch.linalg.pinv(atoms[list(pair)])).clamp(min=0)
        errors.append((h - amount @ atoms[list(pair)]).square().sum(-1))
    best = torch.stack(errors).amin(0)
    mine = (h - sparse_code(h, atoms, 2) @ atoms).square().sum(-1)
    assert (mine > best - 1e-4).all()
    assert (mine < 0.1).float().mean() > 0.85


def test_a_dictionary_is_learned_and_unused_atoms_come_back():
    atoms = normalize(torch.randn(2, 15, 10, generator=seed(0)), dim=-1)
    active = torch.rand(2, 4000, 15, generator=seed(1)) < 0.1
    h = (active * torch.rand(2, 4000, 15, generator=seed(2))) @ atoms
    learned = learn_dictionary(h, 20, 2, generator=seed(3))
    assert (match(learned, atoms.mT).recall > 0.8).all()
    assert (learned.norm(dim=-1) - 1).abs().max() < 1e-5
