"""Markdown that a directive makes, read as if it stood in the page."""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective


def parsed(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    """What the lines become."""
    node = nodes.container()
    content = StringList(lines, source=directive.env.docname)
    directive.state.nested_parse(content, directive.content_offset, node)
    return node.children
