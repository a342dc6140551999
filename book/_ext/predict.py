"""The directive `predict`: a question whose answer waits until the reader has committed to one.

    :::{predict} 04-four-answers
    :kind: number
    :answer: 0.5
    :tolerance: 0.05
    :unit: of the runs
    What share of the runs ends in the pair?
    :::

`static/predict.js` makes a form of it, and hides what follows it up to the end of its section, the next question, or a widget
and its task. Without JavaScript, on paper and in a notebook it is a plain paragraph. A chapter's cell says `answer("04-four-answers", value)`, and the build
stops if that is not the answer that stands here.
"""

import json
import re
from html import escape
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .parsing import parsed
from .verdicts import outputs

KINDS = ("number", "choice", "order", "curve")
LINE = re.compile(r"^answer (?P<name>[\w-]+) = (?P<value>.+)$", re.MULTILINE)
log = logging.getLogger(__name__)


def numbers(text: str) -> list[float]:
    """Numbers between commas."""
    return [float(part) for part in text.split(",")]


def computed(notebook: Path) -> dict[str, list[float]] | None:
    """The answers that an executed notebook printed, by name; None for one that did not run."""
    found = outputs(notebook)
    text = "".join("".join(o.get("text", [])) for o in found)
    answers = {m["name"]: json.loads(m["value"]) for m in LINE.finditer(text)}
    return (
        {k: v if isinstance(v, list) else [v] for k, v in answers.items()}
        if found
        else None
    )


def agree(
    said: list[float], found: list[float], kind: str, tolerance: float
) -> bool:
    """Whether the text's answer is the computed one: to the tolerance if it is a measure, and else exactly."""
    margin = tolerance if kind in ("number", "curve") else 0
    return len(said) == len(found) and all(
        abs(a - b) <= margin for a, b in zip(said, found, strict=True)
    )


class Predict(SphinxDirective):
    """One question."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "kind": lambda text: directives.choice(text, KINDS),
        "answer": numbers,
        "tolerance": float,
        "unit": directives.unchanged,
        "x": numbers,
        "xlabel": directives.unchanged,
        "ylabel": directives.unchanged,
        "ylim": numbers,
    }

    def held(self, name: str, given: dict) -> None:
        """Warn, which stops the build, if the chapter did not compute this answer."""
        kept = self.env.temp_data  # one reading for all questions of a page
        if "answers" not in kept:
            path = Path(self.env.doc2path(self.env.docname))
            kept["answers"] = computed(path) if path.suffix == ".ipynb" else None
        if kept["answers"] is None:
            return
        found, said, fault = kept["answers"].get(name), given["answer"], ""
        if found is None:
            fault = f"no cell says answer({name!r}, …)"
        elif not agree(said, found, given["kind"], given.get("tolerance", 0)):
            fault = f"the text gives {said}, the chapter computed {found}"
        if fault:
            log.warning("predict %s: %s", name, fault, location=self.get_location())

    def run(self) -> list[nodes.Node]:
        """A box with the question, and what the script needs to know."""
        name, given = self.arguments[0], {"kind": "number"} | self.options
        self.held(name, given)
        facts = {"name": name, **given}
        data = "".join(
            f' data-{key}="{escape(json.dumps(value) if isinstance(value, list) else str(value))}"'
            for key, value in facts.items()
        )
        return [
            nodes.raw("", f'<div class="predict"{data}>', format="html"),
            *parsed(self, [f"**Predict.** {self.content[0]}", *self.content[1:]]),
            nodes.raw("", "</div>", format="html"),
        ]


def add_script(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Load it where there is a question."""
    if doctree and any(
        'class="predict"' in raw.astext() for raw in doctree.findall(nodes.raw)
    ):
        app.add_js_file("predict.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_directive("predict", Predict)
    app.connect("html-page-context", add_script)
