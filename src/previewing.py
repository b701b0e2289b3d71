"""What commands would do to the dates of a project, before they are given: decided as if they were, then computed.

The decision is taken by the log as it is now and appended nowhere. Its events are applied to the rows of the read
models in memory, by the projections themselves, and the plan is computed with and without them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from .commands.command import Command, Context
from .commands.loop import TooBusyError
from .commands.result import Failure, Warned
from .commands.session import Session
from .events import MAIN, RecordedEvent
from .events.codec import encode
from .projections.planned import INPUTS, PlanRows, snapshot
from .projections.rows import Row
from .queries.reading import BuildingError, reading_at_once, wait_until
from .scheduling import Plan, Schedule, UnschedulableError, schedule
from .scheduling.findings import Finding, findings_of
from .scheduling.impact import Move, moves_of
from .wiring import App

_ATTEMPTS = 5
_FOLLOWED = frozenset(event for projection in INPUTS for event in projection.events or ())


@dataclass(frozen=True)
class Named:
    """A task as people know it, in the outline with the change and if it is not there any more in the one before."""

    wbs: str
    name: str


@dataclass(frozen=True)
class Impact:
    """What would be otherwise. A plan that has no schedule has the reason in its place."""

    events: tuple[str, ...]
    warnings: tuple[Warned, ...]
    before: Schedule | UnschedulableError
    after: Schedule | UnschedulableError
    finish: Move | None
    moves: tuple[Move, ...]
    findings: tuple[tuple[UUID, Finding], ...]
    """Those that are not there now."""
    names: dict[UUID, Named]


async def preview(
    app: App, project: UUID, commands: Sequence[Command], context: Context, seconds: float
) -> Impact | Failure:
    """The impact of the commands on the project, or the refusal of the first that is refused.

    Raises BehindError, BuildingError and TooBusyError.
    """
    for _ in range(_ATTEMPTS):
        result, session = await app.commands.attempt(commands, context)
        if isinstance(result, Failure):
            return result
        head = await app.log.head()
        await wait_until(app.log, app.readers, INPUTS, head, seconds, project)
        async with reading_at_once(app.readers) as connection:
            before, after = await _rows(connection, project), await _rows(connection, project)
            if await session.moved():
                continue  # what was decided may not fit the rows
            await after.let_happen(_recorded(session, head, context.now))
        types = tuple(type(each.event).__name__ for each in session.written)
        return await asyncio.to_thread(_impact, types, result.warnings, before, after)
    raise TooBusyError(f"what the commands read was changed {_ATTEMPTS} times while they were tried; try again")


async def _rows(connection: AsyncConnection, project: UUID) -> PlanRows:
    seen = await snapshot(connection)
    if seen is None:
        raise BuildingError("tasks")
    rows = PlanRows(seen, project)
    await rows.fetch()
    return rows


def _recorded(session: Session, head: int, now: datetime) -> list[RecordedEvent]:
    """The events as they would be in the log."""
    found = []
    for number, each in enumerate(session.written, 1):
        if type(each.event) in _FOLLOWED:
            type_, schema, data = encode(each.event)
            found.append(
                RecordedEvent(
                    head + number, each.stream, each.version, type_, schema, data, "{}", each.project, MAIN, now, now
                )
            )
    return found


def _impact(events: tuple[str, ...], warnings: tuple[Warned, ...], before: PlanRows, after: PlanRows) -> Impact:
    old, new = before.plan(), after.plan()
    assert old is not None  # noqa: S101 - commands within a project are refused where there is none
    assert new is not None  # noqa: S101 - nothing takes a project away
    was, is_ = _computed(old), _computed(new)
    moves: tuple[Move, ...] = ()
    finish: Move | None = None
    findings: tuple[tuple[UUID, Finding], ...] = ()
    if isinstance(was, Schedule) and isinstance(is_, Schedule):
        finish, moves = moves_of(new, was, is_)
        findings = _new_findings(old, was, new, is_)
    return Impact(events, warnings, was, is_, finish, moves, findings, _names(before.tasks) | _names(after.tasks))


def _computed(plan: Plan) -> Schedule | UnschedulableError:
    try:
        return schedule(plan)
    except UnschedulableError as error:
        return error


def _new_findings(old: Plan, was: Schedule, new: Plan, is_: Schedule) -> tuple[tuple[UUID, Finding], ...]:
    known = {(task.id, each.code) for task in old.tasks for each in findings_of(task, was.tasks[task.id])}
    found = ((task.id, each) for task in new.tasks for each in findings_of(task, is_.tasks[task.id]))
    return tuple((task, each) for task, each in found if (task, each.code) not in known)


def _names(tasks: list[Row]) -> dict[UUID, Named]:
    return {row["id"]: Named(row["wbs"], row["name"]) for row in tasks}
