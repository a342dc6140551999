"""One progress bar for all long work."""

import os
from collections.abc import Callable

from tqdm.auto import tqdm


def progress_bar(items, description: str, *, show: bool | Callable, total: int | None = None, done: int = 0):
    """Iterate over `items` behind a bar, if `show` and the environment does not set TQDM_DISABLE.

    A function given as `show` iterates in the bar's place. `total` is for items without a length; `done` of them count
    from the start.
    """
    if callable(show):
        return show(items)
    off = not show or "TQDM_DISABLE" in os.environ
    return tqdm(items, desc=description, leave=False, disable=off, total=total, initial=done)
