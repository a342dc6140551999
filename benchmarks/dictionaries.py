"""Steps per second of sparse autoencoders: supertoy's batch, a plain loop over single ones, and a public package."""

import importlib.util
import json
import time
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from supertoy import TrainConfig
from supertoy.sae import SAE, fit_sae

SIZES = [
    (15, 20, 120, 512, 4),
    (15, 10, 10, 512, 2),
    (15, 20, 120, 128, 4),
    (4, 20, 240, 512, 4),
    (1, 384, 768, 512, 16),
]


class Plain(nn.Module):
    """One TopK autoencoder as tutorials write it."""

    def __init__(self, m: int, n_latents: int, k: int):
        super().__init__()
        atoms = normalize(torch.randn(n_latents, m), dim=-1)
        self.k, self.encoder = k, nn.Linear(m, n_latents)
        self.encoder.weight.data.copy_(atoms)
        self.W_dec, self.b_dec = nn.Parameter(atoms), nn.Parameter(torch.zeros(m))

    def forward(self, h: Tensor) -> Tensor:
        """The reconstruction."""
        value, place = torch.relu(self.encoder(h - self.b_dec)).topk(self.k, -1)
        codes = torch.zeros(*h.shape[:-1], len(self.W_dec)).scatter(-1, place, value)
        return codes @ self.W_dec + self.b_dec


def loop(sae: nn.Module, h: Tensor, steps: int, points: int) -> None:
    """Train one autoencoder by autograd and Adam, its decoder rows kept at length 1."""
    adam = torch.optim.Adam(sae.parameters(), lr=0.01)
    for _ in range(steps):
        some = h[torch.randint(len(h), (points,))]
        out = sae(some)
        loss = (out - some).square().sum(-1).mean() if isinstance(out, Tensor) else out.fvu
        adam.zero_grad()
        loss.backward()
        with torch.no_grad():
            sae.W_dec.grad -= (sae.W_dec.grad * sae.W_dec).sum(-1, keepdim=True) * sae.W_dec
            adam.step()
            sae.W_dec.copy_(normalize(sae.W_dec, dim=-1))


def public(m: int, n_latents: int, k: int) -> nn.Module | None:
    """EleutherAI's sparsify, with its own defaults, if it is installed."""
    if importlib.util.find_spec("sparsify") is None:
        return None
    from sparsify import SparseCoder, SparseCoderConfig

    return SparseCoder(m, SparseCoderConfig(num_latents=n_latents, k=k))


def seconds(call) -> float:
    """How long it takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def table(rounds: int = 3, steps: int = 60) -> None:
    """Print, for each size, milliseconds a step of one autoencoder and the ratios, all sides alternating in one run."""
    for models, m, n_latents, points, k in SIZES:
        h, sides = torch.randn(20_000, m), {"supertoy": [], "loop": [], "sparsify": []}
        config = TrainConfig(steps=steps, lr=0.01, batch_size=points, progress=False)
        for _ in range(rounds + 1):  # the first warms up
            ours = SAE(n_hidden=m, n_latents=n_latents, k=k, batch=(models,))
            sides["supertoy"].append(seconds(lambda sae=ours, h=h, how=config: fit_sae(sae, h, config=how)) / models)
            for name, other in (("loop", Plain(m, n_latents, k)), ("sparsify", public(m, n_latents, k))):
                if other is not None:
                    sides[name].append(seconds(lambda sae=other, h=h, points=points: loop(sae, h, steps, points)))
        ms = {name: 1e3 * median(times[1:]) / steps for name, times in sides.items() if times}
        line = {"saes": models, "dimensions": m, "latents": n_latents, "batch": points, "k": k}
        line |= {f"{name}_ms": round(value, 3) for name, value in ms.items()}
        line |= {f"{name}_ratio": round(value / ms["supertoy"], 1) for name, value in ms.items() if name != "supertoy"}
        print(json.dumps(line), flush=True)
