"""Check a DOI with the registry instead of the publisher: `make links` would be refused by half of the publishers.

https://doi.org/NAME leads to the publisher's page, which often answers 403 to anything but a browser. The registry's own
https://doi.org/api/handles/NAME says whether the name exists (200 or 404).
"""

RESOLVER, REGISTRY = "https://doi.org/", "https://doi.org/api/handles/"


def ask_the_registry(_app, uri: str) -> str | None:
    """The address to ask instead of `uri`, if it is a DOI."""
    if uri.startswith(RESOLVER) and not uri.startswith(REGISTRY):
        return uri.replace(RESOLVER, REGISTRY, 1)
    return None


def setup(app) -> None:
    """Register with Sphinx's link check; other builders have no use for it."""
    app.connect("linkcheck-process-uri", ask_the_registry)
