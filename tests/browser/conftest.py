"""A headless Chromium and the built pages, over http and as files."""

import contextlib
import sys
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[2] / "tools"))

from gzip_server import serving
from headless import FLAGS, chromium

HTML = Path(__file__).parents[2] / "_build" / "html"
AXE = (Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text()
PAGES = sorted(str(p.relative_to(HTML)) for p in HTML.rglob("*.html") if "_static" not in p.parts)
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def show_answers(page):
    """Reveal what questions keep back (book/static/predict.js)."""
    page.evaluate("document.querySelectorAll('.reading-time .predict-button').forEach((button) => button.click())")


def pytest_collection_modifyitems(items):
    """Tests of one page stand together, in one look after the other; those after which it closes come last."""

    def place(item):
        if "visit" not in item.fixturenames:
            return (0,)
        given = item.callspec.params
        look = [str(given.get(key, "")) for key in ("width", "theme")]
        return 1, given["name"], "last_visit" in item.fixturenames, *look

    items.sort(key=place)


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


def watch(page, own):
    """What will go wrong in a page: (console errors, requests to other places than its own)."""
    errors, foreign = [], []
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("requestfailed", lambda r: errors.append(f"failed: {r.url}"))
    page.on("response", lambda r: errors.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("request", lambda r: None if r.url.startswith((own, "data:", "blob:")) else foreign.append(r.url))
    return errors, foreign


@pytest.fixture(scope="session")
def contexts(browser):
    """Contexts by their settings: what one page has fetched, the next one has."""
    with contextlib.ExitStack() as stack:
        yield cache(lambda **settings: stack.enter_context(browser.new_context(**settings)))


@pytest.fixture
def new_page(contexts):
    """An empty page for one test alone."""
    pages = []

    def new(*, viewport=None, **settings):
        pages.append(contexts(**settings).new_page())
        if viewport:
            pages[-1].set_viewport_size(viewport)
        return pages[-1]

    yield new
    for page in pages:
        page.close()


@pytest.fixture
def open_page(new_page, addresses):
    """Open a page for one test alone: (page, console errors, requests to other places)."""

    def open_(name, *, scheme="http", answers=True, **settings):
        page = new_page(**settings)
        errors, foreign = watch(page, addresses[scheme])
        page.goto(f"{addresses[scheme]}/{name}", wait_until="load")
        if answers and "/" in name and settings.get("java_script_enabled", True):  # the front door leads on
            show_answers(page)
        return page, errors, foreign

    return open_


class Visit:
    """A page that tests share: over http on a desktop in the light, from a file on a phone in the dark."""

    def __init__(self, browser, address, name, scheme):
        self.theme, size = ("light", (1280, 900)) if scheme == "http" else ("dark", (390, 844))
        self.size = {"width": size[0], "height": size[1]}
        self.context = browser.new_context(color_scheme=self.theme, viewport=self.size)
        self.page = self.context.new_page()
        self.errors, self.foreign = watch(self.page, address)
        self.sent = self.read_to_the_end(f"{address}/{name}")
        self.page.evaluate(AXE)

    def read_to_the_end(self, address):
        """Open the page and scroll down; what that sent, as (bytes, address)."""
        devtools, urls, weight, pending = self.context.new_cdp_session(self.page), {}, {}, set()
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", lambda e: urls.setdefault(e["requestId"], e["request"]["url"]))
        devtools.on("Network.loadingFinished", lambda e: weight.update({e["requestId"]: e["encodedDataLength"]}))
        self.page.on("request", lambda r: pending.add(r))
        self.page.on("requestfinished", lambda r: pending.discard(r))
        self.page.on("requestfailed", lambda r: pending.discard(r))
        self.page.goto(address, wait_until="load")
        self.page.wait_for_load_state("networkidle")  # the front door has led on by now
        show_answers(self.page)
        self.page.evaluate("() => scrollTo(0, document.body.scrollHeight)")  # what is loaded lazily is part of it
        self.page.evaluate(FRAMES)
        while pending:
            self.page.wait_for_timeout(20)
        self.page.evaluate("() => scrollTo(0, 0)")
        devtools.detach()
        return [(size, urls[i]) for i, size in weight.items() if urls.get(i, "").startswith("http")]

    def look(self, theme, width):
        """Turn it to a theme and a width, by default its own, on a screen."""
        self.page.set_viewport_size(self.size | ({"width": width} if width else {}))
        self.page.emulate_media(media="screen", color_scheme=theme or self.theme)
        self.page.evaluate(FRAMES)


@pytest.fixture(scope="session")
def shelf():
    """The visits that are open, all to one page, by scheme and name."""
    visits = {}
    yield visits
    for visit in visits.values():
        visit.context.close()


@pytest.fixture
def visit(browser, addresses, shelf):
    """A page as it is when opened, for tests that leave it so: they share it."""

    def visit_(name, *, scheme=None, theme=None, width=None):
        scheme = scheme or ("file" if (theme, width) == ("dark", 390) else "http")
        for other in [key for key in shelf if key[1] != name]:
            shelf.pop(other).context.close()
        if (scheme, name) not in shelf:
            shelf[scheme, name] = Visit(browser, addresses[scheme], name, scheme)
        shelf[scheme, name].look(theme, width)
        return shelf[scheme, name]

    return visit_


@pytest.fixture
def last_visit(visit, shelf):
    """The same page, for a test that moves something: no test comes after it."""
    taken = []

    def visit_(name, **look):
        taken.append(visit(name, **look))
        return taken[-1]

    yield visit_
    for key in [key for key, one in shelf.items() if one in taken]:
        shelf.pop(key).context.close()
