"""One progress bar for all long work."""

import os

from tqdm.auto import tqdm


def progress_bar(items, description: str, *, show: bool, total: int | None = None, done: int = 0):
    """Iterate over `items` behind a bar, if `show` and the environment does not set TQDM_DISABLE.

    `total` is for items without a length; `done` of them count from the start.
    """
    off = not show or "TQDM_DISABLE" in os.environ
    return tqdm(items, desc=description, leave=False, disable=off, total=total, initial=done)
