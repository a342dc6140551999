"""The widgets in a headless browser: training steps and frames a second, and how soon a control's change is seen."""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from statistics import median

import torch
from playwright.sync_api import sync_playwright

from benchmarks import recipe
from supertoy import widgets

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))

SPEED = """() => {
  const run = supertoyModules.trainer.run({n: 5, relu: true, density: 0.05, decay: 0.9, seed: 0, steps: 1e6});
  for (let k = 0; k < 2000; k += 1) run.advance();
  const began = performance.now();
  for (let k = 0; k < 20000; k += 1) run.advance();
  return 20000 / (performance.now() - began) * 1000;
}"""
FRAMES = """async () => {
  const [train] = document.querySelectorAll("button");
  const status = document.querySelector(".st-status");
  const began = performance.now();
  let frames = 0;
  train.click();
  await new Promise((done) => {
    const next = () => { frames += 1; train.textContent === "Pause" ? requestAnimationFrame(next) : done(); };
    requestAnimationFrame(next);
  });
  const seconds = (performance.now() - began) / 1000;
  return {seconds, fps: frames / seconds, loss: document.querySelector(".supertoy-widget").model.get("loss")};
}"""
ANSWER = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  const controls = "input[type=range]:enabled, [role=slider], input[type=search]";
  for (const input of document.querySelector(".st-root").querySelectorAll(controls)) {
    for (let k = 0; k < 12; k += 1) {
      await frame();
      const began = performance.now();
      if (input.type === "search") {
        input.value = "abcdefghijkl"[k];
        input.dispatchEvent(new Event("input", {bubbles: true}));
      } else if (input.tagName === "INPUT") {
        const [low, high] = [Number(input.min), Number(input.max)];
        input.value = low + (high - low) * (((k * 7) % 12) + 0.5) / 12;
        input.dispatchEvent(new Event("input", {bubbles: true}));
      } else {
        const key = ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"][k % 4];
        input.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
      }
      await frame();  // what the change asked for is drawn in this frame
      await new Promise((done) => setTimeout(done, 0));  // and the frame has ended
      times.push(performance.now() - began);
    }
  }
  return times;
}"""


def table() -> None:
    """Print a line for the trainer, against the recipe's steps in torch, and one for each widget."""
    headless, page_of = import_module("headless"), import_module("look").page
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=headless.chromium(), args=headless.FLAGS)

        def shown(widget: widgets.Trainer):
            tab, target = browser.new_page(), Path(folder, "page.html")
            target.write_text(page_of(widget), encoding="utf8")
            tab.goto(target.as_uri())
            return tab

        tab = shown(widgets.Trainer())
        speed = median(tab.evaluate(SPEED) for _ in range(3))
        seconds = recipe.train(2, 0.9 ** torch.arange(5), torch.tensor([0.05]), steps=300)[2]
        print(
            f"steps per second, 5 → 2, batch 256, in the page: {speed:,.0f}; {speed * seconds / 300:.1f}× the recipe's"
        )
        for seed in range(5):
            tab = shown(widgets.Trainer(seed=seed))
            found = tab.evaluate(FRAMES)
            line = "seed {}: 3,000 steps in {seconds:.2f} s of page time at {fps:.0f} frames/s, exact loss {loss:.5f}"
            print(line.format(seed, **found))
        for name in widgets.__all__:
            if name == "Workbench":
                continue
            widget = getattr(widgets, name)()
            if name == "NeuronBrowser":  # as many neurons and words as chapter 1 gives it
                words = {k: [f"{'abcdefghijkl'[(k + i) % 12]}{k * 14 + i}" for i in range(14)] for k in range(397)}
                widget = widgets.NeuronBrowser.from_lists(words, dict.fromkeys(words, range(14)), {})
            times = sorted(shown(widget).evaluate(ANSWER))
            late = times[int(0.95 * len(times))]
            print(f"{name}: a change is seen after {late:.0f} ms (95 % of {len(times)}), at worst {times[-1]:.0f} ms")
        browser.close()
