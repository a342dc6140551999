"""Shapes in signatures are checked under test, and only there: jaxtyping's hook, before `supertoy` is imported."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from jaxtyping import config, install_import_hook

install_import_hook("supertoy", "typechecker.typechecked")
os.environ["MPLBACKEND"] = "agg"
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


@pytest.fixture
def node(tmp_path):
    """Run JavaScript with all of a widgets' module as `N`, and `given` as data; what it puts in `out` comes back."""
    for module in (Path(__file__).parent.parent / "supertoy" / "widgets").glob("*.js"):
        shutil.copy(module, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def run(script, given=None, module="numerics"):
        (tmp_path / "given.json").write_text(json.dumps(given))
        head = f'import fs from "node:fs"; import * as N from "./{module}.js"; const out = [];'
        head += 'const given = JSON.parse(fs.readFileSync("given.json"));'
        head += "const toy = (c) => ({...c, W: Float64Array.from(c.W), b: Float64Array.from(c.b)});"
        (tmp_path / "run.js").write_text(f"{head}\n{script}\nprocess.stdout.write(JSON.stringify(out));")
        done = subprocess.run(["node", "run.js"], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
