"""Live pictures of the book: in Jupyter, in Colab, and in pages without a kernel."""

from supertoy.widgets.trainer import Trainer

__all__ = ["Trainer"]
