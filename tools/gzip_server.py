"""A file server like the public pages': text goes out gzipped, and a browser may keep a file for ten minutes."""

import contextlib
import functools
import gzip
import http.server
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

TEXT = (".html", ".css", ".js", ".json", ".svg", ".txt", ".xml", ".ipynb", ".webmanifest")


@functools.lru_cache(maxsize=256)
def zipped(path: str, modified: float) -> bytes:
    """A file's contents, gzipped once for each of its states."""
    return gzip.compress(Path(path).read_bytes(), compresslevel=6, mtime=0)


class Gzipping(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; keeps its requests to itself, and connections open."""

    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
        ".woff2": "font/woff2",
    }

    def send_head(self):
        """The headers, and the body as a file: gzipped where that helps and the browser takes it."""
        path = self.translate_path(self.path)
        accepted = [part.split(";")[0].strip() for part in self.headers.get("Accept-Encoding", "").split(",")]
        if not path.endswith(TEXT) or "gzip" not in accepted or not os.path.isfile(path):
            return super().send_head()
        body = zipped(path, os.path.getmtime(path))
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self):
        """Add how long a browser may keep the file."""
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *args):
        """Say nothing."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine, and give the address."""
    handler = functools.partial(Gzipping, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
