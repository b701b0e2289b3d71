"""What is otherwise in a project between two moments: what came, what went, and which fields changed, dates too.

Both moments are read as plans of the past, so what was deleted is told with all that it said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
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
from .assignment import AssignmentView, StaffView
from .calendar import get_calendar
from .link import link_view
from .reading import Page, ReadSession, View
from .resource import ResourceView
from .task import task_view

Kind = Literal["project", "member", "task", "link", "staff", "assignment", "calendar", "resource"]
_TECHNICAL = frozenset(
    {"id", "project", "user", "task", "resource", "revision", "placement_revision", "created_at", "updated_at"}
    | {"sequence", "level", "wbs", "summary", "milestone", "deleted", "live"}
)
"""What names a thing, follows from all others, or counts its changes."""
_OF_PROJECT = (
    *("name", "owner", "time_zone", "start", "must_finish", "calendar", "status_date"),
    *("currency", "archived", "external_id"),
)
_DATES = ("start", "finish", "total_slack", "free_slack", "critical")

Fields = Mapping[str, Any]


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


async def differences(before: ReadSession, after: ReadSession, project: UUID) -> list[DifferenceView]:
    """All of them: the project, its people, the tasks in the order of the outline, then the rest by kind and id."""
    old, new = await _things(before, project), await _things(after, project)
    order = {kind: number for number, kind in enumerate(Kind.__args__)}  # type: ignore[attr-defined] # it has them

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


async def _things(read: ReadSession, project: UUID) -> _Things:
    found: _Things = {}
    for row in await _rows(read, ProjectRow, project, "id"):
        found["project", row.id, None] = _Thing(_fields(row, *_OF_PROJECT), "", row.name, await _whole(read, project))
    for row in await _rows(read, MemberRow, project):
        found["member", row.user, None] = _Thing(_fields(row, "role"))
    found |= await _tasks(read, project)
    for row in await _rows(read, LinkRow, project):
        if not row.deleted:
            found["link", row.id, None] = _Thing(_shown(link_view(_named(row))))
    for row in await _rows(read, StaffRow, project):
        if row.member:
            found["staff", row.resource, None] = _Thing(_shown(StaffView.model_validate(row)))
    for row in await _rows(read, AssignmentRow, project):
        if row.live:
            found["assignment", row.task, row.resource] = _Thing(_shown(AssignmentView.model_validate(row)))
    for row in await _rows(read, ResourceRow, project):
        found["resource", row.id, None] = _Thing(_shown(ResourceView.model_validate(row)), name=row.name)
    for row in await _rows(read, CalendarRow, project):
        calendar = None if row.deleted else await get_calendar(read, project, row.id)
        if calendar is not None:
            found["calendar", row.id, None] = _Thing(_shown(calendar), name=row.name)
    return found


async def _tasks(read: ReadSession, project: UUID) -> _Things:
    scheduled = {row.task: row for row in await _rows(read, ScheduledTaskRow, project)}
    found: _Things = {}
    for row in await _rows(read, TaskRow, project):
        if row.sequence is not None:
            dates = _fields(scheduled[row.id], *_DATES) if row.id in scheduled else None
            fields = _shown(task_view(_named(row)))
            found["task", row.id, None] = _Thing(fields, row.wbs, row.name, dates, row.sequence)
    return found


async def _whole(read: ReadSession, project: UUID) -> Fields:
    rows = await _rows(read, ScheduleRow, project)
    return _fields(rows[0], "state", "start", "finish") if rows else {}


async def _rows(read: ReadSession, model: type[ReadModel], project: UUID, column: str = "project") -> Sequence[Any]:
    table = read[model]
    return (await read.execute(select(table).where(table.c[column] == project))).all()


def _named(row: Any) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names


def _fields(row: Any, *names: str) -> Fields:
    return {name: getattr(row, name) for name in names}


def _shown(view: View) -> Fields:
    return {name: value for name, value in view.model_dump(mode="json").items() if name not in _TECHNICAL}
