"""Mathematics that cannot be set is an error of the build, not red letters in a page."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

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


def patient_start(rundir: Path, timeout: float) -> tuple[Popen, socket.socket]:
    """KaTeX's server, asked until it listens: the extension asks once, too early on a busy machine."""
    path, until = rundir / "katex.sock", time.monotonic() + 10 * timeout
    command = katex.KaTeXServer.build_command(socket=path)
    process = Popen(command, stdin=PIPE, stdout=PIPE, cwd=rundir)
    while True:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            client.connect(str(path))
            return process, client
        except (FileNotFoundError, ConnectionRefusedError):
            client.close()
            if time.monotonic() > until:
                process.kill()
                raise
            time.sleep(0.02)


@contextmanager
def as_mathml() -> Iterator[None]:
    """Set formulas as MathML alone, a fifth of the bytes: for text that a page carries and may never show."""
    katex.KATEX_DEFAULT_OPTIONS["output"] = "mathml"
    try:
        yield
    finally:
        del katex.KATEX_DEFAULT_OPTIONS["output"]


def lean(html: str) -> str:
    """MathML in a page of HTML needs neither its namespace, nor a copy of its TeX, nor KaTeX's style."""
    html = re.sub(
        r'</?semantics>|<annotation .*?</annotation>| xmlns="[^"]*/MathML"',
        "",
        html,
    )
    return re.sub(r'<span class="katex">(<math.*?</math>)</span>', r"\1", html)


def setup(app: Sphinx) -> None:
    """Be strict."""
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True
    katex.KaTeXServer.start_server_process = patient_start
    app.connect("builder-inited", same_version)
