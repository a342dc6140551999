"""Checks of chapter 17, "Open a real network"."""

import torch
from torch.nn.functional import normalize

from supertoy.dictionary import sparse_code
from supertoy.exercises._exercise import exercise
from supertoy.seeds import seed


@exercise
def check_17_1(answer):
    """`explained(h, h_hat)`: the share of the variance of h that h_hat explains."""
    for k in range(5):
        h = 3 + torch.randn(30, 6, generator=seed(k))
        for h_hat in (h, h + 0.3 * torch.randn(30, 6, generator=seed(9)), h.mean(0).expand_as(h), torch.zeros_like(h)):
            left = sum((a - b).square().sum().item() for a, b in zip(h, h_hat, strict=True))
            share = 1 - left / sum((a - h.mean(0)).square().sum().item() for a in h)
            got = float(answer(h, h_hat))
            assert abs(got - share) < 1e-4, f"{share:.4f}, got {got:.4f}"


@exercise
def check_17_2(answer):
    """`seen_twice(D, other)`: the mean over rows of D of their largest cosine with a row of the other."""
    for k in range(5):
        D = torch.randn(7, 4, generator=seed(k)) * torch.arange(1.0, 8)[:, None]
        other = torch.randn(9, 4, generator=seed(50 + k))
        cosines = [[torch.cosine_similarity(a, b, dim=0).item() for b in other] for a in D]
        mean = sum(map(max, cosines)) / len(cosines)
        got = float(answer(D, other))
        assert abs(got - mean) < 1e-4, f"{mean:.4f}, got {got:.4f}"


@exercise
def check_17_3(answer):
    """`best_of(D, h, k)`: the variance that k rows of D explain at best, by `sparse_code`, c being the mean of h."""
    for n in range(3):
        h = 2 + torch.randn(40, 5, generator=seed(n))
        D = 3 * torch.randn(12, 5, generator=seed(20 + n))
        x = h - h.mean(0)
        for k in (1, 2, 4):
            left = (x - sparse_code(x, D, k) @ normalize(D, dim=1)).square().sum() / x.square().sum()
            got = float(answer(D, h, k))
            assert abs(got - (1 - left.item())) < 1e-3, f"k = {k}: {1 - left.item():.4f}, got {got:.4f}"
