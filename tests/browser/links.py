"""The links of built pages, followed without a browser."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Links(HTMLParser):
    """The addresses that a page names, and the places in it that can be named."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Note both."""
        given = dict(attributes)
        self.places |= {given[key] for key in ("id", "name") if given.get(key)}
        self.links += [given[key] for key in ("href", "src", "xlink:href", "poster", "data") if given.get(key)]


@cache
def links_of(path: Path) -> Links:
    """Read once, however many pages lead to it."""
    return Links(path.read_text(encoding="utf8"))


def broken(page: Path) -> list[str]:
    """Each link of a page, within its own site, that leads to no file or to no place in it."""
    found = []
    for link in set(links_of(page).links):
        url = urlsplit(link)
        if url.scheme or url.netloc:
            continue
        target = (page.parent / unquote(url.path)).resolve() if url.path else page
        place = unquote(url.fragment)
        in_page = target.suffix == ".html" and place not in ("", "top")
        if not target.is_file() or (in_page and place not in links_of(target).places):
            found.append(link)
    return found
