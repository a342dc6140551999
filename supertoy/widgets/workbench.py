"""Workbench: toys of up to a hundred features, trained by PyTorch in Jupyter, and in a page by the page."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import ipywidgets as ui

from supertoy._svg import drawing
from supertoy.widgets._base import live_html
from supertoy.widgets._workbench_fit import (
    CONFIG,
    PAGE,
    RULES,
    Result,
    Settings,
    checked,
    describe,
    fit,
    picture,
    ranges,
)


class Workbench(ui.VBox):
    """Train toys of up to 100 features in 20 dimensions by moving controls; a change starts over, Cancel stops.

    Plain ipywidgets over `supertoy.train`: four restarts, 600 steps of 512 inputs, in a thread of its own, so that
    the controls stay alive. Keyword arguments are those of `Settings`. A page without a kernel trains one toy, for as
    many steps of 256 inputs as its reader wants, in a worker of its own.

    Attributes:
        result: the last `Result`, or None before the first.

    Raises `ValueError` if a setting is out of range. Source: Elhage et al. (2022), "Demonstrating superposition".
    """

    module = "workbench"

    def __init__(self, **settings: Any):
        first = checked(**settings)
        self.result: Result | None = None
        self._ticket, self._lock, self._thread = 0, threading.Lock(), None
        self._controls = _controls(first)
        self._bar = ui.IntProgress(0, 0, CONFIG["steps"], description="training")
        self._cancel = ui.Button(description="Cancel", disabled=True)
        self._status, self._picture = ui.HTML(), ui.HTML()
        self._cancel.on_click(lambda _: self.cancel())
        for control in self._controls.values():
            control.observe(lambda _: self._start(), "value")
        grid = ui.GridBox(
            list(self._controls.values()), layout={"grid_template_columns": "repeat(auto-fill, minmax(300px, 1fr))"}
        )
        super().__init__([grid, ui.HBox([self._bar, self._cancel]), self._status, self._picture])
        self._start()

    def settings(self) -> Settings:
        """What the controls say."""
        return checked(**{name: control.value for name, control in self._controls.items()})

    def set(self, **settings: Any) -> None:
        """Move controls, which starts training over. Raises `ValueError` if a value is out of range."""
        checked(**{**self.settings()._asdict(), **settings})
        for name, value in settings.items():
            self._controls[name].value = value

    def cancel(self) -> None:
        """Stop training; what was reached is shown."""
        self._ticket += 1

    def wait(self) -> Result | None:
        """The result, once training has ended."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join()
        return self.result

    def _start(self) -> None:
        self._ticket += 1
        self._thread = threading.Thread(target=self._work, args=(self.settings(), self._ticket), daemon=True)
        self._thread.start()

    def _steps(self, ticket: int, steps: Iterable[int]) -> Iterator[int]:
        """The steps of a run, with the bar kept up to date; ends the run when the ticket is no longer the last."""
        shown = 0.0
        for step in steps:
            if ticket != self._ticket:
                raise KeyboardInterrupt
            if time.perf_counter() - shown > 0.05:
                self._bar.value, shown = step, time.perf_counter()
            yield step

    def _work(self, settings: Settings, ticket: int) -> None:
        with self._lock:
            if self._ticket != ticket:
                return
            self._cancel.disabled = False
            try:
                result = fit(settings, partial(self._steps, ticket))
            except KeyboardInterrupt:  # before the first step
                return
            except ValueError as error:
                self._status.value = f"<p role='alert'><b>{error}</b></p>"
                return
            finally:
                self._cancel.disabled, self._bar.value = True, 0
            self._show(result)

    def _show(self, result: Result) -> None:
        self.result = result
        self._status.value = f"<p role='status'>{describe(result)}</p>"
        self._picture.value = _drawn(result)

    def html(self) -> str:
        """The result as a picture, and the settings from which a page's script makes it live."""
        shown = "" if self.wait() is None else f"{_drawn(self.result)}{self._status.value}"
        return live_html(
            self.module, self.settings()._asdict() | {"steps": PAGE["steps"].default_value, "ranges": ranges()}, shown
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The live controls for Jupyter; HTML for pages and for saved notebooks."""
        found = super()._repr_mimebundle_(**kwargs)
        return {**(found[0] if isinstance(found, tuple) else found), "text/html": self.html()}


def _drawn(result: Result) -> str:
    return drawing(partial(picture, result), f"The trained toy. {describe(result)}")


def _controls(first: Settings) -> dict[str, ui.Widget]:
    """A control for each setting, over the range of its rule."""
    style = {"description_width": "11em"}

    def slider(name: str, description: str, kind: type = ui.IntSlider, scale: Callable = lambda v: v, **more: Any):
        ends = {"min": scale(RULES[name].at_least), "max": scale(RULES[name].at_most)}
        shared = {"description": description, "style": style, "continuous_update": False}
        return kind(getattr(first, name), **ends, **shared, **more)

    def dropdown(name: str, description: str):
        options = RULES[name].options
        return ui.Dropdown(options=options, value=getattr(first, name), description=description, style=style)

    seed = RULES["seed"]
    return {
        "n_features": slider("n_features", "features n"),
        "n_hidden": slider("n_hidden", "hidden dimensions m"),
        "density": slider("density", "density p = 1−S", ui.FloatLogSlider, math.log10, step=0.02),
        "importance_decay": slider("importance_decay", "importance cⁱ⁻¹, c", ui.FloatSlider, step=0.01),
        "tie": dropdown("tie", "features are"),
        "group_size": slider("group_size", "in groups of"),
        "activation": dropdown("activation", "σ"),
        "seed": ui.BoundedIntText(first.seed, seed.at_least, seed.at_most, description="seed", style=style),
    }
