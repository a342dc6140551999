"""`python -m benchmarks CASE`: the recipe and supertoy, alternating in one run; one JSON line a case."""

import argparse
import importlib.util
import json
import resource
import time
from pathlib import Path
from statistics import median

import torch

from benchmarks import dictionaries, judge, live, recipe, scaling
from benchmarks.cases import CASES, Case

RECORDED = Path(__file__).parent / "recorded_runs.json"


def stretch(case: Case, steps: int) -> float:
    """Seconds that the recipe would take for the whole case, from a stretch of its steps."""
    every = round(1 / case.share)
    importance = case.importance if case.importance.ndim == 1 else case.importance[::every]
    seconds = recipe.train(case.n_hidden, importance, case.density[::every], steps=steps)[2]
    return seconds / steps * recipe.STEPS / case.share


def run(name: str, rounds: int, seconds: float, also: str | None = None) -> dict:
    """Time both sides `rounds` times in turn, the recipe for about so many seconds each; judge what ours found."""
    case = CASES[name]
    per_step = stretch(case, 5) / recipe.STEPS * case.share  # also warms it up, as the next line does ours
    CASES["warm"] = case._replace(importance=case.importance[:8], density=case.density[:8]) if case.share < 1 else case
    CASES["warm"].ours(CASES["warm"], 0)
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(stretch(case, max(5, round(seconds / per_step))))
        began = time.perf_counter()
        W, b = case.ours(case, 0)
        ours.append(time.perf_counter() - began)
    loss = judge.loss(W, b, case.importance, case.density)
    baseline = recorded(also).get(name)
    line = {
        "case": name,
        "seconds": round(median(ours), 3),
        "baseline_seconds": round(median(theirs), 1),
        "ratio": round(median(theirs) / median(ours), 1),
        "loss": round(loss.sum().item(), 5),
        "baseline_loss": baseline and round(sum(baseline["loss"]), 5),
        "seconds_of_each_round": [round(s, 3) for s in ours],
        "baseline_seconds_of_each_round": [round(s, 1) for s in theirs],
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if baseline:
        line["losses"] = [round(v, 5) for v in loss.tolist()]
        line["baseline_losses"] = baseline["loss"]
    return line


def recorded(also: str | None = None) -> dict:
    """Full runs of the recipe that were recorded, here or in another file with a list of "runs": case -> its line."""
    others = {line["case"]: line for line in json.loads(Path(also).read_text())["runs"]} if also else {}
    return (json.loads(RECORDED.read_text()) if RECORDED.exists() else {}) | others


def record(name: str) -> dict:
    """Run the recipe whole, judge it, and keep the line: minutes."""
    case = CASES[name]
    W, b, _ = recipe.train(case.n_hidden, case.importance, case.density)
    loss = judge.loss(W, b, case.importance, case.density)
    line = {
        "steps": recipe.STEPS,
        "seed": 0,
        "loss": [round(v, 5) for v in loss.tolist()],
    }
    RECORDED.write_text(json.dumps(recorded() | {name: line}, indent=1) + "\n")
    return {"case": name, **line}


def check(name: str, cells: int) -> dict:
    """Compare a random sample of a phase diagram's cells with an independent search for each cell's optimum."""
    case = CASES[name]
    W, b = case.ours(case, 0)
    pick = torch.randperm(len(case.density), generator=torch.Generator().manual_seed(1))[:cells]
    ours = judge.loss(W[pick], b[pick], case.importance[pick], case.density[pick])
    groups = zip(case.importance[pick].split(50), case.density[pick].split(50), strict=True)
    best = torch.cat([judge.optimum(case.n_hidden, *group) for group in groups])
    excess = ours / best - 1
    within, lower = ((excess < 1e-4).double().mean().item(), (excess < -1e-4).double().mean().item())
    return {"case": name, "cells": cells, "within_1e-4": within, "lower_by_1e-4": lower, "worst": excess.max().item()}


def same_as(path: str) -> dict:
    """Compare this recipe with another file of the same recipe: losses after 300 steps, and seconds per step."""
    spec = importlib.util.spec_from_file_location("other", path)
    other = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(other)
    lines = {}
    for name in ("intro", "hundred"):
        case, ratios = CASES[name], []
        for _ in range(3):
            V, c, theirs = other.train(name, steps=300)
            W, b, ours = recipe.train(case.n_hidden, case.importance, case.density, steps=300)
            ratios.append(ours / theirs)
        sides = [judge.loss(*weights, case.importance, case.density) for weights in ((W, b), (V, c))]
        lines[name] = {
            "largest_difference_of_losses": (sides[0] / sides[1] - 1).abs().max().item(),
            "step_time_ratio": round(median(ratios), 3),
        }
    return lines


def main() -> None:
    """Parse the command line and print JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("case", choices=[*CASES, "scaling", "dictionaries", "live", "all"])
    parser.add_argument("--rounds", type=int, default=3, help="times that the two sides alternate")
    parser.add_argument("--seconds", type=float, default=5.0, help="of the recipe in each round")
    parser.add_argument("--record", action="store_true", help="run the recipe's 10,000 steps and keep the losses")
    parser.add_argument("--recorded", metavar="FILE", help="take the recipe's final losses from here")
    parser.add_argument("--check", type=int, metavar="CELLS", help="phase diagrams: compare with independent optima")
    parser.add_argument("--same-as", metavar="FILE", help="compare the recipe with another file of it")
    args = parser.parse_args()
    for name in [*CASES, "scaling", "dictionaries", "live"] if args.case == "all" else [args.case]:
        if args.same_as:
            print(json.dumps(same_as(args.same_as)), flush=True)
        elif name == "scaling":
            scaling.table()
        elif name == "dictionaries":
            dictionaries.table()
        elif name == "live":
            live.table()
        elif args.record:
            print(json.dumps(record(name)), flush=True)
        elif args.check:
            print(json.dumps(check(name, args.check)), flush=True)
        else:
            print(json.dumps(run(name, args.rounds, args.seconds, args.recorded)), flush=True)


if __name__ == "__main__":
    main()
