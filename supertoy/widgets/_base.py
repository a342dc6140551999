"""What all widgets are: an anywidget in Jupyter and Colab, live HTML in a page without a kernel, or a picture."""

import json
from html import escape
from typing import Any, ClassVar

import anywidget
from matplotlib.figure import Figure
from traitlets import default

from supertoy._svg import drawing
from supertoy.widgets._bundle import FOLDER, esm
from supertoy.widgets._traits import Number, Plain, Records


def live_html(module: str, state: dict[str, Any], still: str) -> str:
    """A still picture, and the state from which a page's script makes it live."""
    data = json.dumps(state, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    return (
        f'<div class="supertoy-widget" data-widget="{escape(module)}">'
        f'<script type="application/json">{data}</script><div class="supertoy-still">{still}</div></div>'
    )


class Widget(anywidget.AnyWidget):
    """A live picture of the book. Its traits are plain data, to be read and set from Python.

    A subclass names its JavaScript `module`, and draws in `figure` what a reader without JavaScript (or on paper) sees;
    `alt` says in words what that picture shows.

    Attributes:
        ranges: what each trait may be, as the view's controls need it; not to be set.
        scales: ranges of controls that are no traits.
    """

    module: ClassVar[str]
    scales: ClassVar[dict[str, Number]] = {}
    ranges = Records({}, read_only=True)
    _css = (FOLDER / "widgets.css").read_text(encoding="utf8")

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "module" in cls.__dict__:  # not in the subclass that ipywidgets makes of each widget to add traits to
            cls._esm = esm(cls.module)

    @default("ranges")
    def _ranges(self) -> dict[str, Any]:
        plain = {name: trait for name, trait in self.traits(sync=True).items() if isinstance(trait, Plain)}
        return {name: found for name, trait in (plain | self.scales).items() if (found := trait.range())}

    def figure(self) -> Figure:
        """What the widget shows, as a matplotlib figure."""
        raise NotImplementedError

    def alt(self) -> str:
        """What `figure` shows, in words."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """The traits as plain data."""
        own = set(self.trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names())
        return {name: getattr(self, name) for name in sorted(own) if not name.startswith("_")}

    def html(self) -> str:
        """A picture, and the state from which a page's script makes it live: see `book/_ext/widgets.py`."""
        return live_html(self.module, self.state(), drawing(self.figure, self.alt()))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The live widget for Jupyter; HTML for pages, and for saved notebooks that are read without a kernel."""
        found = super()._repr_mimebundle_(**kwargs)
        data, metadata = found if isinstance(found, tuple) else (found, {})
        return {**data, "text/html": self.html()}, metadata
