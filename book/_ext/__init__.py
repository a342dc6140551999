"""The book's own Sphinx extension: its parts, in the order in which they hear of each event."""

from sphinx.application import Sphinx

from . import (
    api_page,
    cells,
    chapters,
    claims,
    doi_links,
    front,
    hover,
    inline_figures,
    launch,
    mathematics,
    predict,
    sharing,
    standalone,
    tables,
    take_away,
    verdicts,
    widgets,
)

PARTS = (
    api_page,
    doi_links,
    inline_figures,
    mathematics,
    cells,
    chapters,
    claims,
    predict,
    tables,
    standalone,
    launch,
    sharing,
    take_away,
    verdicts,
    widgets,
    front,
    hover,
)


def setup(app: Sphinx) -> dict:
    """Register all of them, and what tools/mends.py takes from the theme's script."""
    app.add_js_file("scrollable.js", loading_method="defer")
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True}
