"""Checks of chapter 14, "Compute in superposition"."""

import torch

from supertoy.exercises._exercise import exercise
from supertoy.seeds import seed


@exercise
def check_14_1(answer):
    """`relu_from_abs(W, V)`: weights (W′, V′) that turn a layer for |x| into one for ReLU(x), at the same neurons."""
    for n in (1, 2, 5):
        one = torch.eye(n, dtype=torch.float64)
        W = torch.stack([one, -one], 1).flatten(0, 1)
        new_W, new_V = answer(W, W.mT.abs())
        assert torch.equal(new_W, W), f"n = {n}: the neurons are to read what they read, got W = {new_W}"
        x = 2 * torch.rand(200, n, generator=seed(n), dtype=torch.float64) - 1
        y = torch.relu(torch.relu(x @ W.mT) @ new_V.mT)
        assert torch.allclose(y, torch.relu(x)), f"n = {n}: to x = {x[0].tolist()} it answers {y[0].tolist()}"


@exercise
def check_14_2(answer):
    """`least_loss(y, m)`: least loss of m numbers, read linearly, for equally likely targets y (points, k)."""
    for k in range(4):
        y = torch.randn(60, 5, generator=seed(k), dtype=torch.float64) ** 2 + k
        for m in range(6):
            left = torch.linalg.svdvals(y - y.mean(0))[m:]
            least, got = (left**2).sum() / 60, float(answer(y, m))
            assert abs(got - least) < 1e-9, f"targets {k}, m = {m}: the least loss is {least:.4f}, got {got:.4f}"


@exercise
def check_14_3(answer):
    """`few_neurons(n)`: (W, V) of n + 2 neurons and a linear read-out that compute |x| while one feature is active."""
    for n in (2, 3, 6, 10, 20):
        W, V = (torch.as_tensor(t, dtype=torch.float64) for t in answer(n))
        assert W.shape == (n + 2, n), f"n = {n}: W must have shape {(n + 2, n)}, got {tuple(W.shape)}"
        assert V.shape == (n, n + 2), f"n = {n}: V must have shape {(n, n + 2)}, got {tuple(V.shape)}"
        one = torch.eye(n, dtype=torch.float64)
        for sign in (1, -1):
            y = torch.relu(sign * one @ W.mT) @ V.mT  # row i: the answer to x = ±e_i
            off = (y - one).abs().max()
            assert off < 1e-3, f"n = {n}: at strength {sign} an answer is off by {off:.2g}"
