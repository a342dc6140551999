"""What a widget leaves in a page."""

from supertoy.widgets._bundle import needs


def placed(widget):
    """The page names the widget's module, which is loaded after all that it needs."""
    assert f'data-widget="{widget.module}"' in widget.html()
    assert needs(widget.module)[-1] == widget.module
