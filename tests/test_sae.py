"""Sparse autoencoders: their slopes, what they must recover, and closed forms that they must meet."""

import pytest
import torch

from supertoy import TrainConfig, seed
from supertoy.sae import SAE, Slopes, fit_sae, quality

VARIANTS = [
    {"activation": "relu"},
    {"activation": "topk", "k": 3},
    {"activation": "topk", "k": 10},
    {"activation": "batchtopk", "k": 3},
    {"activation": "topk", "k": 4, "prefixes": (5, 9)},
    {"activation": "relu", "prefixes": (4,)},
]
WEIGHT = 0.7


def some(points=40, **kwargs):
    rng = seed(0)
    sae = SAE(n_hidden=6, n_latents=15, batch=(2,), generator=rng, **kwargs)
    with torch.no_grad():
        sae.center += 0.3 * torch.randn(2, 6, generator=rng)
        sae.bias += 0.1
    return sae, torch.randn(2, points, 6, generator=rng)


def loss(sae, h, price):
    """The loss as `fit_sae` states it, in plain torch."""
    z = (h - sae.center[:, None]) @ sae.encoder + sae.bias[:, None]
    on = z > 0
    if sae.activation == "topk":
        on &= z >= z.topk(int(sae.k[0]), -1).values[..., -1:]
    elif sae.activation == "batchtopk":
        on &= z >= z.flatten(1).topk(int(sae.k) * h.shape[1]).values[:, -1:, None]
    codes, total = z * on, 0
    for end in sae.prefixes:
        h_hat = codes[..., :end] @ sae.decoder[:, :end] + sae.center[:, None]
        total += (1 if end == 15 else WEIGHT) * (h_hat - h).square().sum(-1).mean(-1)
    return total + (price * codes.sum(-1).mean(-1) if sae.activation == "relu" else 0)


@pytest.mark.parametrize("kwargs", VARIANTS, ids=str)
def test_slopes_are_those_of_autograd(kwargs):
    (sae, h), price = some(**kwargs), torch.tensor([0.1, 0.3])
    slopes = torch.autograd.grad(loss(sae, h, price).sum(), [sae.encoder, sae.decoder, sae.bias, sae.center])
    with torch.no_grad():
        Slopes(sae, 40, price, WEIGHT).fill(h)
        D = sae.decoder
        along = slopes[1] - (slopes[1] * D).sum(-1, keepdim=True) * D
    for mine, theirs in zip((sae.encoder, D, sae.bias, sae.center), (slopes[0], along, *slopes[2:]), strict=True):
        assert torch.allclose(mine.grad, theirs, atol=1e-12)


def test_blocks_of_saes_do_not_change_their_slopes(monkeypatch):
    whole, h = some(activation="topk", k=3)
    Slopes(whole, 40, 0.0, 1.0).fill(h)
    monkeypatch.setattr("supertoy.sae.BLOCK", 1)
    apart, _ = some(activation="topk", k=3)
    Slopes(apart, 40, 0.0, 1.0).fill(h)
    assert torch.allclose(whole.encoder.grad, apart.encoder.grad, atol=1e-7)


def test_a_threshold_moves_only_with_sums_near_it_and_against_the_price_of_a_latent():
    (sae, h), price = some(activation="jumprelu"), torch.tensor([0.1, 0.3])
    with torch.no_grad():
        z = (h - sae.center[:, None]) @ sae.encoder + sae.bias[:, None]
        codes = sae(h)
        Slopes(sae, 40, price, 1.0).fill(h)
        back = 2 / 40 * (sae.decode(codes) - h) @ sae.decoder.mT
        near = (z - 0.1).abs() < 0.05
        expected = -(near / 0.1 * (0.1 * back + price[:, None, None] / 40)).sum(1)
    assert torch.equal(codes, z * (z >= 0.1))
    assert torch.allclose(sae.threshold.grad, expected, atol=1e-12)


@pytest.mark.parametrize(("activation", "least"), [("relu", 0.8), ("topk", 0.8), ("batchtopk", 0.8), ("jumprelu", 0.4)])
def test_orthogonal_features_are_recovered(activation, least):
    h = torch.rand(4000, 8, generator=seed(1)) * torch.nn.functional.one_hot(torch.arange(4000) % 8, 8)
    sae = SAE(n_hidden=8, n_latents=16, activation=activation, k=1, batch=(3,), generator=seed(0))
    config = TrainConfig(steps=800, lr=0.01, batch_size=256, progress=False)
    fit_sae(sae, h, penalty={"relu": 0.05, "jumprelu": 0.005}.get(activation, 0.0), config=config)
    found = quality(sae, h)
    assert (found.explained > 0.9).all()
    assert (sae.decoder.amax(-2) > 0.9).float().mean() > least  # axes with an atom along them
    assert (found.active < 2.5).all()


def test_each_sae_has_its_own_k_and_penalty():
    h = torch.randn(500, 6, generator=seed(0))
    sae = SAE(n_hidden=6, n_latents=12, k=torch.tensor([1, 2, 12]), batch=(3,), generator=seed(1))
    assert (sae(h) > 0).sum(-1).amax(-1).tolist() == [1, 2, (sae(h)[2] > 0).sum(-1).max().item()]
    sparse = SAE(n_hidden=6, n_latents=12, activation="relu", batch=(3,), generator=seed(1))
    config = TrainConfig(steps=300, lr=0.01, batch_size=128, progress=False)
    fit_sae(sparse, h, penalty=torch.tensor([0.0, 0.5, 2.0]), config=config)
    assert (quality(sparse, h).active.diff() < -0.5).all()


def test_an_l1_price_shrinks_codes_by_half_of_itself():
    """Orthogonal atoms: the least of (a − x)² + λa is at a = x − λ/2, in closed form."""
    x = torch.rand(8000, 1, generator=seed(0)) * torch.nn.functional.one_hot(torch.arange(8000) % 5, 5)
    price = torch.tensor([0.1, 0.2, 0.4])
    sae = SAE(n_hidden=5, n_latents=5, activation="relu", batch=(3,), decoder=torch.eye(5))
    sae.center.requires_grad_(False)
    fit_sae(sae, x, penalty=price, config=TrainConfig(steps=1500, lr=0.01, batch_size=512, progress=False))
    code, strong = sae(x), x.amax(-1) > 0.6
    shrunk = x.amax(-1)[strong] - code.amax(-1)[:, strong]
    assert torch.allclose(shrunk.mean(-1), price / 2, atol=0.02)


def test_interrupting_keeps_what_there_is():
    def stop(steps):
        yield from list(steps)[:3]
        raise KeyboardInterrupt

    sae, h = some()
    before = sae.encoder.detach().clone()
    fit = fit_sae(sae, h, config=TrainConfig(steps=10, batch_size=16, progress=stop))
    assert not fit.finished
    assert fit.sae is sae
    assert not torch.equal(before, sae.encoder)
