"""How the cost of a training step grows, and what share of the machine's own matrix products it reaches."""

import time

import torch

from supertoy import HiddenReLUModel, OneHiddenLayerModel, ReLUModel, SparseUniform
from supertoy.adam import _Run
from supertoy.gradient import AnyGradient


def clock(call, seconds: float = 0.6) -> float:
    """The quickest of five goes, each long enough to be timed."""
    call()
    began = time.perf_counter()
    call()
    repeats = max(1, round(seconds / 5 / (time.perf_counter() - began)))
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(repeats):
            call()
        best = min(best, (time.perf_counter() - began) / repeats)
    return best


def peak(models: int, points: int, n: int, m: int) -> float:
    """FLOP/s of this machine's `bmm` on the shapes of a step: the better of encoding and decoding."""
    x, W, h = torch.randn(models, points, n), torch.randn(models, m, n), torch.randn(models, points, m)
    z, flop = torch.empty(models, points, n), 2 * models * points * n * m
    return flop / min(clock(lambda: torch.bmm(x, W.mT, out=h)), clock(lambda: torch.bmm(h, W, out=z)))


def step(models: int, points: int, n: int, m: int, *, kind: type = ReLUModel, kernel: bool = True) -> float:
    """Seconds of a whole training step: draws, gradient, Adam; with `kernel` by what `gradient_for` chooses."""
    generator = torch.Generator().manual_seed(0)
    model = kind(n_features=n, n_hidden=m, batch=(models,), generator=generator)
    features = SparseUniform(n_features=n, density=torch.linspace(0.1, 1, models)[:, None])
    run = _Run(model, torch.ones(n))
    run.gradient = run.gradient if kernel else AnyGradient(model)
    return clock(lambda: run.step(features.sample(points, generator=generator), 1e-3))


def any_model() -> None:
    """Print a step's time for tied toys by the kernel, and as multiples of it by autograd, for them and for others."""
    print("    n    m models  batch kernel ms  autograd  hidden ReLU  untied")
    for models, points, n, m in [(10, 1024, 5, 2), (20, 128, 100, 20), (10, 256, 400, 30)]:
        size = models, points, n, m
        kernel = step(*size)
        others = step(*size, kernel=False), step(*size, kind=HiddenReLUModel), step(*size, kind=OneHiddenLayerModel)
        times = " ".join(f"{seconds / kernel:{width}.2f}" for seconds, width in zip(others, (9, 12, 7), strict=True))
        print(f"{n:5} {m:4} {models:6} {points:6} {1e3 * kernel:9.3f} {times}", flush=True)


def table() -> None:
    """Print time per model-step and share of the `bmm` peak as one size grows, the others fixed."""
    print(f"{'n':>5} {'m':>4} {'models':>6} {'batch':>6} {'ms/step':>9} {'µs/model-step':>14} {'share of bmm':>13}")
    base = {"models": 10, "points": 256, "n": 400, "m": 30}
    rows = [{**base, "models": k} for k in (1, 3, 10, 30, 100)]
    rows += [{**base, "points": k} for k in (64, 256, 1024, 6400)]
    rows += [{**base, "n": k} for k in (20, 100, 400, 1600)]
    rows += [{**base, "m": k} for k in (3, 10, 30, 100)]
    rows += [{"models": 10, "points": 1024, "n": 5, "m": 2}, {"models": 1000, "points": 1024, "n": 5, "m": 2}]
    for size in rows:
        seconds, flop = step(**size), 10 * size["models"] * size["points"] * size["n"] * size["m"]
        share = flop / seconds / peak(**size)
        print(
            f"{size['n']:5} {size['m']:4} {size['models']:6} {size['points']:6} {1e3 * seconds:9.3f} "
            f"{1e6 * seconds / size['models']:14.1f} {share:13.0%}",
            flush=True,
        )
    any_model()
