"""What a command was caused by, and what it has caused: events, and the commands that reactions gave for them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select, union_all

from ..projections.audit import AuditResult, AuditRow
from .reading import Instant, ReadSession, View

MOST_COMMANDS = 100
"""In one answer."""
MOST_EVENTS = 100
"""Of one command."""
_BY_EVENT = re.compile(r"event ([0-9]{1,18})")

Key = tuple[UUID, UUID]


class CausedEvent(View):
    """An event that the command appended, or what was noticed when it was refused."""

    position: int
    type: str
    stream: str
    project: UUID | None
    result: AuditResult


class Cause(View):
    """A command. `causation_id` says what gave rise to it: an event, a schedule; None where somebody just gave it."""

    command_id: UUID
    actor: UUID
    author: UUID | None
    session: UUID | None
    command: str
    correlation_id: str
    causation_id: str | None
    reason: str | None
    recorded_at: Instant


class CausedCommand(Cause):
    """A command with what came of it."""

    events: tuple[CausedEvent, ...]
    more_events: bool = Field(description="Whether it has more events, of which nothing is told here")
    caused: tuple["CausedCommand", ...]


class Causes(View):
    """`caused_by` goes up, the nearest first; `commands` go down. Two actors can have used one id."""

    caused_by: tuple[Cause, ...]
    commands: tuple[CausedCommand, ...]
    truncated: bool = Field(description="Whether there is more, up or down, than is told here")


async def get_causes(read: ReadSession, command_id: UUID) -> Causes | None:
    """The tree around a command; None: the log has nothing of it. One small read for each level."""
    found, truncated = await _of_commands(read, [command_id])
    if not found:
        return None
    roots = list(found)
    level, children = list(found), dict[Key, list[Key]]()
    while level:
        by_event = {row.position: key for key in level for row in found[key][:MOST_EVENTS]}
        caused = await _caused_by(read, by_event)
        news = list(dict.fromkeys((row.actor, row.command_id) for row in caused if _key(row) not in found))
        room = MOST_COMMANDS - len(found)
        truncated |= len(news) > room or len(caused) > MOST_COMMANDS
        rows, cut = await _of_commands(read, [key[1] for key in news[:room]])
        truncated |= cut
        level = [key for key in news[:room] if key in rows]
        found |= {key: rows[key] for key in level}
        for key in level:
            cause = by_event.get(_event(rows[key][0].causation_id) or 0)
            if cause is not None:
                children.setdefault(cause, []).append(key)
    above, more = await _above(read, found[roots[0]][0])
    truncated |= more or any(len(rows) > MOST_EVENTS for rows in found.values())
    return Causes(
        caused_by=tuple(above),
        commands=tuple(_tree(key, found, children) for key in roots),
        truncated=truncated,
    )


async def _of_commands(read: ReadSession, ids: Sequence[UUID]) -> tuple[dict[Key, list[Any]], bool]:
    """The first rows of each command, by actor and command, and whether there are more commands than may be told."""
    if not ids:
        return {}, False
    audit = read[AuditRow]
    each = [
        select(audit).where(audit.c.command_id == id_).order_by(audit.c.position).limit(MOST_EVENTS + 1)
        for id_ in dict.fromkeys(ids)
    ]
    statement = union_all(*(one.subquery().select() for one in each)) if len(each) > 1 else each[0]
    found: dict[Key, list[Any]] = {}
    for row in sorted(await read.execute(statement), key=lambda row: row.position):
        found.setdefault(_key(row), []).append(row)
    return found, len(found) > MOST_COMMANDS


async def _caused_by(read: ReadSession, events: Iterable[int]) -> Sequence[Any]:
    """The rows of commands that were given because of the events."""
    audit = read[AuditRow]
    causes = [f"event {position}" for position in events]
    of = select(audit).where(audit.c.causation_id.in_(causes)).order_by(audit.c.position)
    return (await read.execute(of.limit(MOST_COMMANDS + 1))).all()


async def _above(read: ReadSession, row: Any) -> tuple[list[Cause], bool]:
    """From cause to cause, each of which lies before what it caused."""
    audit, found = read[AuditRow], list[Cause]()
    while (position := _event(row.causation_id)) is not None and position < row.position:
        if len(found) == MOST_COMMANDS:
            return found, True
        row = (await read.execute(select(audit).where(audit.c.position == position))).one_or_none()
        if row is None:
            break
        found.append(Cause.model_validate(row))
    return found, False


def _tree(key: Key, found: dict[Key, list[Any]], children: dict[Key, list[Key]]) -> CausedCommand:
    rows = found[key]
    return CausedCommand(
        **Cause.model_validate(rows[0]).model_dump(),
        events=tuple(CausedEvent.model_validate(row) for row in rows[:MOST_EVENTS]),
        more_events=len(rows) > MOST_EVENTS,
        caused=tuple(_tree(child, found, children) for child in children.get(key, ())),
    )


def _key(row: Any) -> Key:
    return row.actor, row.command_id


def _event(causation_id: str | None) -> int | None:
    """The position of the event that was the cause, if one was."""
    match = _BY_EVENT.fullmatch(causation_id or "")
    return int(match[1]) if match else None
