"""The list of erased persons: kept outside the database and its backups, so that no backup brings anybody back."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import orjson


class DamagedListError(Exception):
    """A line of the list cannot be read; the text says which."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Somebody whose account was deleted. The id tells nothing of them."""

    user: UUID
    at: datetime

    def line(self) -> bytes:
        return orjson.dumps({"at": self.at.astimezone(UTC).isoformat(), "user": str(self.user)}) + b"\n"


class ErasedList:
    """A text file to which lines are added: a JSON object for each person."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Erased]:
        """Everybody on the list, in order; nobody when there is no file. Raises DamagedListError."""
        content = self.path.read_bytes() if self.path.exists() else b""
        return list(_parsed(content[: _whole(content)].splitlines(), self.path))

    def add(self, erased: Erased) -> None:
        """Adds the person, unless they are on the list already. It is on the disk afterwards."""
        if any(each.user == erased.user for each in self.read()):
            return
        new = not self.path.exists()
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0) as file:
            content = file.read()
            if (whole := _whole(content)) < len(content):
                file.truncate(whole)  # of a line that was cut off nobody was told that it is on the disk
            line = (b"" if content[:whole].endswith(b"\n") or not whole else b"\n") + erased.line()
            if file.write(line) != len(line):
                raise OSError(f"{self.path} could not be written in full")
            os.fsync(file.fileno())
        if new:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _whole(content: bytes) -> int:
    """Where the last whole line ends; whoever wrote it by hand may have left out its end."""
    end = content.rfind(b"\n") + 1
    return len(content) if content[end:].rstrip().endswith(b"}") else end


def _parsed(lines: Iterable[bytes], path: Path) -> Iterable[Erased]:
    for number, line in enumerate(lines, 1):
        try:
            fields = orjson.loads(line)
            yield Erased(UUID(fields["user"]), datetime.fromisoformat(fields["at"]))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise DamagedListError(
                f"line {number} of {path} names no erased person: put back a whole copy of the list, or remove the line"
            ) from error
