"""What is to be restored, and how it is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from ..queries.kinds import Thing
from ..queries.moment import When


class Restorable(StrEnum):
    """The kinds of things that can be brought back."""

    TASK = Thing.TASK.value
    LINK = Thing.LINK.value
    ASSIGNMENT = Thing.ASSIGNMENT.value
    STAFF = Thing.STAFF.value
    MEMBER = Thing.MEMBER.value
    CALENDAR = Thing.CALENDAR.value
    WEEKDAY = Thing.WEEKDAY.value
    WORK_WEEK = Thing.WORK_WEEK.value
    EXCEPTION = Thing.EXCEPTION.value
    HOLIDAY = Thing.HOLIDAY.value
    CALENDAR_EVENT = Thing.CALENDAR_EVENT.value


NAMES: Mapping[Restorable, tuple[str, ...]] = {
    Restorable.TASK: ("task",),
    Restorable.LINK: ("link",),
    Restorable.ASSIGNMENT: ("task", "resource"),
    Restorable.STAFF: ("resource",),
    Restorable.MEMBER: ("user",),
    Restorable.CALENDAR: ("calendar",),
    Restorable.WEEKDAY: ("calendar", "weekday"),
    Restorable.WORK_WEEK: ("calendar", "work_week"),
    Restorable.EXCEPTION: ("calendar", "exception"),
    Restorable.HOLIDAY: ("calendar", "date"),
    Restorable.CALENDAR_EVENT: ("calendar", "entry"),
}
"""By which names each is called: those of the fields of commands, what it belongs to first."""


@dataclass(frozen=True)
class Wanted:
    """A thing of a project by the values of its names; `as_of` None: as it was when it was last there."""

    project: UUID
    kind: Restorable
    names: Mapping[str, Any]
    as_of: When | None = None

    def said(self) -> dict[str, Any]:
        """What the caller said, as JSON holds it: it tells a repeat from another request."""
        as_of = self.as_of if self.as_of is None or isinstance(self.as_of, int) else self.as_of.isoformat()
        names = {name: str(value) for name, value in self.names.items()}
        return {"restore": self.kind.value, "project": str(self.project), "as_of": as_of, **names}
