"""Calendars for tests: shared ones, and one of a project; they have words for names."""

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from src.commands.calendar import CreateCalendar
from src.commands.project import CreateProject
from src.scheduling import Hours, WorkingInterval
from src.testing import Given, given

PLOT, FIELD = UUID(int=1), UUID(int=2)
"""Two projects."""


def cal(name: str) -> UUID:
    """The id of the calendar, or of a thing in it, of that name."""
    return uuid5(PLOT, name)


def day(text: str) -> date:
    """As in "2026-03-02"."""
    return date.fromisoformat(text)


def hours(*intervals: str) -> Hours:
    """As in "08:00-12:00"."""
    pairs = (interval.split("-") for interval in intervals)
    return tuple(WorkingInterval(start=start, finish=finish) for start, finish in pairs)


def create(name: str, base: str = "", project: UUID | None = None, **fields: Any) -> CreateCalendar:
    """A new calendar, shared unless a project is named."""
    above = cal(base) if base else None
    fields = {"time_zone": "Europe/Berlin", **fields}
    return CreateCalendar(calendar=cal(name), project=project, name=name, base=above, **fields)


def calendars(**bases: str) -> Given:
    """Two projects, and these shared calendars, each with the base that is named for it, or with none."""
    projects = [CreateProject(project=PLOT, name="Plot"), CreateProject(project=FIELD, name="Field")]
    return given(*projects, *[create(name, base) for name, base in bases.items()])
