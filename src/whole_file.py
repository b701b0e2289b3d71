"""A file that is written as a whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PRIVATE = 0o600
"""Nobody but who writes it may read it."""
ORDINARY = 0o666
"""Whoever the umask lets may read it."""


@contextmanager
def whole_file(path: Path, mode: int = PRIVATE) -> Iterator[IO[bytes]]:
    """A file to write, which takes that name when the block ends, and is on the disk then.

    Until then, and if the block raises, what was there stays. Of several who write to one name at once each leaves a
    whole file, and the last one stays. The mode is that of a new file, less the umask. Raises OSError.
    """
    # A name that nobody can foresee, and no link is followed: who else may write here cannot choose where it goes.
    beside = path.parent / f".{path.name}.{secrets.token_hex(8)}.part"
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        os.fsync(folder)
    finally:
        beside.unlink(missing_ok=True)
        os.close(folder)
