"""The kinds of things that have a history: when a row says that one is there, and what it shows of it.

What is shown has the names and the form of the views of the present. Revisions and what follows from other rows, such
as the WBS code, are not of the thing itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from ..projections.assignments import AssignmentRow, StaffRow
from ..projections.calendars import (
    CalendarEntryRow,
    CalendarExceptionRow,
    CalendarRow,
    CalendarWeekdayRow,
    HolidayRow,
    WorkWeekRow,
)
from ..projections.links import LinkRow
from ..projections.projects import MemberRow, ProjectRow
from ..projections.read_model import ReadModel
from ..projections.resources import ResourceRateRow, ResourceRow
from ..projections.roles import RoleRow
from ..projections.rows import Row
from ..projections.tasks import TaskRow
from ..projections.users import UserRow
from ..projections.versions import REMOVED
from ..scheduling import CalendarException, Holiday, WeekdayHours, WorkWeek
from .assignment import AssignmentView, StaffView
from .calendar import CalendarEventView, CalendarView
from .link import link_view
from .project import ProjectView
from .resource import RateView, ResourceView
from .role import RoleView
from .task import task_view

Fields = Mapping[str, Any]
"""What is shown of a thing, as JSON holds it."""


class Thing(StrEnum):
    """What a change is of."""

    PROJECT = "project"
    MEMBER = "member"
    TASK = "task"
    LINK = "link"
    ASSIGNMENT = "assignment"
    STAFF = "staff"
    CALENDAR = "calendar"
    WEEKDAY = "weekday"
    WORK_WEEK = "work_week"
    EXCEPTION = "exception"
    HOLIDAY = "holiday"
    CALENDAR_EVENT = "calendar_event"
    RESOURCE = "resource"
    RATE = "rate"
    PROJECT_RATE = "project_rate"
    USER = "user"
    ROLE = "role"


def _always(_row: Row) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """`id` is the column that tells one thing from another; `flag` one, and what it holds while the thing is there.

    `before` tells, of a row of what is not there, whether it was there before. `personal` values are sealed.
    """

    thing: Thing
    model: type[ReadModel]
    id: str
    shown: Callable[[Row], Fields]
    flag: tuple[str, bool] | None = None
    there_as_well: Callable[[Row], bool] = _always
    before: Callable[[Row], bool] = _always
    personal: frozenset[str] = frozenset()

    def there(self, row: Row) -> bool:
        """Whether the version of a row says that the thing is there."""
        flagged = self.flag is None or row[self.flag[0]] is self.flag[1]
        return flagged and not row[REMOVED] and self.there_as_well(row)


TECHNICAL = frozenset({"id", "project", "revision", "created_at", "updated_at"})
"""What names a thing, or counts its changes."""
_DERIVED = {"sequence", "level", "wbs", "summary", "milestone", "placement_revision"}


def _as(view: type[BaseModel], *without: str, **more: Any) -> Callable[[Row], Fields]:
    """The fields of a view, but for these; `more` is what the view tells that is in no row."""
    left_out = {*TECHNICAL, *without, *more}

    def shown(row: Row) -> Fields:
        known = {name: row[name] for name in view.model_fields if name in row}
        return view.model_validate({**known, **more}).model_dump(mode="json", exclude=left_out)

    return shown


def _task(row: Row) -> Fields:
    """With the rank among the siblings, as it is the only sign of a move among them; each of its own fields apart."""
    fields = task_view({**TaskRow.derived, **row}).model_dump(mode="json", exclude={*TECHNICAL, *_DERIVED})
    own = {f"fields.{name}": value for name, value in fields.pop("fields").items()}
    return {**fields, "rank": row["rank"], **own}


def _link(row: Row) -> Fields:
    return link_view(row).model_dump(mode="json", exclude=set(TECHNICAL))


def _only(*names: str) -> Callable[[Row], Fields]:
    return lambda row: {name: row[name] for name in names}


def _has_rate(row: Row) -> bool:
    return row["rate"] is not None


def _rate_in_project(row: Row) -> Fields:
    return (
        {} if row["rate"] is None else RateView.model_validate(row["rate"]).model_dump(mode="json", exclude={"start"})
    )


def _placed_before(row: Row) -> bool:
    """A task is added first and placed then: before that it never was in the plan."""
    return bool(row["placement_revision"])


def _never(_row: Row) -> bool:
    return False


PROJECT = Kind(Thing.PROJECT, ProjectRow, "id", _as(ProjectView, role=None, tasks=0))
MEMBER = Kind(Thing.MEMBER, MemberRow, "user", _only("role"))
TASK = Kind(Thing.TASK, TaskRow, "id", _task, ("placed", True), before=_placed_before)
LINK = Kind(Thing.LINK, LinkRow, "id", _link, ("deleted", False))
ASSIGNMENT = Kind(
    Thing.ASSIGNMENT, AssignmentRow, "resource", _as(AssignmentView, "task", "resource", "live"), ("live", True)
)
STAFF = Kind(Thing.STAFF, StaffRow, "resource", _as(StaffView, "resource"), ("member", True))
CALENDAR = Kind(Thing.CALENDAR, CalendarRow, "id", _as(CalendarView, "deleted"), ("deleted", False))
WEEKDAY = Kind(Thing.WEEKDAY, CalendarWeekdayRow, "weekday", _as(WeekdayHours, "weekday"))
WORK_WEEK = Kind(Thing.WORK_WEEK, WorkWeekRow, "id", _as(WorkWeek))
EXCEPTION = Kind(Thing.EXCEPTION, CalendarExceptionRow, "id", _as(CalendarException))
HOLIDAY = Kind(Thing.HOLIDAY, HolidayRow, "date", _as(Holiday, "date"))
CALENDAR_EVENT = Kind(Thing.CALENDAR_EVENT, CalendarEntryRow, "id", _as(CalendarEventView))
RESOURCE = Kind(Thing.RESOURCE, ResourceRow, "id", _as(ResourceView))
RATE = Kind(Thing.RATE, ResourceRateRow, "revision", _as(RateView))
PROJECT_RATE = Kind(
    Thing.PROJECT_RATE, StaffRow, "resource", _rate_in_project, ("member", True), _has_rate, before=_never
)
USER = Kind(
    Thing.USER,
    UserRow,
    "id",
    _only("username", "name", "email", "roles", "active"),
    ("deleted", False),
    personal=frozenset({"username", "name", "email"}),
)
ROLE = Kind(Thing.ROLE, RoleRow, "code", _as(RoleView, "code"))
OF_CALENDAR = (WEEKDAY, WORK_WEEK, EXCEPTION, HOLIDAY, CALENDAR_EVENT)
"""What a calendar says."""
