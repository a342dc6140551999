"""Shapes in signatures are checked under test, and only there: jaxtyping's hook, before `supertoy` is imported."""

import os

import pytest
import torch
from jaxtyping import config, install_import_hook

install_import_hook("supertoy", "typechecker.typechecked")
os.environ["MPLBACKEND"] = "agg"
torch.set_num_threads(1)


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
