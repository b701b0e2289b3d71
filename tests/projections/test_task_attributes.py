"""What the read models show of a task and of a project, after whatever was said of them."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from src.config import Settings
from src.events.project import ProjectCalendarSet, ProjectStatusDateSet
from src.events.task import (
    AssignmentUnitsChanged,
    ResourceAssigned,
    TaskCalendarSet,
    TaskDeadlineSet,
    TaskDurationChanged,
    TaskEvent,
    TaskFieldsSet,
    TaskModeSet,
    TaskPrioritySet,
    TaskProgressRecorded,
    TaskSplit,
    TaskTypeSet,
)
from src.projections.projects import PROJECTS, ProjectRow
from src.projections.tasks import TASKS, TaskRow
from src.scheduling import Duration, Split, TaskMode, TaskType
from src.testing import rows_of
from tests.commands.garden import PLOT, garden, id_of

A, NIGHTS, CREW = id_of("a"), uuid4(), uuid4()
NOW, MONDAY, FRIDAY = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 8), datetime(2026, 3, 6, 17)
REPORT = TaskProgressRecorded(
    task=A, percent_complete=40, physical_percent=25, remaining=9600, actual_start=MONDAY, as_of=NOW
)

SHOWN: list[tuple[list[TaskEvent], tuple[str, ...], tuple[object, ...]]] = [
    ([TaskDeadlineSet(task=A, deadline=FRIDAY)], ("deadline",), (FRIDAY,)),
    ([TaskDeadlineSet(task=A, deadline=FRIDAY), TaskDeadlineSet(task=A)], ("deadline",), (None,)),
    (
        [TaskModeSet(task=A, mode=TaskMode.MANUAL, start=MONDAY, finish=FRIDAY)],
        ("mode", "manual_start", "manual_finish"),
        ("manual", MONDAY, FRIDAY),
    ),
    (
        [TaskCalendarSet(task=A, calendar=NIGHTS, ignores_resource_calendars=True)],
        ("calendar", "ignores_resource_calendars"),
        (NIGHTS, True),
    ),
    ([TaskPrioritySet(task=A, priority=1000)], ("priority",), (1000,)),
    (
        [TaskTypeSet(task=A, type=TaskType.FIXED_WORK, effort_driven=True)],
        ("type", "effort_driven"),
        ("fixed_work", True),
    ),
    ([TaskSplit(task=A, splits=(Split(after=600, gap=10),))], ("splits",), ([{"after": 600, "gap": 10}],)),
    (
        [
            TaskFieldsSet(task=A, fields={"status": "Open", "labels": ("b", "a")}),
            TaskFieldsSet(task=A, fields={"points": "3"}, removed=("status",)),
        ],
        ("fields", "revision"),
        ({"labels": ["b", "a"], "points": "3"}, 3),
    ),
    ([REPORT], ("percent_complete", "physical_percent", "remaining_tenths"), (40, 25, 9600)),
    (
        [REPORT, TaskDurationChanged(task=A, duration=Duration(tenths=9600))],
        ("duration_tenths", "remaining_tenths"),
        (9600, None),
    ),
    ([], ("mode", "priority", "type", "effort_driven", "splits"), ("auto", 500, "fixed_units", False, [])),
    (
        [
            ResourceAssigned(task=A, resource=CREW, units=Decimal(1), work=4800),
            AssignmentUnitsChanged(task=A, resource=CREW, units=Decimal(2)),
        ],
        ("revision",),
        (3,),
    ),
]


@pytest.mark.parametrize("events, columns, values", SHOWN)
async def test_a_task_is_shown_as_it_was_last_set(
    settings: Settings, events: list[TaskEvent], columns: tuple[str, ...], values: tuple[object, ...]
) -> None:
    """Also its revision, which assignments are counted in."""
    await garden(a="").also(*events).on(settings).when(TASKS).then(rows_of(TaskRow, *columns).are(values))


async def test_a_project_is_shown_without_calendar_and_status_date(settings: Settings) -> None:
    """None of them until they are set."""
    shown = rows_of(ProjectRow, "calendar", "status_date", "revision")
    await garden().on(settings).when(PROJECTS).then(shown.are((None, None, 2)))


async def test_a_project_is_shown_as_it_was_last_set(settings: Settings) -> None:
    """With its calendar and its status date."""
    shown = rows_of(ProjectRow, "calendar", "status_date", "revision")
    calendar = ProjectCalendarSet(project=PLOT, calendar=NIGHTS)
    date = ProjectStatusDateSet(project=PLOT, status_date=FRIDAY)
    await garden().also(calendar, date).on(settings).when(PROJECTS).then(shown.are((NIGHTS, FRIDAY, 4)))
