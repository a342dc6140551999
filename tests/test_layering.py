"""The package stays small and flows one way."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import supertoy

PACKAGE = Path(__file__).parent.parent / "supertoy"
MODULES = sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("exercises/*.py"), *PACKAGE.glob("widgets/*.py")])
WIDGETS = {p.stem for p in PACKAGE.glob("widgets/*.py")} - {"__init__"}
# The order stands on the page of the package, and nowhere else; modules for the package's own use are placed here.
LINE = re.search(r"^`(.+) → widgets`$", (PACKAGE.parent / "book" / "api.md").read_text(), re.MULTILINE)[1]
LAYERS = [{"_checks", "_fingerprint", "_progress"}, *({*names.split(", ")} for names in LINE.split(" → "))]
LAYERS.append(WIDGETS | {"widgets"})
EXERCISES = {p.stem for p in PACKAGE.glob("exercises/*.py")} - {"__init__"}


def layer(module):
    return next(i for i, names in enumerate(LAYERS) if module in names)


LAYERS[layer("grid") : layer("grid")] = [{"_chunks"}, {"_joblib"}]
LAYERS[layer("geometry_plots")].add("_svg")
LAYERS[layer("exercises")] |= EXERCISES


def imported(path):
    """Names of the package's modules that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "supertoy":
            names |= {node.module.split(".")[1]} if "." in node.module else {a.name for a in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.name.split(".")[1] for a in node.names if a.name.startswith("supertoy.")}
    return names


@pytest.mark.parametrize("path", [p for p in MODULES if p.stem != "__init__"], ids=lambda p: p.stem)
def test_a_module_imports_only_from_the_layers_before_it(path):
    below = set().union(*LAYERS[: layer(path.stem)])
    if path.parent.name == "widgets":  # the last layer: it may take what `supertoy` offers to everybody, and its own
        below = below | WIDGETS | {"widgets"} | set(supertoy.__all__)
    if path.parent.name == "exercises":
        below = below | {"exercises"} | set(supertoy.__all__)
    assert imported(path) <= below


def test_every_module_of_the_order_is_there():
    assert {name for names in LAYERS for name in names} == {p.stem for p in MODULES if p.stem != "__init__"} | {
        "exercises",
        "widgets",
    }


def test_geometry_and_theory_know_nothing_of_models():
    assert imported(PACKAGE / "geometry.py") | imported(PACKAGE / "theory.py") == {"_checks"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_functions_fit_on_a_screen(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_a_module_can_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) < 250


def test_importing_the_package_loads_nothing_heavy():
    heavy = {"matplotlib", "anywidget", "ipywidgets", "transformers", "joblib", "distributed"}
    code = f"import sys, supertoy; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_nothing_uses_the_global_seed(path):
    assert "manual_seed(" not in re.sub(r"Generator\([\w.]*\)\.manual_seed\(", "", path.read_text())
