"""What all widgets have in common: plain traits, one bundle, a picture, and HTML that needs no kernel."""

import ast
import json
import math
import re
import subprocess
from functools import cache

import matplotlib.pyplot as plt
import pytest
import torch

from supertoy import expected_loss, widgets
from supertoy.widgets import _bundle, _traits
from supertoy.widgets._base import Widget

LIVE = [getattr(widgets, name) for name in widgets.__all__ if name != "Workbench"]
each_widget = pytest.mark.parametrize("kind", LIVE, ids=lambda k: k.__name__)
MODULES = sorted(_bundle.FOLDER.glob("*.js"))
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)


@pytest.fixture(autouse=True)
def as_readers_run(double_precision):
    torch.set_default_dtype(torch.float32)


@each_widget
def test_a_widget_is_a_class_and_a_module_of_one_name(kind):
    assert issubclass(kind, Widget)
    assert kind.module == kind.__name__.lower()
    assert (_bundle.FOLDER / f"{kind.module}.py").exists()
    assert (_bundle.FOLDER / f"{kind.module}.js").exists()


@each_widget
def test_its_state_is_plain_data_from_which_another_like_it_is_made(kind):
    state = json.loads(json.dumps(kind().state(), allow_nan=False))
    own = {name: value for name, value in state.items() if not kind.class_traits()[name].read_only}
    assert kind(**own).state() == kind().state()


@cache
def twice(kind):
    """The HTML of a widget, asked for in two ways, and how many figures that left open."""
    before, widget = plt.get_fignums(), kind()
    htmls = widget._repr_mimebundle_()[0]["text/html"], widget.html()
    return htmls, len(plt.get_fignums()) - len(before)


@each_widget
def test_its_html_holds_the_state_and_a_labelled_picture_and_leaves_no_figure_open(kind):
    (html, _), left_open = twice(kind)
    assert left_open == 0
    data = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL).group(1)
    assert json.loads(data) == json.loads(json.dumps(kind().state()))
    assert html.count("</script>") == 1
    assert len(re.search(r'role="img" aria-label="([^"]*)"', html).group(1)) > 60
    assert len(html) < 200_000


@each_widget
def test_two_pictures_on_a_page_share_no_ids(kind):
    first, second = (set(re.findall(r'\bid="([^"]+)"', html)) for html in twice(kind)[0])
    assert not first & second


@each_widget
def test_its_docstring_names_every_trait_its_errors_and_its_source(kind):
    text = kind.__doc__
    for name in kind.class_own_traits(sync=True):
        assert re.search(rf"\b{name}\b", text), name
    assert "Attributes:" in text
    assert "ValueError" in text
    assert "Source:" in text


@each_widget
@pytest.mark.parametrize("value", [math.nan, math.inf, "many", None, [], 1e30, True])
def test_every_number_of_a_widget_refuses_what_is_none_and_says_so(kind, value):
    widget = kind()
    numbers = {k: t for k, t in widget.traits(sync=True).items() if isinstance(t, _traits.Number)}
    for name, trait in numbers.items():
        if (value is None and trait.allow_none) or (value == 1e30 and trait.at_most == math.inf):
            continue
        with pytest.raises(ValueError, match=rf"{name} must be .*, got "):
            setattr(widget, name, value)


@each_widget
def test_bad_lists_are_refused_with_the_traits_name(kind):
    widget = kind()
    for name, trait in widget.traits(sync=True).items():
        if isinstance(trait, _traits.Numbers):
            for value in ([math.nan], [[math.nan]], "abc", [[1.0], [1.0, 2.0]], 3.0):
                with pytest.raises(ValueError, match=rf"{name} must"):
                    setattr(widget, name, value)


def test_traits_take_tensors_and_whole_floats():
    trainer = widgets.Trainer(n_features=5.0, density=torch.tensor(0.5))
    assert trainer.n_features == 5
    assert type(trainer.n_features) is int
    assert trainer.density == 0.5
    trainer.W = torch.ones(2, 5)
    assert trainer.W == [[1.0] * 5] * 2


@pytest.mark.parametrize(("name", "value"), [("activation", "gelu"), ("playing", 1), ("activation", ["relu"])])
def test_choices_and_flags_say_what_they_take(name, value):
    with pytest.raises(ValueError, match=rf"{name} must be one of .*, got "):
        widgets.Trainer(**{name: value})


def test_the_trainers_toy_is_the_package_s():
    trainer = widgets.Trainer(n_features=3, activation="linear")
    with pytest.raises(ValueError, match="W must hold a start"):
        trainer.toy()
    trainer.W, trainer.b = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [0.0, 0.0, 0.5]
    loss = expected_loss(trainer.toy(), trainer.features(), importance=trainer.importance()).loss
    p = trainer.density
    assert loss.item() == pytest.approx(0.81 * (0.25 - 2 * 0.5 * p / 2 + p / 3), rel=1e-5)


@each_widget
def test_its_bundle_is_an_es_module_with_render_as_anywidget_wants(kind, tmp_path):
    assert kind()._esm == _bundle.esm(kind.module)
    (tmp_path / "bundle.mjs").write_text(kind()._esm)
    (tmp_path / "run.mjs").write_text('import w from "./bundle.mjs"; console.log(typeof w.render)')
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "function", done.stderr


def test_the_bundle_and_the_modules_give_the_same_exports(tmp_path):
    names = [p.stem for p in MODULES]
    script = _bundle.page_script(*dict.fromkeys(m for name in names for m in _bundle.needs(name)))
    names_of_each = "Object.entries(supertoyModules).map(([name, module]) => [name, Object.keys(module)])"
    tail = f"console.log(JSON.stringify(Object.fromEntries({names_of_each})))"
    (tmp_path / "run.cjs").write_text(f"globalThis.window = globalThis;\n{script}\n{tail}")
    done = subprocess.run(["node", "run.cjs"], cwd=tmp_path, capture_output=True, text=True)
    bundled = json.loads(done.stdout)
    for path in MODULES:
        exports = f"import('{path.as_uri()}').then((m) => console.log(JSON.stringify(Object.keys(m))))"
        (tmp_path / "package.json").write_text('{"type": "module"}')
        (tmp_path / "one.mjs").write_text(exports.replace(path.as_uri(), f"./{path.name}"))
        for module in MODULES:
            (tmp_path / module.name).write_text(module.read_text())
        found = subprocess.run(["node", "one.mjs"], cwd=tmp_path, capture_output=True, text=True)
        assert sorted(json.loads(found.stdout)) == sorted(bundled[path.stem]), path.stem


@each_module
def test_a_module_uses_no_ids_no_other_hosts_and_no_storage(path):
    text = path.read_text()
    assert not re.search(r"getElementById|\bid:|\.id\s*=|querySelector\(\"#", text)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie|\bfetch\(|\beval\(", text)


@each_module
def test_every_import_is_one_that_the_bundler_reads(path):
    text = path.read_text()
    assert len(re.findall(r"^import\b", text, re.MULTILINE)) == len(_bundle.IMPORT.findall(text))
    assert not re.search(r"^export (?!const |function |class )", text, re.MULTILINE)


def test_every_module_of_the_package_is_shipped_with_it():
    import tomllib

    settings = tomllib.loads((_bundle.FOLDER.parents[1] / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "supertoy.widgets" in settings["packages"]
    assert settings["package-data"]["supertoy.widgets"] == ["*.css", "*.js"]


def test_nothing_below_the_widgets_imports_them():
    for path in _bundle.FOLDER.parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("supertoy.widgets"), path.stem
