"""Checkpoints that are kept elsewhere: a position, and the hash of everything up to there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ..events.chain import START
from .trail import Trail, link_of, position_of

_FORM = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


class BadCheckpointError(ValueError):
    """What was given is no checkpoint; the text says what and where."""


class NoCheckpointError(Exception):
    """The audit trail has no row where it should have come to; the text says what to do."""


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """The link of the event at that position: whoever keeps it can prove all events up to there."""

    position: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"


async def checkpoint(readers: AsyncEngine) -> KeptCheckpoint:
    """That of the last row of the audit trail: one read. Raises NoCheckpointError when that row is not there."""
    trail = Trail(readers)
    standing = await trail.standing()
    if not standing.position:
        return KeptCheckpoint(0, START)
    rows = await trail.page(standing.position - 1, standing.position, 1)
    found = link_of(rows[0]) if rows and position_of(rows[0]) == standing.position else None
    if found is None:
        raise NoCheckpointError(
            f"the audit trail has come to position {standing.position} and has no good row there: "
            "run 'projectory audit verify'"
        )
    return KeptCheckpoint(standing.position, found)


def read_checkpoints(given: Iterable[str]) -> Sequence[KeptCheckpoint]:
    """Each is POSITION:HASH, or a file of such lines; empty ones and those that begin with # are passed over.

    Raises BadCheckpointError, also when two of one position differ.
    """
    found: dict[int, bytes] = {}
    for text in given:
        lines = [(text, f"{text!r}")] if _FORM.fullmatch(text.strip()) else _lines(text)
        for line, where in lines:
            match = _FORM.fullmatch(line.strip())
            if match is None:
                raise BadCheckpointError(f"{where} is no checkpoint: say POSITION:HASH, as 'audit checkpoint' does")
            position, hash_ = int(match[1]), bytes.fromhex(match[2])
            if found.setdefault(position, hash_) != hash_:
                raise BadCheckpointError(f"{where} says otherwise than another checkpoint of position {position}")
    return [KeptCheckpoint(*pair) for pair in sorted(found.items())]


def _lines(file: str) -> list[tuple[str, str]]:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BadCheckpointError(
            f"{file!r} is neither a checkpoint (POSITION:HASH) nor a file that can be read: {error}"
        ) from error
    return [
        (line, f"line {number} of {file}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
