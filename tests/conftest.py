"""Shapes in signatures are checked under test, and only there: jaxtyping's hook, before `supertoy` is imported."""

import json
import os
import shutil
import signal
import subprocess
from itertools import count
from pathlib import Path
from subprocess import PIPE

import pytest
import torch
from hypothesis import settings
from jaxtyping import config, install_import_hook

install_import_hook("supertoy", "typechecker.typechecked")
os.environ["MPLBACKEND"] = "agg"
numbers = count()
settings.register_profile("supertoy", deadline=None)  # tests are not timed: a busy machine is no fault
settings.load_profile("supertoy")
torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with Ctrl-C ignored


@pytest.fixture(autouse=True)
def double_precision():
    """Every test runs in double precision, so that tolerances can be tight."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def unchecked():
    """Readers run without the hook: let bad input reach the package's own checks."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


@pytest.fixture
def generator():
    """A seeded source of randomness."""
    return torch.Generator().manual_seed(0)


# Each script that it is told of runs in a thread of its own, with modules of its own.
THREADS = """
import readline from "node:readline";
import { Worker } from "node:worker_threads";
for await (const path of readline.createInterface({ input: process.stdin })) {
  const worker = new Worker(path, { stdout: true });
  const told = await new Promise((done) => {
    worker.on("message", (out) => done({ out }));
    worker.on("error", (error) => done({ error: String(error.stack ?? error) }));
    worker.on("exit", () => done({ error: "it ended without an answer" }));
  });
  process.stdout.write(JSON.stringify(told) + "\\n");
}
"""


@pytest.fixture(scope="session")
def threads(tmp_path_factory):
    """A node that runs for all tests: its folder, with the widgets' modules, and a way to have a script there run."""
    folder = tmp_path_factory.mktemp("node")
    for module in (Path(__file__).parent.parent / "supertoy" / "widgets").glob("*.js"):
        shutil.copy(module, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "threads.js").write_text(THREADS)
    with subprocess.Popen(["node", "threads.js"], cwd=folder, stdin=PIPE, stdout=PIPE, text=True) as process:

        def run(path):
            print(path, file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield folder, run
        process.stdin.close()


@pytest.fixture
def node(threads):
    """Run JavaScript with all of a widgets' module as `N`, and `given` as data; what it puts in `out` comes back."""
    folder, run_script = threads

    def run(script, given=None, module="numerics"):
        head = f'import {{ parentPort }} from "node:worker_threads"; import * as N from "./{module}.js";'
        head += f"const out = [], given = {json.dumps(given)};"
        head += "const toy = (c) => ({...c, W: Float64Array.from(c.W), b: Float64Array.from(c.b)});"
        path = folder / f"run{next(numbers)}.js"
        path.write_text(f"{head}\n{script}\nparentPort.postMessage(JSON.stringify(out));")
        told = run_script(path)
        assert "out" in told, told
        return json.loads(told["out"])

    return run
