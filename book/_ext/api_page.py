"""What the package's reference leaves out."""

from sphinx.application import Sphinx


def skip_tuple_fields(_app, _what, _name, obj: object, *_more) -> bool | None:
    """Leave out a NamedTuple's bare fields: its docstring describes them. Sphinx passes six arguments by position."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("autodoc-skip-member", skip_tuple_fields)
