"""How a process starts: most of what it makes then stays as long as it does."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """The garbage collector waits meanwhile, and never looks through what was made: a quarter of the time it takes."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
