"""A project with one task, and what the task may have of its own."""

from datetime import UTC, datetime
from typing import Any

from uuid_utils.compat import uuid4

from src.commands.progress import RecordProgress
from src.commands.project import SetProjectWindow
from src.events.calendar import CalendarCreated
from src.events.task import (
    TaskDurationChanged,
    TaskModeSet,
)
from src.scheduling import Duration, Split, TaskMode
from src.testing import done
from tests.commands.garden import PLOT, garden, id_of

A, BARN = id_of("a"), uuid4()
ON_A: dict[str, Any] = {"project": PLOT, "task": A}
MONDAY, FRIDAY = datetime(2026, 3, 2, 8), datetime(2026, 3, 6, 17)
LEAF, SUMMARY = garden(a=""), garden(a="", b="a")
MILESTONE = LEAF.also(TaskDurationChanged(task=A, duration=Duration(tenths=0)))
ELAPSED = LEAF.also(TaskDurationChanged(task=A, duration=Duration(tenths=4800, elapsed=True)))
STARTS_FRIDAY = SetProjectWindow(project=PLOT, start=FRIDAY)
DONE_FRIDAY = done(RecordProgress(**ON_A, actual_start=MONDAY, actual_finish=FRIDAY), now=FRIDAY.replace(tzinfo=UTC))
BY_HAND = TaskModeSet(task=A, mode=TaskMode.MANUAL, start=MONDAY, finish=FRIDAY)
NIGHTS, OURS, THEIRS = uuid4(), uuid4(), uuid4()
CALENDARS = (
    CalendarCreated(calendar=NIGHTS, name="Nights", time_zone="UTC"),
    CalendarCreated(calendar=OURS, project=PLOT, name="Ours", time_zone="UTC"),
    CalendarCreated(calendar=THEIRS, project=BARN, name="Theirs", time_zone="UTC"),
)


def splits(*pairs: tuple[int, int]) -> tuple[Split, ...]:
    """Each after how much, and for how long."""
    return tuple(Split(after=after, gap=gap) for after, gap in pairs)
