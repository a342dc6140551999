"""Widgets in pages without a kernel.

A chapter's widget leaves HTML behind: its state, and a still picture (`supertoy.widgets`). A page that has one gets the
scripts that bring it to life: classic ones, so that they also run from `file://`, and shared by all pages. In a Markdown page
the directive `widget` makes one:

    ```{widget} Trainer
    n_features: 5
    ```
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from supertoy import widgets
from supertoy.widgets._bundle import FOLDER, SHARED, needs, page_script, page_start

USED = re.compile(r'<div class="supertoy-widget" data-widget="(\w+)"')


class WidgetHere(SphinxDirective):
    """The live widget of that class, its traits given as YAML."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Make it as a chapter's cell would."""
        traits = yaml.safe_load("\n".join(self.content)) or {}
        return [
            nodes.raw(
                "",
                getattr(widgets, self.arguments[0])(**traits).html(),
                format="html",
            )
        ]


def scripts() -> dict[str, str]:
    """File names under _static/widgets, and what stands in them."""
    alone = {m.stem for m in FOLDER.glob("*.js")} - set(SHARED)
    return {
        "shared": page_script(*SHARED),
        **{name: page_script(name) for name in alone},
        "start": page_start(),
    }


def add_scripts(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Load what the page's widgets need, and nothing on pages without one."""
    used = {
        name
        for node in (doctree.findall(nodes.raw) if doctree else ())
        for name in USED.findall(node.astext())
    }
    if not used:
        return
    modules = dict.fromkeys(m for name in sorted(used) for m in needs(name))
    for name in ["shared", *(m for m in modules if m not in SHARED), "start"]:
        app.add_js_file(f"widgets/{name}.js", loading_method="defer")


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Put the scripts beside the pages' other static files."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", "widgets")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scripts().items():
        (folder / f"{name}.js").write_text(text, encoding="utf8")


def setup(app: Sphinx) -> None:
    """Register the directive and the scripts."""
    app.add_directive("widget", WidgetHere)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", write_files)
    app.add_css_file("widgets.css")
