"""One progress bar for all long work."""

import os

from tqdm.auto import tqdm


def progress_bar(items, description: str, *, show: bool):
    """Iterate over `items` behind a bar, if `show` and the environment does not set TQDM_DISABLE."""
    return tqdm(items, desc=description, leave=False, disable=not show or "TQDM_DISABLE" in os.environ)
