"""A pytest plugin for nbmake's run: a line for each chapter as it ends, and a mark beside those that passed."""

import json
from pathlib import Path


def pytest_runtest_logreport(report):
    """Print the chapter's name and seconds; where it passed, keep the seconds in the notebook and leave a mark."""
    if report.when != "call" or not hasattr(report, "node"):  # xdist's controller sets `node`; its workers do not
        return
    path = Path(report.nodeid.split("::")[0])
    print(f"  {'ok' if report.passed else 'FAILED':6} {path.stem:42} {report.duration:6.1f} s", flush=True)
    if report.passed:
        notebook = json.loads(path.read_text())
        notebook["metadata"]["supertoy_seconds"] = round(report.duration, 1)
        notebook["metadata"].pop("widgets", None)  # the kernel's copy of each widget: pages have their own
        path.write_text(json.dumps(notebook, indent=1))
        Path(f"{path}.passed").touch()


def pytest_report_teststatus(report):
    """Say nothing more of each chapter than the line above."""
    return (report.outcome, "", "") if report.when == "call" else ("", "", "")
