"""The widgets as a reader meets them: alive in the pages without a kernel, by mouse, touch and keyboard."""

import gzip
import json
import re
from itertools import count

import pytest
import torch
from conftest import HTML, PAGES, watch
from look import page as page_of

from supertoy import ReLUModel, SparseUniform, expected_loss, widgets
from supertoy.widgets import _base

LIVE = sorted(getattr(widgets, name).module for name in widgets.__all__)
CLASSES = {getattr(widgets, name).module: getattr(widgets, name) for name in widgets.__all__}
USED = {name: re.findall(r'class="supertoy-widget" data-widget="(\w+)"', (HTML / name).read_text()) for name in PAGES}
WITH = [name for name, used in USED.items() if used]
each_page = pytest.mark.parametrize("name", WITH)
each_widget = pytest.mark.parametrize("module", LIVE)

SHOWN = "r => r.querySelector('.st-views').innerHTML + r.querySelector('.st-status').textContent"
COUNT_FRAMES = """
window.frames_asked = 0;
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (work) => { window.frames_asked += 1; return ask(work); };
"""


@pytest.fixture(scope="module", autouse=True)
def stills_are_drawn_once():
    """The picture of a widget takes longer than its page: equal widgets share one, each under ids of its own."""
    draw, drawn, numbers = _base.drawing, {}, count(1)

    def drawing(figure, alt):
        key = figure.__self__.module, json.dumps(figure.__self__.state())
        svg, prefix = drawn.get(key) or (svg := draw(figure, alt), re.search(r'\bid="(w\d+-)', svg)[1])
        drawn[key] = svg, prefix
        return svg.replace(prefix, f"still{next(numbers)}-")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_base, "drawing", drawing)
        yield


@pytest.fixture
def alone(new_page, tmp_path):
    """A page of these widgets and nothing else: (page, errors)."""

    def open_(*shown, script=None, **settings):
        target = tmp_path / "alone.html"
        target.write_text(page_of(*shown), encoding="utf8")
        tab = new_page(**settings)
        errors, _ = watch(tab, "file:")
        if script:
            tab.add_init_script(script)
        tab.goto(target.as_uri())
        return tab, errors

    return open_


def settled(root, before):
    """What a widget shows, once it is no longer `before`."""
    for _ in range(40):
        now = root.evaluate(SHOWN)
        if now != before:
            return now
        root.page.wait_for_timeout(25)
    raise AssertionError("nothing changed")


def at_rest(root):
    """What a widget shows, once it has not changed for half a second."""
    before, same = None, 0
    for _ in range(100):
        now = root.evaluate(SHOWN)
        same = same + 1 if now == before else 0
        if same == 5:
            return now
        before = now
        root.page.wait_for_timeout(100)
    raise AssertionError("it does not come to rest")


def example(module):
    """A widget with its defaults, and with neurons where those have to be given."""
    words = {3: ["monday", "friday", "grey", "white"], 8: ["piano", "cork"]}
    values = {3: [3.0, 2.0, 1.5, 1.0], 8: [2.0, 1.0]}
    groups = {3: [["monday", "friday"], ["grey", "white"]]}
    neurons = widgets.NeuronBrowser.from_lists(words, values, groups)
    return neurons if module == "neuronbrowser" else CLASSES[module]()


def test_a_browser_without_neurons_says_what_is_missing(alone):
    page, errors = alone(widgets.NeuronBrowser())
    assert "No neurons were given" in page.locator(".st-urgent").inner_text()
    for name in ("Next", "Random"):
        page.get_by_role("button", name=name).click()
    assert errors == []


def test_every_widget_is_on_a_page():
    assert {module for used in USED.values() for module in used} == set(LIVE)


@each_page
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_every_widget_of_a_page_is_alive_and_its_still_picture_hidden(name, scheme, last_visit):
    seen = last_visit(name, scheme=scheme)
    page = seen.page
    places = page.locator(".supertoy-widget[data-widget]:not(.st-root)")
    assert places.count() == len(USED[name])
    for i in range(places.count()):
        assert places.nth(i).locator(".st-root").is_visible()
        assert not places.nth(i).locator(".supertoy-still").is_visible()
        sliders = places.nth(i).locator("input[type=range]:enabled")
        root = places.nth(i).locator(".st-root")
        if sliders.count():
            before = root.evaluate(SHOWN) + sliders.first.evaluate("i => i.getAttribute('aria-valuetext')")
            sliders.first.focus()
            at_the_end = sliders.first.evaluate("i => Number(i.value) === Number(i.max)")
            for _ in range(2):
                page.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
            page.wait_for_timeout(200)
            assert before != root.evaluate(SHOWN) + sliders.first.evaluate("i => i.getAttribute('aria-valuetext')")
    assert seen.errors == []
    assert seen.foreign == []


@each_page
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing_in_the_widgets(name, theme, width, visit):
    page = visit(name, scheme="http", theme=theme, width=width).page  # axe asks for the styles, which a file may not
    found = page.evaluate(
        "axe.run({include: [['.supertoy-widget']]}, {resultTypes: ['violations']}).then(r => r.violations)"
    )
    assert [(f["id"], f["nodes"][0]["html"][:200]) for f in found] == []


@each_page
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_a_widget_stands_on_the_pages_own_ground_and_inside_its_frame(name, theme, width, visit):
    page = visit(name, theme=theme, width=width).page
    for place in page.locator(".supertoy-widget").all():
        behind = place.evaluate(
            "p => { const found = []; for (let e = p; e !== document.body; e = e.parentElement)"
            " found.push(getComputedStyle(e).backgroundColor); return found }"
        )
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert set(behind) <= {"rgba(0, 0, 0, 0)", ground}
        assert place.evaluate("p => getComputedStyle(p).color") == page.evaluate(
            "getComputedStyle(document.body).color"
        )
        for root in place.locator(".st-root").all():
            too_wide = root.evaluate(
                "r => { const edge = r.getBoundingClientRect().right + 1; return [...r.querySelectorAll('*')]"
                ".filter(e => !e.closest('svg') && e.getBoundingClientRect().right > edge)"
                ".map(e => e.outerHTML.slice(0, 99)) }"
            )
            assert too_wide == []


@each_page
def test_a_page_with_a_widget_carries_little_more_and_no_widget_manager(name):
    html = (HTML / name).read_text()
    scripts = set(re.findall(r'src="([^"?]*_static/widgets/[^"?]*)', html))
    size = sum(len(gzip.compress((HTML / name).parent.joinpath(script).read_bytes())) for script in scripts)
    assert scripts
    assert size <= 60_000
    assert not re.search(r"html-manager|require(\.min)?\.js|embed-amd|jupyter\.widget-state", html)


@each_page
def test_without_javascript_each_widget_is_a_picture(name, new_page, addresses):
    page = new_page(java_script_enabled=False)
    page.goto(f"{addresses['file']}/{name}")
    pictures = page.locator(".supertoy-still svg")
    assert pictures.count() >= len(USED[name])
    for i in range(pictures.count()):
        assert pictures.nth(i).is_visible()
        assert len(pictures.nth(i).get_attribute("aria-label")) > 60


@each_page
def test_on_paper_each_widget_is_a_picture(name, visit):
    page = visit(name).page
    page.emulate_media(media="print")
    for place in page.locator(".supertoy-widget[data-widget]:not(.st-root)").all():
        assert place.locator(".supertoy-still").is_visible()
        assert not place.locator(".st-root").is_visible()


@each_widget
def test_all_controls_of_a_widget_answer_the_keyboard(module, alone):
    page, errors = alone(example(module))
    root = page.locator(".st-root")
    sliders = root.locator("input[type=range]:enabled, [role=slider]").locator("visible=true")
    for i in range(sliders.count()):
        before = sliders.nth(i).get_attribute("aria-valuetext")
        sliders.nth(i).focus()
        for key in ("ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowDown"):
            page.keyboard.press(key)
            page.wait_for_timeout(60)
            if sliders.nth(i).get_attribute("aria-valuetext") != before:
                break
        assert sliders.nth(i).get_attribute("aria-valuetext") != before, sliders.nth(i).evaluate("s => s.outerHTML")
    for kind in ("button:enabled", "input[type=checkbox]", "input[type=radio]", "select"):
        for control in root.locator(kind).all():
            if control.is_visible():
                control.focus()
                page.keyboard.press("Space" if kind != "select" else "ArrowDown")
                page.keyboard.press("Escape")
    assert not root.locator(".st-urgent").count()
    assert errors == []


@each_widget
@pytest.mark.parametrize("way", ["mouse", "touch"])
def test_what_can_be_grabbed_can_be_dragged(module, way, alone):
    page, errors = alone(example(module), has_touch=way == "touch", viewport={"width": 390, "height": 1600})
    client = page.context.new_cdp_session(page)
    root = page.locator(".st-root")
    for grip in root.locator("[role=slider], .st-grab").all():
        before = root.evaluate(SHOWN)
        box = (grip.locator(".st-dot") if grip.locator(".st-dot").count() else grip).first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        places = [(x + 6 * k, y - 5 * k) for k in range(6)]
        if way == "mouse":
            page.mouse.move(x, y)
            page.mouse.down()
            for place in places:
                page.mouse.move(*place)
            page.mouse.up()
        else:
            for k, (px, py) in enumerate(places):
                point = {"type": "touchStart" if k == 0 else "touchMove", "touchPoints": [{"x": px, "y": py}]}
                client.send("Input.dispatchTouchEvent", point)
            client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        settled(root, before)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert errors == []


@each_widget
def test_two_of_the_same_do_not_disturb_each_other(module, alone):
    page, errors = alone(example(module), example(module), viewport={"width": 1200, "height": 3000})
    one, other = page.locator(".st-root").all()
    still = at_rest(other)
    for control in one.locator("input[type=range]:enabled, [role=slider]").element_handles():
        if control.is_visible():  # some controls take others away
            control.focus()
            page.keyboard.press("ArrowLeft")
    for radio in one.locator("input[type=radio]").all():
        if radio.is_visible():
            radio.check()
    page.wait_for_timeout(300)
    assert other.evaluate(SHOWN) == still
    assert errors == []


def test_all_widgets_live_on_one_page(alone):
    page, errors = alone(*[example(module) for module in LIVE])
    assert page.locator(".st-root").count() == len(LIVE)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert errors == []


@each_widget
def test_a_widget_at_rest_asks_for_no_frames(module, alone):
    page, _ = alone(example(module), script=COUNT_FRAMES)
    at_rest(page.locator(".st-root"))
    page.wait_for_timeout(500)
    before = page.evaluate("window.frames_asked")
    page.wait_for_timeout(500)
    assert page.evaluate("window.frames_asked") == before


def trainer(page):
    """The stand-in for the trainer's model: call JavaScript on it as `model`."""

    def call(script):
        return page.evaluate(
            f"(() => {{ const model = document.querySelector('.supertoy-widget').model; {script} }})()"
        )

    return call


def test_the_trainer_reaches_the_pentagon_and_its_loss_is_the_packages(alone):
    torch.set_default_dtype(torch.float64)
    importance = 0.9 ** torch.arange(5)
    features = SparseUniform(n_features=5, density=0.05)
    losses = []
    page, _ = alone(widgets.Trainer(speed=20000))  # nobody watches
    call = trainer(page)
    for seed in range(8):
        call(f"model.set('seed', {seed})")
        page.get_by_role("button", name="Train").click()
        page.wait_for_function("document.querySelector('.st-status').textContent.startsWith('Step 3,000 of')")
        W, b, loss = call("return [model.get('W'), model.get('b'), model.get('loss')]")
        model = ReLUModel.from_weights(torch.tensor(W), torch.tensor(b))
        twin = expected_loss(model, features, importance=importance).loss.item()
        assert loss == pytest.approx(twin, rel=1e-6)
        losses.append(loss)
    assert len(set(losses)) == 8
    assert sum(loss < 0.0075 for loss in losses) >= 6, losses  # best known 0.0072; two digons cost 0.0098


def test_the_trainer_rests_off_screen_and_when_paused(alone):
    page, _ = alone(widgets.Trainer(steps=10**6, speed=100), script=COUNT_FRAMES)
    page.evaluate("document.body.style.paddingBottom = '4000px'")
    page.get_by_role("button", name="Train").click()
    page.wait_for_function("window.frames_asked > 20")
    page.evaluate("window.scrollTo(0, 3900)")
    page.wait_for_timeout(800)
    gone = page.evaluate("window.frames_asked")
    page.wait_for_timeout(500)
    assert page.evaluate("window.frames_asked") == gone
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_function(f"window.frames_asked > {gone}")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(600)
    paused = page.evaluate("window.frames_asked")
    page.wait_for_timeout(500)
    assert page.evaluate("window.frames_asked") == paused


def test_with_reduced_motion_the_trainer_trains_and_draws_only_now_and_then(alone):
    page, _ = alone(widgets.Trainer(steps=10**6), reduced_motion="reduce")
    page.evaluate(
        "window.drawn = 0; new MutationObserver(() => { window.drawn += 1 })"
        ".observe(document.querySelector('.st-heatmap svg'), {subtree: true, attributes: true})"
    )
    page.get_by_role("button", name="Train").click()
    page.wait_for_timeout(2000)
    assert 1 <= page.evaluate("window.drawn") <= 8
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function("/Exact loss [0-9]/.test(document.querySelector('.st-status').textContent)")
    assert trainer(page)("return model.get('step')") > 300


def test_the_trainer_answers_settings_beyond_its_limits_with_a_message(alone):
    page, errors = alone(widgets.Trainer())
    for label, text in [("seed", "-1"), ("seed", "1.5"), ("steps", "0"), ("steps", "9999999"), ("steps", "")]:
        page.get_by_label(label, exact=True).fill(text)
        page.keyboard.press("Tab")
        assert f"{label} must be a whole number" in page.locator(".st-urgent").inner_text()
        assert page.get_by_label(label, exact=True).get_attribute("aria-invalid") == "true"
    assert errors == []


@pytest.mark.parametrize("extreme", [{"n_features": 1}, {"density": 1}, {"density": 0.01}, {"n_features": 8}])
def test_the_trainer_stays_responsive_at_the_ends_of_its_ranges(extreme, alone):
    page, errors = alone(widgets.Trainer(**extreme, steps=10**6, speed=20000, importance_decay=1))
    page.get_by_role("button", name="Train").click()
    page.wait_for_timeout(800)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function("/Exact loss [0-9]/.test(document.querySelector('.st-status').textContent)")
    assert trainer(page)("return model.get('step')") > 100
    assert errors == []


def test_a_state_that_is_no_state_leaves_the_picture_and_a_reason(alone):
    page, _ = alone(widgets.Trainer(), script="JSON.parse = () => { throw new Error('broken state') }")
    assert page.locator(".supertoy-still svg").is_visible()
    assert "could not start (broken state)" in page.locator(".st-alive").inner_text()


def test_the_workbench_trains_in_the_background_from_a_file_while_the_page_answers(alone):
    page, errors = alone(widgets.Workbench(n_features=60, n_hidden=10))
    status = page.locator(".st-status")
    page.get_by_role("button", name="Train").click()
    page.get_by_role("button", name="Stop").wait_for()
    page.wait_for_function("() => /^Step /.test(document.querySelector('.st-status').textContent)")
    page.get_by_role("slider", name="density").press("ArrowUp")
    assert "Stopped, as a setting changed." in status.inner_text()
    page.get_by_label("steps").fill("50")
    page.get_by_label("steps").press("Enter")
    page.get_by_role("button", name="Train").click()
    page.wait_for_function("() => /± .* draws/.test(document.querySelector('.st-status').textContent)")
    assert errors == []


def test_the_workbench_says_which_settings_cannot_be(alone):
    page, errors = alone(widgets.Workbench(n_features=8, density=0.5))
    page.get_by_label("anticorrelated").check()
    page.get_by_role("slider", name="in groups of").press("ArrowRight")
    assert "must be at most 1, and it is 1.5" in page.locator(".st-urgent").inner_text()
    page.get_by_role("button", name="Train").click()
    assert page.get_by_role("button", name="Stop").count() == 0
    assert errors == []
