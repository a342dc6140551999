"""Record the README's moving picture: the Trainer widget, from its start to a pentagon, then with less rare features.

    python tools/readme_picture.py     writes .github/trainer.webp

The page's clock is stepped by hand, so that the picture is the same whatever else the machine does.
"""

import io
import math

from headless import FLAGS, chromium
from look import LOOK, ROOT, page
from PIL import Image
from playwright.sync_api import sync_playwright

from supertoy import widgets

TARGET = ROOT / ".github" / "trainer.webp"
STEP = 130  # ms of the page's time between pictures
DENSITIES = {0: 0.05, 20: 0.3, 42: 1.0}  # from picture → p
PICTURES = 62
LAST = 2000  # ms that the end stays


def main() -> None:
    """Train in the page, picture by picture."""
    LOOK.mkdir(parents=True, exist_ok=True)
    source = LOOK / "readme.html"
    source.write_text(page(widgets.Trainer(density=DENSITIES[0], speed=900, steps=15_000)), encoding="utf8")
    pictures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        tab = browser.new_page(viewport={"width": 760, "height": 900}, device_scale_factor=1.25)
        tab.clock.install()
        tab.goto(source.as_uri())
        tab.clock.run_for(500)
        widget = tab.locator(".supertoy-widget")

        def shoot() -> None:
            pictures.append(Image.open(io.BytesIO(widget.screenshot())).convert("RGB"))

        shoot()
        tab.get_by_role("button", name="Train").click()
        slider = tab.get_by_label("density p")
        for picture in range(1, PICTURES):
            if picture in DENSITIES:
                slider.fill(str(math.log(DENSITIES[picture])))  # the slider's scale is logarithmic
            tab.clock.run_for(STEP)
            shoot()
        browser.close()
    TARGET.parent.mkdir(exist_ok=True)
    durations = [800] + [STEP] * (len(pictures) - 2) + [LAST]
    pictures[0].save(
        TARGET, save_all=True, append_images=pictures[1:], duration=durations, loop=0, quality=60, method=6
    )
    print(f"{len(pictures)} pictures, {TARGET.stat().st_size / 1000:.0f} kB: {TARGET}")


if __name__ == "__main__":
    main()
