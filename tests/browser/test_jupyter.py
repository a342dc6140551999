"""The widgets under a real JupyterLab: shown, moved in the page, read in Python, set from Python and seen in the page.

The server runs under SUPERTOY_JUPYTER, a Python, by default this one; `make test-colab` names Colab's.
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from supertoy import widgets

PYTHON = os.environ.get("SUPERTOY_JUPYTER", sys.executable)
LIVE = [name for name in widgets.__all__ if name != "Workbench"]
WATCH = """
import json
import ipywidgets
from supertoy.widgets import Trainer
trainer = Trainer(steps=300, speed=20000)

def seen(change):
    with open("seen.jsonl", "a") as file:
        print(json.dumps({change["name"]: change["new"]}), file=file)
    if change["name"] == "density" and change["new"] < 0.5:
        trainer.importance_decay = 0.75  # and back into the page

with open("seen.jsonl", "w") as file:
    print(json.dumps({"ipywidgets": ipywidgets.__version__}), file=file)
trainer.observe(seen, ["density", "importance_decay", "loss", "W"])
trainer
"""


def notebook(*cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return book


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab on a free port: its folder and address."""
    folder = tmp_path_factory.mktemp("lab")
    home = {f"JUPYTER_{k}_DIR": str(folder / f".{k}") for k in ("CONFIG", "DATA", "RUNTIME")}
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root", "--LabApp.expose_app_in_browser=True"]
    options += [
        "--ServerApp.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={folder}",
    ]
    log = (folder / "log").open("w")
    environment = os.environ | home | {"TQDM_DISABLE": "1"}
    process = subprocess.Popen([PYTHON, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log)
    address, start = None, time.monotonic()
    while not address and time.monotonic() - start < 90 and process.poll() is None:
        time.sleep(0.2)
        address = re.search(r"http://127\.0\.0\.1:\d+/", (folder / "log").read_text())
    assert address, (folder / "log").read_text()
    yield folder, address.group()
    process.terminate()
    process.wait(20)
    log.close()


@pytest.fixture
def lab(server, browser):
    """Open a notebook of these cells and run them all: (page, folder, errors)."""
    folder, address = server
    contexts = []

    def open_(*cells, timeout=60_000):
        nbformat.write(notebook(*cells), folder / "try.ipynb")
        contexts.append(browser.new_context(viewport={"width": 1200, "height": 1000}))
        page = contexts[-1].new_page()
        errors = []
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(f"{address}lab/tree/try.ipynb?reset", wait_until="load")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=timeout)
        page.wait_for_function("window.jupyterapp && window.jupyterapp.commands.hasCommand('notebook:run-all-cells')")
        status = "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        for _ in range(100):
            if page.evaluate(status) == "idle":
                break
            accept = page.locator(".jp-Dialog button.jp-mod-accept")  # some versions ask which kernel to start
            if accept.count():
                accept.first.click()
            page.wait_for_timeout(300)
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        return page, folder, errors

    yield open_
    for context in contexts:
        context.close()
    for session in json.load(urllib.request.urlopen(f"{address}api/sessions")):
        request = urllib.request.Request(f"{address}api/sessions/{session['id']}", method="DELETE")
        urllib.request.urlopen(request).close()


def wait_for_line(path, test, seconds=30):
    """The first line that Python wrote and the test accepts."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        for line in path.read_text().splitlines() if path.exists() else []:
            if test(json.loads(line)):
                return json.loads(line)
        time.sleep(0.1)
    raise AssertionError(path.read_text() if path.exists() else "nothing was written")


def test_a_slide_in_the_page_reaches_python_and_python_answers_in_the_page(lab):
    page, folder, errors = lab(WATCH)
    page.wait_for_selector(".supertoy .st-root", timeout=60_000)
    version = subprocess.run([PYTHON, "-c", "import ipywidgets; print(ipywidgets.__version__)"], capture_output=True)
    assert wait_for_line(folder / "seen.jsonl", bool) == {"ipywidgets": version.stdout.decode().strip()}
    slider = page.get_by_label("density p = 1−S")
    slider.focus()
    page.keyboard.press("End")
    wait_for_line(folder / "seen.jsonl", lambda line: line.get("density") == 1)
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    wait_for_line(folder / "seen.jsonl", lambda line: 0.3 < line.get("density", 1) < 0.5)
    page.wait_for_function("[...document.querySelectorAll('.supertoy .st-value')].some(o => o.textContent === '0.75')")
    page.get_by_role("button", name="Train").click()
    page.wait_for_function("text => document.querySelector('.st-status').textContent.includes(text)", arg="Step 300")
    shown = float(re.search(r"Exact loss ([\d.]+)", page.locator(".st-status").inner_text()).group(1))
    wait_for_line(folder / "seen.jsonl", lambda line: line.get("loss") == pytest.approx(shown, rel=0.01))
    W = wait_for_line(folder / "seen.jsonl", lambda line: "W" in line)["W"]
    assert [len(row) for row in W] == [5, 5]
    assert errors == []


def test_every_widget_comes_to_life_in_one_notebook(lab):
    page, _, errors = lab("from supertoy import widgets", *[f"widgets.{name}()" for name in LIVE])
    for name in LIVE:
        page.wait_for_selector(f'.supertoy .st-root[data-widget="{name.lower()}"]', timeout=60_000, state="attached")
    assert errors == []


def test_the_workbench_trains_as_its_controls_move_and_can_be_cancelled(lab):
    page, _, errors = lab("from supertoy.widgets import Workbench\nWorkbench(n_features=12, n_hidden=3)")
    status = page.locator("[role=status]", has_text="of 12 features")
    status.wait_for(timeout=60_000)
    before = status.inner_text()
    slider = page.locator(".widget-slider, .jupyter-widget-slider").first
    handle = slider.locator(".noUi-handle, .ui-slider-handle").first
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.locator("[role=status]", has_text="of 13 features").wait_for(timeout=60_000)
    assert "of 12" in before
    assert errors == []
