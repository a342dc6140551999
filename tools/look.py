"""Look at a widget without building the book: a page of its own, and pictures of it.

    python tools/look.py Trainer density=0.2     writes .work/look/Trainer.html and opens it in a headless browser
                                                 for pictures: wide and 390 px, light and dark
    python tools/look.py Trainer --js "…"        the same, after running JavaScript in the page

What the page logs as an error, and what axe-core finds, is printed.
"""

import argparse
import ast
from pathlib import Path

from headless import FLAGS, chromium
from playwright.sync_api import sync_playwright

from supertoy import widgets
from supertoy.widgets._bundle import FOLDER, SHARED, needs, page_script, page_start

ROOT = Path(__file__).resolve().parent.parent
LOOK = ROOT / ".work" / "look"
THEMES = {"light": ("#fefefe", "#1b1f24"), "dark": ("#121212", "#ced6dd")}


def page(*shown: widgets.Trainer) -> str:
    """A page with widgets and nothing else, alive from `file://`."""
    modules = list(dict.fromkeys(m for w in shown for m in needs(w.module) if m not in SHARED))
    scripts = page_script(*SHARED, *modules) + page_start()
    style = (FOLDER / "widgets.css").read_text()
    colours = "".join(f"[data-theme={t}] body {{background: {b}; color: {c}}}\n" for t, (b, c) in THEMES.items())
    widgets_here = "".join(widget.html() for widget in shown)
    return (
        '<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Look</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}\n{colours} svg {{max-width: 100%; height: auto}}</style></head><body><main><h1>Look</h1>"
        f"{widgets_here}</main><script>{scripts}</script></body></html>"
    )


def main() -> None:
    """Parse the command line, write the page, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("traits", nargs="*", help="trait=value, in Python")
    parser.add_argument("--js", default="", help="JavaScript to run in the page before the pictures; may await")
    options = parser.parse_args()
    traits = {k: ast.literal_eval(v) for k, v in (pair.split("=", 1) for pair in options.traits)}
    LOOK.mkdir(parents=True, exist_ok=True)
    target = LOOK / f"{options.name}.html"
    target.write_text(page(getattr(widgets, options.name)(**traits)), encoding="utf8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for theme in THEMES:
            for width in (900, 390):
                tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
                tab.on("console", lambda m: print("console:", m.text) if m.type in ("error", "warning") else None)
                tab.on("pageerror", lambda e: print("error:", e))
                tab.goto(target.as_uri())
                tab.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
                tab.wait_for_timeout(200)
                if options.js:
                    print("js:", tab.evaluate(f"(async () => {{ {options.js} }})()"))
                if width > 800:
                    tab.evaluate((ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js").read_text())
                    for fault in tab.evaluate("axe.run().then(r => r.violations)"):
                        print("axe:", fault["id"], fault["nodes"][0]["html"][:150], fault["nodes"][0]["failureSummary"])
                tab.screenshot(path=LOOK / f"{options.name}-{theme}-{width}.png", full_page=True)
        browser.close()
    print("look at", target, "and the pictures beside it")


if __name__ == "__main__":
    main()
