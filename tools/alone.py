"""One `make` at a time: a second one waits for the first, and says so.

    python tools/alone.py FILE COMMAND…     make a file by a command, while no other such command makes that file

Standard library only: it runs before there is an environment.
"""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / ".work" / "lock"  # of the build and what takes its pages


@contextmanager
def alone(lock: Path = LOCK) -> Iterator[None]:
    """Hold the lock, which ends with the process however that ends."""
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another make is at work in this folder: waiting for it to end", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    with alone(LOCK.with_name(f"lock-{sys.argv[1].replace('/', '-')}")):
        sys.exit(subprocess.run(sys.argv[2:]).returncode)
