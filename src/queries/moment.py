"""Which events tell how things were at a moment: what was true then, as far as it is known, or was known at another.

A position of the log is exact: the state after that event. A time asks for what counts from then or before, whenever
it was recorded: progress that was reported late is in it, and an imported history has its own times. `known_at` leaves
out what was recorded later.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from ..events import EventLog
from ..projections.moments import MomentRow
from .reading import ReadSession, moment

When = int | datetime
"""A position of the log, or a time."""
_DIGITS = 19
_FIRST_YEAR, _NO_YEAR = 1900, 9999


def when_of(text: str) -> When:
    """The moment that somebody names. Raises ValueError."""
    if text.isascii() and text.isdigit() and len(text) < _DIGITS:
        return int(text)
    try:
        when = moment(text.strip().replace(" ", "+") if "T" in text else text)  # a plus sign in a URL is a space
    except ValueError:
        when = None
    if when is None or not _FIRST_YEAR <= when.year < _NO_YEAR:
        raise ValueError("say a position of the log, or a time with its zone, such as 2026-03-02T17:00:00Z")
    return when


@dataclass(frozen=True)
class Moment:
    """All events up to a position, and some after it that count from before the moment."""

    position: int
    late: tuple[int, ...] = ()

    @property
    def last(self) -> int:
        """Read models that have come here have all of them."""
        return max((self.position, *self.late))


async def moment_of(log: EventLog, as_of: When | None, known_at: When | None = None) -> Moment:
    """For what belongs to no project: there what is recorded counts from then on."""
    positions = [await _position(log, when) for when in (as_of, known_at) if when is not None]
    return Moment(min(positions))


async def moment_in(
    read: ReadSession, log: EventLog, project: UUID, as_of: When | None, known_at: When | None = None
) -> Moment:
    """For what belongs to the project; `read` is of the present, and knows which of its events are dated."""
    if as_of is None or isinstance(as_of, int):
        return await moment_of(log, as_of, known_at)
    recorded = await _position(log, as_of)
    known = await log.head() if known_at is None else await _position(log, known_at)
    if known <= recorded:
        return Moment(known)
    position = await _level(read, project, as_of, recorded, known)
    moments = read[MomentRow]
    late = select(moments.c.position).where(
        moments.c.late,
        moments.c.project == project,
        moments.c.effective_at <= as_of,
        moments.c.position > position,
        moments.c.position <= known,
    )
    return Moment(position, tuple((await read.execute(late.order_by(moments.c.position))).scalars()))


async def _level(read: ReadSession, project: UUID, as_of: datetime, recorded: int, known: int) -> int:
    """The last event of the project up to which all of its events count from then or before, and are known.

    It is not before `recorded`, the last that was recorded by then.
    """
    moments = read[MomentRow]
    mine = select(moments.c.position, moments.c.dated).where(moments.c.project == project)
    newest = mine.order_by(moments.c.position.desc()).limit(1)
    last = (await read.execute(newest.where(moments.c.position <= recorded))).one_or_none()
    if last is not None and not last.dated:
        return recorded  # what follows may not be dated, and is not kept
    later = mine.where(moments.c.latest > as_of, moments.c.position > recorded)
    first = (await read.execute(later.order_by(moments.c.latest, moments.c.position).limit(1))).one_or_none()
    until = known if first is None else min(known, int(first.position) - 1)
    last = (await read.execute(newest.where(moments.c.position <= until))).one_or_none()
    return recorded if last is None else max(recorded, int(last.position))


async def _position(log: EventLog, when: When) -> int:
    return when if isinstance(when, int) else await log.position_at(when)
