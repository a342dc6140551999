"""Sweeps: the same bits wherever they run, and nothing finished is computed twice."""

import contextlib
import functools
import importlib
import os
import signal
import subprocess
import sys
import textwrap
import time
import types
from pathlib import Path
from typing import NamedTuple

import dask
import distributed
import joblib
import pytest
import torch
from joblib._parallel_backends import ThreadingBackend

from supertoy import ReLUModel, SparseUniform, TrainConfig, sweep, train
from supertoy._fingerprint import fingerprint

GRID = {"scale": [1.0, 2.0, 4.0], "density": [0.1, 0.3, 0.6, 1.0]}
QUICK = TrainConfig(steps=30, batch_size=64, progress=False)
FREE = "127.0.0.1:0"  # a port of its own for the scheduler's pages, whoever else has a cluster here
run = functools.partial(sweep, cells_per_chunk=2, progress=False)


def toy(scale, density, *, generator):
    """Train a small toy for each cell: a real experiment."""
    model = ReLUModel(n_features=3, n_hidden=1, batch=(2, len(scale)), generator=generator)
    importance = torch.stack([scale, torch.ones_like(scale), 1 / scale], -1)
    features = SparseUniform(n_features=3, density=density[:, None])
    best, loss = train(model, features, importance=importance, config=QUICK, generator=generator).best()
    return {"loss": loss, "W": best.W}


def counted(folder, *, wait=0.0, fail_at=None):
    """An experiment that leaves a file for each call that it finishes."""
    folder = str(folder)

    def experiment(a, *, generator):
        noise = torch.rand(len(a), generator=generator)
        if fail_at is not None and fail_at in a and not Path(folder, "repaired").exists():
            raise RuntimeError("this cell has a bug")
        time.sleep(wait)
        Path(folder, f"ran-{a[0].item():.0f}-{time.time_ns()}-{os.getpid()}").touch()
        return a + noise

    return experiment


def calls(folder, process="*"):
    """The first cell of each finished call, sorted."""
    return sorted(int(path.name.split("-")[1]) for path in Path(folder).glob(f"ran-*-{process}"))


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def sequential():
    torch.set_default_dtype(torch.float64)
    with joblib.parallel_config("sequential"):
        return run(GRID, toy)


@pytest.fixture
def one_by_one():
    with joblib.parallel_config("sequential"):
        yield


@pytest.fixture
def cluster(tmp_path):
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": FREE, "local_directory": tmp_path}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster):
        yield cluster


@pytest.mark.usefixtures("one_by_one")
def test_the_answer_has_the_shape_of_the_grid_in_the_given_order():
    def experiment(b, a, *, generator):
        return {"place": 10 * a + b, "wide": torch.zeros(len(a), 2, 1)}

    answer = run({"a": [1, 2, 3], "b": torch.arange(4)}, experiment, cells_per_chunk=5)
    assert answer["place"].tolist() == [[10, 11, 12, 13], [20, 21, 22, 23], [30, 31, 32, 33]]
    assert answer["wide"].shape == (3, 4, 2, 1)
    assert torch.equal(run({"x": [0.5, 0.25]}, lambda x, generator: x), torch.tensor([0.5, 0.25]))


class Pair(NamedTuple):
    """An answer with two parts."""

    less: torch.Tensor
    more: torch.Tensor


def test_a_named_tuple_comes_back_as_one_from_workers_and_from_the_folder(tmp_path):
    grid = {"a": [1.0, 2.0, 3.0], "b": [0]}

    def experiment(a, b, *, generator):
        return Pair(a, torch.stack([a, -a], -1))

    with joblib.parallel_config("loky", n_jobs=2):
        answers = [run(grid, experiment, folder=folder) for folder in (None, tmp_path, tmp_path)]
    assert len(list(tmp_path.iterdir())) == 2
    for answer in answers:
        assert type(answer) is Pair
        assert answer.less.tolist() == [[1.0], [2.0], [3.0]]
        assert answer.more.shape == (3, 1, 2)


@pytest.mark.usefixtures("one_by_one")
def test_a_sweep_equals_its_chunks_done_by_hand_and_each_has_its_own_generator():
    drawn = []

    def experiment(a, b, *, generator):
        drawn.append((a, b, torch.rand(len(a), generator=generator)))
        return drawn[-1][-1]

    answer = run({"a": [1.0, 2.0], "b": [3.0, 4.0, 5.0]}, experiment, cells_per_chunk=4)
    by_hand = torch.cartesian_prod(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0, 5.0]))
    assert torch.equal(torch.stack([torch.cat([d[i] for d in drawn]) for i in (0, 1)], -1), by_hand)
    assert torch.equal(torch.cat([d[2] for d in drawn]).reshape(2, 3), answer)
    assert len(answer.unique()) == 6
    assert not torch.equal(run({"a": [1.0, 2.0], "b": [3.0, 4.0, 5.0]}, experiment, seed=1), answer)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_every_backend_gives_the_same_bits(backend, sequential):
    torch.set_num_threads(2)
    with joblib.parallel_config(backend, n_jobs=2):
        answer = run(GRID, toy)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)
    assert answer["W"].dtype == torch.float64
    assert equal(answer, sequential)


def test_a_dask_cluster_gives_the_same_bits_and_survives_a_killed_worker(cluster, sequential, tmp_path):
    with joblib.parallel_config("dask"):
        assert equal(run(GRID, toy), sequential)
    marks = str(tmp_path)

    def deadly(scale, density, *, generator):
        """The worker that gets the third chunk dies at its first try."""
        mark = Path(marks, "died")
        if (scale[0], density[0]) == (2.0, 0.1) and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return toy(scale, density, generator=generator)

    with joblib.parallel_config("dask"):
        assert equal(run(GRID, deadly), sequential)
    assert Path(marks, "died").exists()


def test_a_worker_with_threads_keeps_their_dtype_and_a_chunk_that_kills_it_is_an_error(sequential, tmp_path):

    def deadly(a, *, generator):
        os.kill(os.getpid(), signal.SIGKILL)

    options = {"n_workers": 1, "threads_per_worker": 3, "dashboard_address": FREE, "local_directory": tmp_path}
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        cluster = distributed.LocalCluster(**options)
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        assert equal(run(GRID, toy), sequential)
        with pytest.raises(distributed.KilledWorker):
            run({"a": [1, 2]}, deadly)


class OnlyLists(ThreadingBackend):
    """A backend like multiprocessing's and Ray's, which cannot tell when a chunk has finished."""

    supports_return_generator = False


def test_a_backend_that_only_gives_lists_works_in_rounds_and_keeps_each(sequential, tmp_path):
    joblib.register_parallel_backend("only lists", OnlyLists)
    experiment = counted(tmp_path, fail_at=7)
    with joblib.parallel_config("only lists", n_jobs=2):
        assert equal(run(GRID, toy), sequential)
        with pytest.raises(RuntimeError, match="this cell has a bug"):
            run({"a": list(range(12))}, experiment, folder=tmp_path / "cache")
        assert calls(tmp_path) == [0, 2, 4]  # in rounds: 0 and 2, then 4 and 6
        assert len(list((tmp_path / "cache").iterdir())) == 3
        (tmp_path / "repaired").touch()
        run({"a": list(range(12))}, experiment, folder=tmp_path / "cache")
    assert calls(tmp_path) == [0, 2, 4, 6, 8, 10]


PROGRAM = """
    import sys
    sys.path.insert(0, {tests!r})
    import torch
    from test_grid import counted, run
    torch.set_default_dtype(torch.float64)
    answer = run({{"a": list(range(12))}}, counted({marks!r}, wait={wait}), folder={cache!r})
    torch.save(answer, {cache!r} + "/answer.pt")
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_sweep_that_was_killed_goes_on_where_it_stopped(stop, tmp_path, one_by_one):
    marks, cache = tmp_path / "marks", tmp_path / "cache"
    marks.mkdir()
    program = {"tests": str(Path(__file__).parent), "marks": str(marks), "cache": str(cache), "wait": 0.3}
    script = [sys.executable, "-c", textwrap.dedent(PROGRAM).format(**program)]
    first = subprocess.Popen(script, stderr=subprocess.DEVNULL, start_new_session=True)
    while len(list(cache.glob("*.chunk"))) < 2:
        assert first.poll() is None
        time.sleep(0.02)
    os.kill(first.pid, stop)
    first.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(first.pid, signal.SIGKILL)  # its workers, if they have not noticed yet
    finished = len(list(cache.glob("*.chunk")))
    assert 2 <= finished < 6
    answer = run({"a": list(range(12))}, counted(marks, wait=0.3), folder=cache)
    assert len(calls(marks, os.getpid())) == 6 - finished
    assert torch.equal(answer, run({"a": list(range(12))}, counted(tmp_path)))


@pytest.mark.usefixtures("one_by_one")
def test_a_ctrl_c_that_training_swallows_still_ends_the_sweep_and_keeps_no_half_trained_chunk(tmp_path):
    def experiment(a, *, generator):
        try:
            if a[0] == 2:
                signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            return a - 1
        return a

    with pytest.raises(KeyboardInterrupt):
        run({"a": [0, 1, 2, 3]}, experiment, folder=tmp_path)
    assert len(list(tmp_path.glob("*.chunk"))) == 1


@pytest.mark.parametrize("backend", ["sequential", "loky"])
def test_an_error_in_one_chunk_keeps_the_others(backend, tmp_path):
    grid, experiment = {"a": list(range(12))}, counted(tmp_path, fail_at=7)
    with joblib.parallel_config(backend, n_jobs=2):
        with pytest.raises(RuntimeError, match="this cell has a bug") as caught:
            run(grid, experiment, folder=tmp_path / "cache")
        assert "In chunk 3 of the sweep" in caught.value.__notes__[0]
        kept = calls(tmp_path)
        assert set(kept) >= {0, 2, 4}
        (tmp_path / "repaired").touch()
        answer = run(grid, experiment, folder=tmp_path / "cache")
    assert calls(tmp_path) == [0, 2, 4, 6, 8, 10]
    assert torch.equal(answer.floor(), torch.arange(12.0))


@pytest.mark.usefixtures("one_by_one")
def test_damaged_files_are_computed_again(tmp_path):
    grid, experiment, cache = {"a": list(range(8))}, counted(tmp_path), tmp_path / "cache"
    answer = run(grid, experiment, folder=cache)
    cut, flipped, empty, _ = files = sorted(cache.iterdir())
    cut.write_bytes(cut.read_bytes()[:-10])
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    empty.write_bytes(b"")
    assert torch.equal(run(grid, experiment, folder=cache), answer)
    assert len(calls(tmp_path)) == 4 + 3
    assert sorted(cache.iterdir()) == files
    assert torch.equal(run(grid, experiment, folder=cache), answer)
    assert len(calls(tmp_path)) == 4 + 3


@pytest.mark.usefixtures("one_by_one")
def test_another_seed_or_dtype_or_cell_is_another_chunk(tmp_path):
    experiment, cache = counted(tmp_path), tmp_path / "cache"
    n_files = []
    for grid, seed in [([0, 1], 0), ([0, 1], 0), ([0, 2], 0), ([0.0, 1.0], 0), ([0, 1], 1)]:
        run({"a": grid}, experiment, folder=cache, seed=seed)
        n_files.append(len(list(cache.iterdir())))
    torch.set_default_dtype(torch.float32)
    run({"a": [0, 1]}, experiment, folder=cache)
    assert [*n_files, len(list(cache.iterdir()))] == [1, 1, 2, 3, 4, 5]


MODULE = """
import functools
import torch
from supertoy import TrainConfig
config = TrainConfig(steps=10)
unused = 1
class Meta(type):
    def one(cls):
        return 1
class Share(float):
    def __add__(self, other):
        return other
share = Share(0.5)
class Scale(metaclass=Meta):
    factor = 2
    def __new__(cls):
        return object.__new__(cls)
    def __init_subclass__(cls):
        cls.factor = 7
    @functools.cached_property
    def more(self):
        return 11
    def apply(self, a):
        return self.factor * a + share
@functools.cache
def offset():
    return 5
def helper(a):
    return Scale().apply(a) + offset()
def total(a, b):
    return a + b
def experiment(a, *, generator, power=2):
    inner = lambda x: total(helper(x), b=0) ** power * config.steps
    return torch.relu(inner(a))  # a remark
"""


def written(text):
    """The experiment of a notebook with this text."""
    module = types.ModuleType("__main__")
    exec(text, module.__dict__)
    return module.experiment


@pytest.mark.parametrize(
    "edit",
    [
        ("steps=10", "steps=11"),
        ("factor = 2", "factor = 3"),
        ("self.factor * a", "a * self.factor + 0"),
        ("return 1\n", "return 3\n"),
        ("return other", "return -other"),
        ("return object.__new__(cls)", "return super().__new__(cls)"),
        ("cls.factor = 7", "cls.factor = 8"),
        ("return 11", "return 12"),
        ("total(a, b)", "total(*a, b)"),
        ("total(a, b)", "total(a, *, b)"),
        ("return 5", "return 6"),
        ("+ offset", "- offset"),
        ("power=2", "power=3"),
        ("relu(inner", "abs(inner"),
        ("** power", "* power"),
    ],
)
def test_an_edit_of_the_experiment_or_of_what_it_uses_changes_its_fingerprint(edit):
    assert fingerprint(written(MODULE)) != fingerprint(written(MODULE.replace(*edit)))


@pytest.mark.parametrize("edit", [("a remark", "another"), ("unused = 1", "unused = 2")])
def test_a_comment_or_an_unrelated_edit_does_not(edit):
    assert fingerprint(written(MODULE)) == fingerprint(written(MODULE.replace(*edit)))


def test_arguments_closures_and_own_modules_count_and_fingerprints_agree_between_processes(tmp_path, monkeypatch):
    def close_over(value):
        return lambda a, generator: a * value

    values = [1, 1.0, True, "1", {"k": [1]}, torch.ones(1), torch.ones(1).float(), QUICK, TrainConfig(steps=31), toy]
    values += [SparseUniform(n_features=2, density=d) for d in (0.1, 0.2)]
    values += [ReLUModel(n_features=2, n_hidden=1, generator=torch.Generator().manual_seed(i)) for i in (0, 1)]
    prints = [fingerprint(close_over(v)) for v in values] + [fingerprint(functools.partial(toy, v)) for v in values]
    prints += [fingerprint(v) for v in values]
    assert len(set(prints)) == len(prints)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_module_a.py").write_text("import own_module_b")
    (tmp_path / "own_module_b.py").write_text("STEPS = 1")
    import own_module_a

    def imported(a, generator):
        return own_module_a.own_module_b.STEPS * a

    before = fingerprint(imported)
    (tmp_path / "own_module_b.py").write_text("STEPS = 2")
    assert fingerprint(imported) != before
    code = "from test_grid import *; print(fingerprint([toy, {'b', 'a', 'c'}, QUICK]))"
    folder = Path(__file__).parent
    for seed in "12":
        env = os.environ | {"PYTHONHASHSEED": seed}
        told = subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True)
        assert told.stdout.strip() == fingerprint([toy, {"a", "b", "c"}, QUICK]), told.stderr


IMPORTS = ["import {0}.part", "from {0} import part", "from . import part", "from .part import STEPS"]


@pytest.mark.parametrize("number", range(4))
def test_an_edit_of_a_module_that_is_imported_inside_the_experiment_changes_its_fingerprint(
    number, tmp_path, monkeypatch
):
    name = f"own_package_{number}"
    (tmp_path / name).mkdir()
    experiment = f"def experiment(a, *, generator):\n    {IMPORTS[number].format(name)}"
    for module, text in {"__init__": "", "part": "STEPS = 1", "run": experiment}.items():
        (tmp_path / name / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    experiment = importlib.import_module(f"{name}.run").experiment
    before = fingerprint(experiment)
    (tmp_path / name / "part.py").write_text("STEPS = 2")
    assert fingerprint(experiment) != before


def made_inside(a):
    return NamedTuple("Made", [("a", torch.Tensor)])(a)


def written_inside(a):
    class Written(NamedTuple):
        a: torch.Tensor

    return Written(a)


BAD = [
    (lambda: run({}, toy), "grid", "at least one name", "{}"),
    (lambda: run([1, 2], toy), "grid", "map", "[1, 2]"),
    (lambda: run({"generator": [1]}, toy), "grid", "arguments of the experiment", "'generator'"),
    (lambda: run({"no name": [1]}, toy), "grid", "arguments of the experiment", "'no name'"),
    (lambda: run({"a": ["x"]}, toy), "grid['a']", "numbers", "['x']"),
    (lambda: run({"a": []}, toy), "grid['a']", "at least one number", "(0,)"),
    (lambda: run({"a": [[1, 2]]}, toy), "grid['a']", "one axis", "(1, 2)"),
    (lambda: run({"a": [float("nan")]}, toy), "grid['a']", "finite", "nan"),
    (lambda: run({"a": [1]}, 3), "experiment", "function", "3"),
    (lambda: run({"a": [1]}, toy, cells_per_chunk=0), "cells_per_chunk", "at least 1", "0"),
    (lambda: run({"a": [1]}, toy, seed=-1), "seed", "at least 0", "-1"),
    (lambda: run({"a": [1]}, lambda a, generator: None), "experiment", "first axis of 1 cells", "None"),
    (lambda: run({"a": [1]}, lambda a, generator: {}), "experiment", "first axis of 1 cells", "None"),
    (lambda: run({"a": [1, 2]}, lambda a, generator: a.sum()), "experiment", "first axis of 2 cells", "()"),
    (
        lambda: run({"a": [1, 2, 3]}, lambda a, generator: torch.zeros(len(a), int(a[0]))),
        "experiment",
        "every chunk",
        "size 3",
    ),
    (
        lambda: run({"a": [1, 2, 3]}, lambda a, generator: {"x": a} if len(a) > 1 else {"x": a, "y": a}),
        "experiment",
        "same names",
        "'y'",
    ),
    (lambda: run({"a": [1]}, lambda a, generator: made_inside(a)), "experiment", "top of a module", "Made"),
    (lambda: run({"a": [1]}, lambda a, generator: written_inside(a)), "experiment", "top of a module", "<locals>"),
    (lambda: run({"a": [1]}, lambda a, generator: (a, a)), "experiment", "first axis of 1 cells", "(tensor"),
]


@pytest.mark.usefixtures("unchecked", "one_by_one")
@pytest.mark.parametrize(("call", "name", "rule", "value"), BAD)
def test_bad_input_is_named(call, name, rule, value):
    with pytest.raises(ValueError, match=name.replace("[", r"\[")) as caught:
        call()
    assert all(part in str(caught.value) for part in (name, rule, value)), caught.value


@pytest.mark.usefixtures("one_by_one")
def test_an_experiment_that_cannot_be_fingerprinted_is_refused_only_where_there_is_a_cache(tmp_path):
    with (tmp_path / "log").open("w") as log:

        def experiment(a, *, generator):
            log.write("here")
            return a

        assert run({"a": [1, 2]}, experiment).tolist() == [1, 2]
        with pytest.raises(ValueError, match=r"experiment must refer only to what pickle .* got <_io.TextIOWrapper"):
            run({"a": [1, 2]}, experiment, folder=tmp_path / "cache")
