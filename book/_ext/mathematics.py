"""Mathematics that cannot be set is an error of the build, not red letters in a page."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinxcontrib import katex


def same_version(app: Sphinx) -> None:
    """What sets the mathematics, and the style and fonts that show it, must be of one version."""
    style = Path(app.srcdir, "assets", "katex", "katex.min.css").read_text()
    if f'content:"{katex.katex_version}"' not in style:
        raise ExtensionError(
            f"package.json must pin katex {katex.katex_version}, which sphinxcontrib-katex uses"
        )


def setup(app: Sphinx) -> dict:
    """Be strict."""
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True
    # By its own way for Windows, which tries again: on a busy machine the other asks before anyone listens.
    katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
    app.connect("builder-inited", same_version)
    return {"version": "1", "parallel_read_safe": True}
