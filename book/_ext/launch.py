"""Where a reader can run a page that is a notebook: in the button on top, and in a line under the title.

The places open the standalone notebook from the branch `notebooks`, which the deploy workflow publishes from
`_build/notebooks`. They need the address of the source (`_config.yml`, `repository`). While it is empty, the button and
the line offer the download and the page that says how to run it.
"""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

HOW = "book/run_a_chapter"
BRANCH = "notebooks"
PLACES = {
    "Colab": f"https://colab.research.google.com/github/{{repo}}/blob/{BRANCH}/{{name}}",
    "Kaggle": f"https://www.kaggle.com/kernels/welcome?src=https://github.com/{{repo}}/blob/{BRANCH}/{{name}}",
    "Binder": f"https://mybinder.org/v2/gh/{{repo}}/{BRANCH}?urlpath=lab/tree/{{name}}",
}


def places(repository: str, name: str) -> dict[str, str]:
    """Place → address that opens a notebook of a public repository on GitHub there; nothing for any other address."""
    match = re.fullmatch(
        r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", repository
    )
    return {
        place: address.format(repo=match[1], name=name)
        for place, address in PLACES.items()
        if match
    }


def repository(app: Sphinx) -> str:
    """The address of the source, or nothing."""
    return app.config.html_theme_options.get("repository_url") or ""


def notebook(app: Sphinx, docname: str) -> str:
    """The file name of the page's notebook, or nothing."""
    path = Path(app.env.doc2path(docname))
    return path.name if path.suffix == ".ipynb" else ""


class RunLine(SphinxPostTransform):
    """The line under the title."""

    default_priority = 710
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Add it to a page that is a notebook."""
        docname = self.env.docname
        name = notebook(self.app, docname)
        title = next(iter(self.document.findall(nodes.title)), None)
        if self.app.builder.name != "html" or not name or title is None:
            return
        to = self.app.builder.get_relative_uri
        links = [
            f'<a href="{escape(address)}">{place}</a>'
            for place, address in places(repository(self.app), name).items()
        ]
        source = "../" * docname.count("/") + f"_sources/{docname}.ipynb"
        links.append(f'<a href="{source}" download="{name}">download</a>')
        html = f'run it: {" · ".join(links)} · <a href="{to(docname, HOW)}">how</a>'
        for line in self.document.findall(nodes.paragraph):
            if "reading-time" in line["classes"]:  # a chapter's (chapters.py)
                html = f'<span class="run-line"> · {html}</span>'  # not for paper
                line += nodes.raw("", html, format="html")
                return
        html = f'<p class="reading-time run-line">{html[0].upper()}{html[1:]}</p>'
        at = title.parent.index(title) + 1
        title.parent.insert(at, nodes.raw("", html, format="html"))


def button(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """The button on top, before those for downloads."""
    if not doctree or not (name := notebook(app, pagename)):
        return
    links = {
        **places(repository(app), name),
        "How to run it": context["pathto"](HOW),
    }
    context["header_buttons"].insert(
        0,
        {
            "type": "group",
            "tooltip": "Run this page",
            "icon": "fas fa-rocket",
            "label": "launch-buttons",
            "buttons": [
                {"type": "link", "url": url, "text": place, "icon": "fas fa-play"}
                for place, url in links.items()
            ],
        },
    )


def source_buttons(app: Sphinx, config) -> None:
    """Links to the source, to edit a page and to report a fault, once the source has an address."""
    if config.html_theme_options.get("repository_url"):
        config.html_theme_options |= {
            "use_repository_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
        }


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_post_transform(RunLine)
    app.connect("config-inited", source_buttons, priority=100)
    app.connect("html-page-context", button, priority=600)
