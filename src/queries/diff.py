"""What is otherwise in a project between two moments: what came, what went, and which fields changed, dates too.

Both moments are read as plans of the past, so what was deleted is told with all that it said.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from ..projections.assignments import AssignmentRow, StaffRow
from ..projections.calendars import CalendarRow
from ..projections.links import LinkRow
from ..projections.projects import MemberRow, ProjectRow
from ..projections.read_model import ReadModel
from ..projections.resources import ResourceRow
from ..projections.schedule_rows import ScheduledTaskRow, ScheduleRow
from ..projections.tasks import TaskRow
from .calendar import CalendarDetailView, get_calendar
from .kinds import ASSIGNMENT, LINK, MEMBER, PROJECT, RESOURCE, STAFF, TASK, TECHNICAL, Fields
from .reading import Page, ReadSession, View

Kind = Literal["project", "member", "task", "link", "staff", "assignment", "calendar", "resource"]
_READ: tuple[type[ReadModel], ...] = (
    *(ProjectRow, MemberRow, TaskRow, LinkRow, AssignmentRow, StaffRow),
    *(ResourceRow, CalendarRow, ScheduleRow, ScheduledTaskRow),
)
_DATES = ("start", "finish", "total_slack", "free_slack", "critical")


class FieldView(View):
    """A field that changed. Of what came there is no `old`, of what went no `new`."""

    field: str
    old: Any = None
    new: Any = None


class DifferenceView(View):
    """A thing that is otherwise. `wbs` and `name` as they are at the later moment at which it is there.

    Of a task `dates` are those of the schedule, slack in tenths of a working minute.
    """

    kind: Kind
    id: UUID
    resource: UUID | None = Field(None, description="Of an assignment, whose `id` is that of the task")
    what: Literal["added", "removed", "changed"]
    wbs: str = ""
    name: str = ""
    fields: tuple[FieldView, ...]
    dates: tuple[FieldView, ...] = ()


class DiffPage(Page[DifferenceView]):
    """Some differences. The positions are those up to which the log was read for both moments."""

    before: int
    after: int
    total: int = Field(description="The number of all differences")


@dataclass(frozen=True)
class _Thing:
    """What there is of a thing at one of the moments."""

    fields: Fields
    wbs: str = ""
    name: str = ""
    dates: Fields | None = None
    place: int = 0


_Key = tuple[Kind, UUID, UUID | None]
_Things = dict[_Key, _Thing]


@dataclass(frozen=True)
class _Plan:
    """All rows of a project at a moment, by their tables, and what its calendars say."""

    rows: Mapping[type[ReadModel], Sequence[Any]]
    calendars: Sequence[CalendarDetailView]


async def differences(before: ReadSession, after: ReadSession, project: UUID) -> list[DifferenceView]:
    """All of them: the project, its people, the tasks in the order of the outline, then the rest by kind and id.

    They are found in a thread: that takes a while for large plans.
    """
    old, new = await _plan(before, project), await _plan(after, project)
    return await asyncio.to_thread(_differences, old, new)


async def _plan(read: ReadSession, project: UUID) -> _Plan:
    found = {}
    for model in _READ:
        table = read[model]
        mine = table.c.id if model is ProjectRow else table.c.project
        found[model] = (await read.execute(select(table).where(mine == project))).all()
    own = [await get_calendar(read, project, row.id) for row in found[CalendarRow] if not row.deleted]
    return _Plan(found, [calendar for calendar in own if calendar is not None])


def _differences(before: _Plan, after: _Plan) -> list[DifferenceView]:
    old, new = _things(before), _things(after)
    order = {kind: number for number, kind in enumerate(get_args(Kind))}

    def place(key: _Key) -> tuple[Any, ...]:
        thing = new.get(key) or old[key]
        return order[key[0]], thing.place, str(key[1]), str(key[2])

    found = (_difference(key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys(), key=place))
    return [each for each in found if each is not None]


def _difference(key: _Key, old: _Thing | None, new: _Thing | None) -> DifferenceView | None:
    thing = new or old
    assert thing is not None  # noqa: S101 - it is there at one of the moments
    fields = _changed(old.fields if old else None, new.fields if new else None)
    dates = _changed(old.dates if old else None, new.dates if new else None)
    if old is not None and new is not None and not fields and not dates:
        return None
    what: Any = "added" if old is None else "removed" if new is None else "changed"
    kind, id_, resource = key
    return DifferenceView(
        kind=kind, id=id_, resource=resource, what=what, wbs=thing.wbs, name=thing.name, fields=fields, dates=dates
    )


def _changed(old: Fields | None, new: Fields | None) -> tuple[FieldView, ...]:
    was, is_ = old or {}, new or {}
    return tuple(
        FieldView(field=name, old=was.get(name), new=is_.get(name))
        for name in dict.fromkeys([*was, *is_])
        if was.get(name) != is_.get(name)
    )


def _things(plan: _Plan) -> _Things:
    rows, found = plan.rows, _tasks(plan)
    for row in rows[ProjectRow]:
        whole = [_fields(each, "state", "start", "finish") for each in rows[ScheduleRow]]
        found["project", row.id, None] = _Thing(PROJECT.shown(_named(row)), "", row.name, whole[0] if whole else {})
    for row in rows[MemberRow]:
        found["member", row.user, None] = _Thing(MEMBER.shown(_named(row)))
    for row in rows[LinkRow]:
        if not row.deleted:
            found["link", row.id, None] = _Thing(LINK.shown(_named(row)))
    for row in rows[StaffRow]:
        if row.member:
            found["staff", row.resource, None] = _Thing(STAFF.shown(_named(row)))
    for row in rows[AssignmentRow]:
        if row.live:
            found["assignment", row.task, row.resource] = _Thing(ASSIGNMENT.shown(_named(row)))
    for row in rows[ResourceRow]:
        found["resource", row.id, None] = _Thing(RESOURCE.shown(_named(row)), name=row.name)
    for calendar in plan.calendars:
        found["calendar", calendar.id, None] = _Thing(
            calendar.model_dump(mode="json", exclude={*TECHNICAL, "deleted"}), name=calendar.name
        )
    return found


def _tasks(plan: _Plan) -> _Things:
    scheduled = {row.task: row for row in plan.rows[ScheduledTaskRow]}
    found: _Things = {}
    for row in plan.rows[TaskRow]:
        if row.sequence is not None:
            dates = _fields(scheduled[row.id], *_DATES) if row.id in scheduled else None
            found["task", row.id, None] = _Thing(TASK.shown(_named(row)), row.wbs, row.name, dates, row.sequence)
    return found


def _named(row: Any) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names


def _fields(row: Any, *names: str) -> Fields:
    return {name: getattr(row, name) for name in names}
