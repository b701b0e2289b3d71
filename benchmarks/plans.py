"""Plans of any size: two links a task, three calendars, a summary for ten tasks; the same for the same size."""

import random
from datetime import date, datetime
from uuid import UUID

from src.scheduling import (
    Calendar,
    CalendarException,
    Duration,
    Lag,
    LinkType,
    Plan,
    PlannedLink,
    PlannedTask,
    Weekday,
    WorkingInterval,
)

_OFFICE, _WEEKEND, _SHIFTS = UUID(int=1), UUID(int=2), UUID(int=3)
_WINTERS = tuple(
    CalendarException(id=UUID(int=year), start=date(year, 12, 24), finish=date(year, 12, 31))
    for year in range(2026, 2070)
)
_CALENDARS = {
    _OFFICE: Calendar("UTC", exceptions=_WINTERS),
    _WEEKEND: Calendar("UTC", _OFFICE, {Weekday.SATURDAY: (WorkingInterval(start="08:00", finish="12:00"),)}),
    _SHIFTS: Calendar("UTC", None, dict.fromkeys(Weekday, (WorkingInterval(start="00:00", finish="24:00"),))),
}
_START = datetime.fromisoformat("2026-01-05T08:00")
_NEAR = 200
"""How far back a task looks for what it waits for."""


def plan_of(tasks: int) -> Plan:
    """A plan of so many tasks beside the summaries."""
    dice = random.Random(tasks)
    made: list[PlannedTask] = []
    links: list[PlannedLink] = []
    leaves: list[UUID] = []
    for number in range(tasks):
        summary = UUID(int=2_000_000 + number // 10)
        if number % 10 == 0:
            made.append(PlannedTask(summary))
        task = PlannedTask(
            UUID(int=3_000_000 + number),
            summary,
            Duration(tenths=dice.choice([0, 4_800, 9_600, 24_000])),
            calendar=dice.choice([None, _WEEKEND, _SHIFTS]),
        )
        made.append(task)
        for before in dice.sample(leaves[-_NEAR:], min(2, len(leaves))):
            type_ = dice.choice([LinkType.FINISH_START, LinkType.FINISH_START, LinkType.START_START])
            lag = Lag(amount=dice.choice([0, 0, 4_800]))
            links.append(PlannedLink(UUID(int=len(links)), before, task.id, type_, lag))
        leaves.append(task.id)
    return Plan(_START, "UTC", tuple(made), tuple(links), _CALENDARS, _OFFICE)
