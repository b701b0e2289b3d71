"""What somebody who keeps calendars on paper would know of one."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from src.scheduling import Hours


@dataclass
class Kept:
    """A calendar as somebody would note it down: what is said of each single date."""

    base: UUID | None
    weekdays: dict[int, Hours] = field(default_factory=dict)
    weeks: dict[UUID, tuple[date, date, dict[int, Hours]]] = field(default_factory=dict)
    exceptions: dict[UUID, tuple[set[date], bool, Hours]] = field(default_factory=dict)
    holidays: dict[date, str] = field(default_factory=dict)
    entries: set[UUID] = field(default_factory=set)

    def special(self, on: date) -> Hours | None:
        there = [(recurs, hours) for dates, recurs, hours in self.exceptions.values() if on in dates]
        if there:
            return min(there, key=lambda each: each[0])[1]  # those that do not recur come first, in their order
        return () if on in self.holidays else None

    def in_week(self, on: date) -> Hours | None:
        return next((d[on.weekday()] for s, f, d in self.weeks.values() if s <= on <= f and on.weekday() in d), None)
