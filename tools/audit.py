"""Lighthouse on the front page and three chapters of the built book, as on a desktop and on a phone.

    python tools/audit.py             one run each
    python tools/audit.py --runs 3    the median of three, as performance is a timing and varies

Accessibility, best practices and SEO must reach 95; performance has a goal, and fails nothing. Reports: .work/audit.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from gzip_server import serving
from headless import FLAGS, chromium

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
REPORTS = ROOT / ".work" / "audit"
LIGHTHOUSE = ROOT / "tests" / "node_modules" / "lighthouse" / "cli" / "index.js"

PAGES = ["index", "03_build_the_linear_toy", "07_watch_features_appear", "11_follow_training"]
MUST = {"accessibility": 95, "best-practices": 95, "seo": 95}
PERFORMANCE_GOAL = {"desktop": 90, "mobile": 80}
TIMINGS = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"]


def lighthouse(address: str, preset: str, target: Path) -> dict:
    """One run's report; it is also written to `target` as HTML and JSON."""
    command = ["node", str(LIGHTHOUSE), address, "--quiet", "--no-enable-error-reporting"]
    command += ["--output=html", "--output=json", f"--output-path={target}"]
    command += [f"--chrome-flags={' '.join(FLAGS)}", f"--only-categories=performance,{','.join(MUST)}"]
    command += ["--preset=desktop"] if preset == "desktop" else []
    done = subprocess.run(command, env=os.environ | {"CHROME_PATH": chromium()}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"Lighthouse failed on {address}:\n{done.stderr}")
    return json.loads(target.with_suffix(".report.json").read_text())


def scores(report: dict) -> dict[str, float]:
    """The four scores, out of 100."""
    return {name: round(100 * category["score"]) for name, category in report["categories"].items()}


def below(report: dict) -> list[str]:
    """What costs a report points in the categories that must hold, one line for each audit."""
    lines = []
    for category in MUST:
        for part in report["categories"][category]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 1:
                found = [item.get("node", {}).get("snippet") for item in audit.get("details", {}).get("items", [])]
                lines.append(f"    {category}: {audit['title']} ({audit['id']}) {' '.join(filter(None, found[:3]))}")
    return lines


def judge(address: str, page: str, preset: str, runs: int) -> bool:
    """Run Lighthouse on one page, print its row, and say whether the scores that must hold do."""
    reports = [
        lighthouse(f"{address}/book/{page}.html", preset, REPORTS / f"{page}-{preset}-{run + 1}") for run in range(runs)
    ]
    must = {name: min(scores(report)[name] for report in reports) for name in MUST}
    performance = median(scores(report)["performance"] for report in reports)
    goal = PERFORMANCE_GOAL[preset]
    mark = " " if performance >= goal else "<"
    times = [median(report["audits"][name].get("numericValue", 0) for report in reports) for name in TIMINGS]
    print(
        f"{page:26} {preset:8} {must['accessibility']:6} {must['best-practices']:6} {must['seo']:6} "
        f"{performance:8.0f} {mark} {goal:3}  "
        f"{times[0] / 1000:6.1f} s {times[1] / 1000:6.1f} s {times[2]:6.0f} ms {times[3]:6.3f}",
        flush=True,
    )
    short = [name for name, least in MUST.items() if must[name] < least]
    for line in dict.fromkeys(line for report in reports for line in below(report)):
        print(line)
    return not short


def main() -> None:
    """Parse the command line, serve the pages, run Lighthouse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", default=PAGES, help="pages of the book, without .html")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--preset", choices=PERFORMANCE_GOAL, action="append")
    options = parser.parse_args()
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    print(
        f"{'':26} {'':8} {'access':>6} {'pract.':>6} {'SEO':>6} {'perform.':>8}   goal"
        f" {'FCP':>8} {'LCP':>8} {'TBT':>9} {'CLS':>6}"
    )
    with serving(HTML) as address:
        good = [
            judge(address, page, preset, options.runs)
            for page in options.pages
            for preset in options.preset or PERFORMANCE_GOAL
        ]
    print(
        f"accessibility, best practices and SEO must reach 95; < marks performance below its goal. Reports: {REPORTS}"
    )
    sys.exit(not all(good) and "A score that must hold is below 95; what costs it stands below its row.")


if __name__ == "__main__":
    main()
