"""A headless Chromium and the built pages, over http and as files."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[2] / "tools"))

from gzip_server import serving
from headless import FLAGS, chromium

HTML = Path(__file__).parents[2] / "_build" / "html"
PAGES = sorted(str(p.relative_to(HTML)) for p in HTML.rglob("*.html") if "_static" not in p.parts)


@pytest.fixture(scope="session")
def addresses():
    """Where the pages are: {"http": …, "file": …}."""
    with serving(HTML) as address:
        yield {"http": address, "file": HTML.as_uri()}


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, addresses):
    """Open a page and collect what goes wrong: (page, console errors, requests to other places)."""
    contexts = []

    def open_(name, *, scheme="http", **context):
        contexts.append(browser.new_context(**context))
        page = contexts[-1].new_page()
        errors, foreign = [], []
        page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("requestfailed", lambda r: errors.append(f"failed: {r.url}"))
        page.on("response", lambda r: errors.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        own = (addresses[scheme], "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(own) else foreign.append(r.url))
        page.goto(f"{addresses[scheme]}/{name}", wait_until="load")
        page.wait_for_load_state("networkidle")
        return page, errors, foreign

    yield open_
    for context in contexts:
        context.close()
