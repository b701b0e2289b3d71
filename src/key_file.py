"""The master keys: from the settings, or for SQLite from a file beside the database, which is made when missing.

The file holds the present key, and below it the one before for as long as a rotation is under way. Whoever has the
database open holds a lock on the file, so that no process can go on wrapping with a key that a rotation replaces.
"""

import base64
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from .config import KEY_BYTES, Settings, SettingsError
from .database import reaching

MasterKeys = tuple[bytes, ...]
"""The present one, and the one before if that may still be needed."""


class DatabaseInUseError(Exception):
    """Another process has the database open."""


@contextmanager
def master_keys(settings: Settings) -> Iterator[MasterKeys]:
    """The master keys of an application, which keeps them from being rotated while it is open."""
    if (key := settings.decoded_master_key()) is not None:
        old = settings.decoded_old_master_key()
        yield (key,) if old is None else (key, old)
        return
    if not settings.embedded:
        raise SettingsError(
            "PROJECTORY_MASTER_KEY is not set. It wraps the keys of personal data; make one with "
            "'openssl rand -base64 32', keep it safe, and give the same one to every process"
        )
    path = settings.key_file
    if not path.exists():
        with reaching(settings):
            _make(path)
    with _locked(path, fcntl.LOCK_SH):
        yield _read(path)


@contextmanager
def found_keys(settings: Settings) -> Iterator[MasterKeys | None]:
    """The same where there are any, for who looks at a database without opening it: none is made."""
    if settings.master_key is None and not (settings.embedded and settings.key_file.exists()):
        yield None
        return
    with master_keys(settings) as keys:
        yield keys


@contextmanager
def rotating(settings: Settings) -> Iterator[MasterKeys]:
    """A new key and the one before, for whoever wraps all anew; at the end of that the old one is gone.

    If it is interrupted the file holds both, and the next time goes on with the same two. Raises DatabaseInUseError.
    """
    path = settings.key_file
    if settings.master_key is not None or not settings.embedded:
        raise SettingsError(
            "the master key is not in a file: give the new one as PROJECTORY_MASTER_KEY and the present one as "
            "PROJECTORY_OLD_MASTER_KEY to all processes, then run 'projectory keys rewrap'"
        )
    if not path.exists():
        raise SettingsError(f"{path} is missing: put back the one that this database was made with")
    with ExitStack() as held:
        held.enter_context(_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
        keys = _read(path)
        if len(keys) == 1:
            keys = (secrets.token_bytes(KEY_BYTES), *keys)
            held.enter_context(_written(path, keys))
        yield keys
        held.enter_context(_written(path, keys[:1]))


def _read(path: Path) -> MasterKeys:
    try:
        keys = tuple(base64.b64decode(line, validate=True) for line in path.read_text().split())
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError(f"{path} holds no master key: put back the one that this database was made with")
    return keys


def _make(path: Path) -> None:
    """Whole or not at all, and the same for all processes that start at once: losing it loses all names."""
    with _prepared(path, (secrets.token_bytes(KEY_BYTES),)) as file, suppress(FileExistsError):
        path.hardlink_to(file.name)
    _sync(path.parent)


@contextmanager
def _written(path: Path, keys: MasterKeys) -> Iterator[None]:
    """Puts these keys into the file, whole or not at all; who opens it waits until this is left."""
    with _prepared(path, keys) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        aside = Path(f"{file.name}.new")
        aside.hardlink_to(file.name)
        aside.replace(path)
        _sync(path.parent)
        yield


@contextmanager
def _prepared(path: Path, keys: MasterKeys) -> Iterator[IO[bytes]]:
    """A file with these keys beside that one, on the disk, readable by us alone; its name goes afterwards."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}") as file:
        file.write(b"\n".join(base64.b64encode(key) for key in keys))
        file.flush()
        os.fsync(file.fileno())
        yield file


def _sync(folder: Path) -> None:
    """What the folder calls its files is on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    """Holds a lock on the file that has this name now: a rotation may just have put another in its place."""
    while True:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, how)
            except BlockingIOError as error:
                raise DatabaseInUseError(
                    "another process has the database open: stop the service and its workers, and try again"
                ) from error
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                yield
                return
