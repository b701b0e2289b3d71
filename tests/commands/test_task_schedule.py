"""What moves a task besides its links: deadline, mode, calendar, priority, type and interruptions."""

from typing import Any

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.calendar import DeleteCalendar
from src.commands.calendar_use import CALENDAR_USE
from src.commands.codes import Code
from src.commands.project import CreateProject
from src.commands.task import SetDuration
from src.commands.task_fields import SetFields
from src.commands.task_schedule import (
    SetDeadline,
    SetMode,
    SetPriority,
    SetTaskCalendar,
    SetTaskType,
    SplitTask,
)
from src.commands.task_state import TASK
from src.events.calendar import CalendarDeleted, CalendarLeft, CalendarTaken, CalendarUse
from src.events.task import (
    TaskCalendarSet,
    TaskDeadlineSet,
    TaskDurationChanged,
    TaskModeSet,
    TaskPrioritySet,
    TaskTypeSet,
)
from src.scheduling import Duration, TaskMode, TaskType
from src.testing import at
from tests.commands.garden import add, delete, garden, restore
from tests.commands.leaf import (
    BARN,
    BY_HAND,
    CALENDARS,
    DONE_FRIDAY,
    FRIDAY,
    LEAF,
    MILESTONE,
    MONDAY,
    NIGHTS,
    ON_A,
    OURS,
    STARTS_FRIDAY,
    SUMMARY,
    THEIRS,
    A,
    splits,
)

# --- deadline -----------------------------------------------------------------------------------------------------


async def test_a_deadline_is_set_and_taken_away() -> None:
    """For summaries as well."""
    for plan in (LEAF, SUMMARY):
        deadline_set = TaskDeadlineSet(task=A, deadline=FRIDAY)
        await plan.when(SetDeadline(**ON_A, deadline=FRIDAY)).idempotent().then(deadline_set)
        await plan.also(deadline_set).when(SetDeadline(**ON_A)).idempotent().then(TaskDeadlineSet(task=A))


async def test_a_deadline_that_cannot_be_met_is_set_with_a_warning() -> None:
    """It lies before the project begins, or the task has finished after it."""
    monday = SetDeadline(**ON_A, deadline=MONDAY)
    event = TaskDeadlineSet(task=A, deadline=MONDAY)
    await LEAF.also(STARTS_FRIDAY).when(monday).then(event, warnings=["DEADLINE_BEFORE_PROJECT_START"])
    await LEAF.also(DONE_FRIDAY).when(monday).then(event, warnings=["DEADLINE_MISSED"])
    friday = SetDeadline(**ON_A, deadline=FRIDAY)
    await LEAF.also(STARTS_FRIDAY, DONE_FRIDAY).when(friday).then(TaskDeadlineSet(task=A, deadline=FRIDAY))


# --- mode ---------------------------------------------------------------------------------------------------------


async def test_a_task_is_put_where_it_is_by_hand_and_given_back_to_the_schedule() -> None:
    """With both dates, one, or none; automatic again it has none."""
    for start, finish in ((MONDAY, FRIDAY), (MONDAY, None), (None, FRIDAY), (None, None)):
        manual = TaskModeSet(task=A, mode=TaskMode.MANUAL, start=start, finish=finish)
        await LEAF.when(SetMode(**ON_A, mode=TaskMode.MANUAL, start=start, finish=finish)).idempotent().then(manual)
        auto = SetMode(**ON_A, mode=TaskMode.AUTO)
        await LEAF.also(manual).when(auto).idempotent().then(TaskModeSet(task=A, mode=TaskMode.AUTO))
    await LEAF.when(SetMode(**ON_A, mode=TaskMode.AUTO)).nothing()


async def test_a_task_does_not_finish_before_it_starts_by_hand() -> None:
    """At the same moment it may; a milestone has to."""
    reversed_ = SetMode(**ON_A, mode=TaskMode.MANUAL, start=FRIDAY, finish=MONDAY)
    await LEAF.when(reversed_).refused(Code.MANUAL_FINISH_BEFORE_START)
    long = SetMode(**ON_A, mode=TaskMode.MANUAL, start=MONDAY, finish=FRIDAY)
    await MILESTONE.when(long).refused(Code.MILESTONE_HAS_NO_LENGTH)
    at_once = TaskModeSet(task=A, mode=TaskMode.MANUAL, start=MONDAY, finish=MONDAY)
    await MILESTONE.when(SetMode(**ON_A, mode=TaskMode.MANUAL, start=MONDAY, finish=MONDAY)).then(at_once)


async def test_a_summary_is_not_put_anywhere_by_hand() -> None:
    """It is where its tasks are."""
    await SUMMARY.when(SetMode(**ON_A, mode=TaskMode.MANUAL)).refused(Code.SUMMARY_MODE)
    was_manual = LEAF.also(BY_HAND, add("b", "a"))
    await was_manual.when(SetMode(**ON_A, mode=TaskMode.AUTO)).then(TaskModeSet(task=A, mode=TaskMode.AUTO))


async def test_a_manual_task_of_a_new_duration_keeps_its_start() -> None:
    """Its finish follows."""
    changed = TaskDurationChanged(task=A, duration=Duration(tenths=600))
    start_only = TaskModeSet(task=A, mode=TaskMode.MANUAL, start=MONDAY)
    command = SetDuration(**ON_A, duration=Duration(tenths=600))
    await LEAF.also(BY_HAND).when(command).idempotent().then(changed, start_only)
    await LEAF.also(start_only).when(command).then(changed)


def test_an_automatic_task_carries_no_dates() -> None:
    """And no date has an offset."""
    for fields in ({"mode": "auto", "start": "2026-03-02T08:00:00"}, {"mode": "manual", "finish": "2026-03-02T08:00Z"}):
        with pytest.raises(ValidationError):
            SetMode.model_validate({**ON_A, **fields})


# --- calendar -----------------------------------------------------------------------------------------------------


async def test_a_task_takes_a_calendar_and_leaves_it() -> None:
    """A shared one or the project's own; who uses it stands beside the calendar."""
    plan = LEAF.also(*CALENDARS)
    taken = CalendarTaken(calendar=NIGHTS, use=CalendarUse.TASK, by=A)
    nights = (TaskCalendarSet(task=A, calendar=NIGHTS), taken)
    await plan.when(SetTaskCalendar(**ON_A, calendar=NIGHTS)).idempotent().then(*nights)
    plan = plan.also(SetTaskCalendar(**ON_A, calendar=NIGHTS))
    left = CalendarLeft(calendar=NIGHTS, use=CalendarUse.TASK, by=A)
    ours = (TaskCalendarSet(task=A, calendar=OURS), left, CalendarTaken(calendar=OURS, use=CalendarUse.TASK, by=A))
    await plan.when(SetTaskCalendar(**ON_A, calendar=OURS)).then(*ours)
    await plan.when(SetTaskCalendar(**ON_A)).idempotent().then(TaskCalendarSet(task=A), left)
    ignores = SetTaskCalendar(**ON_A, calendar=NIGHTS, ignores_resource_calendars=True)
    await plan.when(ignores).then(TaskCalendarSet(task=A, calendar=NIGHTS, ignores_resource_calendars=True))


async def test_a_task_takes_a_calendar_that_it_can_use() -> None:
    """None of another project, none that is not there, and none that was deleted."""
    plan = LEAF.also(*CALENDARS, CalendarDeleted(calendar=NIGHTS))
    for calendar in (THEIRS, NIGHTS, uuid4()):
        await plan.when(SetTaskCalendar(**ON_A, calendar=calendar)).refused(Code.CALENDAR_UNKNOWN)


async def test_a_summary_has_no_calendar() -> None:
    """Those of its tasks count; one that it had as a leaf can be taken away."""
    plan = SUMMARY.also(*CALENDARS)
    await plan.when(SetTaskCalendar(**ON_A, calendar=NIGHTS)).refused(Code.SUMMARY_CALENDAR)
    had = LEAF.also(*CALENDARS, SetTaskCalendar(**ON_A, calendar=NIGHTS), add("b", "a"))
    left = CalendarLeft(calendar=NIGHTS, use=CalendarUse.TASK, by=A)
    await had.when(SetTaskCalendar(**ON_A)).then(TaskCalendarSet(task=A), left)


async def test_a_deleted_task_goes_on_to_use_its_calendar() -> None:
    """It may be restored, and needs it then."""
    used = LEAF.also(*CALENDARS, SetTaskCalendar(**ON_A, calendar=NIGHTS))
    for plan in (used, used.also(delete("a")), used.also(delete("a"), restore("a"))):
        assert (CalendarUse.TASK, A) in (await plan.state(CALENDAR_USE.at(NIGHTS))).users
        await plan.when(DeleteCalendar(calendar=NIGHTS)).refused(Code.CALENDAR_IN_USE, task=1)
    free = used.also(SetTaskCalendar(**ON_A), delete("a"))
    await free.when(DeleteCalendar(calendar=NIGHTS)).then(CalendarDeleted(calendar=NIGHTS))


# --- priority and type --------------------------------------------------------------------------------------------


async def test_a_priority_is_set() -> None:
    """From 0 to 1000, of summaries too; 500 is usual."""
    for plan in (LEAF, SUMMARY):
        for priority in (0, 1000):
            command = SetPriority(**ON_A, priority=priority)
            await plan.when(command).idempotent().then(TaskPrioritySet(task=A, priority=priority))
        await plan.when(SetPriority(**ON_A, priority=500)).nothing()
    for beyond in (-1, 1001):
        with pytest.raises(ValidationError):
            SetPriority(**ON_A, priority=beyond)


async def test_a_type_is_set() -> None:
    """Whether it is effort driven stays as it is, unless that is said; fixed work always is."""
    for kind, wanted, effort_driven in (
        (TaskType.FIXED_DURATION, None, False),
        (TaskType.FIXED_DURATION, True, True),
        (TaskType.FIXED_UNITS, True, True),
        (TaskType.FIXED_WORK, None, True),
        (TaskType.FIXED_WORK, True, True),
    ):
        command = SetTaskType(**ON_A, type=kind, effort_driven=wanted)
        await LEAF.when(command).idempotent().then(TaskTypeSet(task=A, type=kind, effort_driven=effort_driven))
    await LEAF.when(SetTaskType(**ON_A, type=TaskType.FIXED_UNITS)).nothing()


async def test_fixed_work_is_effort_driven() -> None:
    """Anything else is a contradiction."""
    command = SetTaskType(**ON_A, type=TaskType.FIXED_WORK, effort_driven=False)
    await LEAF.when(command).refused(Code.FIXED_WORK_IS_EFFORT_DRIVEN)


async def test_a_summary_has_no_type() -> None:
    """It has no work and no units."""
    await SUMMARY.when(SetTaskType(**ON_A, type=TaskType.FIXED_DURATION)).refused(Code.SUMMARY_TYPE)


# --- all of them --------------------------------------------------------------------------------------------------

COMMANDS = [
    SetDeadline(**ON_A, deadline=FRIDAY),
    SetMode(**ON_A, mode=TaskMode.MANUAL),
    SetTaskCalendar(**ON_A, ignores_resource_calendars=True),
    SetPriority(**ON_A, priority=1),
    SetTaskType(**ON_A, type=TaskType.FIXED_WORK),
    SplitTask(**ON_A, splits=splits((600, 10))),
    SetFields(**ON_A, fields={"status": "Open"}),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
async def test_only_what_is_there_is_changed_and_not_behind_anybodys_back(command: Any) -> None:
    """The task is in the plan, the project is open, and the caller has seen the present revision."""
    await garden().when(command).refused(Code.TASK_UNKNOWN)
    await LEAF.also(delete("a")).when(command).refused(Code.TASK_DELETED)
    elsewhere = CreateProject(project=BARN, name="Barn")
    await (
        garden()
        .also(elsewhere, at(TASK.at(A), TaskPrioritySet(task=A, priority=1)))
        .when(command)
        .refused(Code.TASK_UNKNOWN)
    )
    changed = LEAF.also(TaskPrioritySet(task=A, priority=700))
    await changed.when(command, expected=1).refused(Code.STALE_WRITE, changed=["priority"])
    assert getattr(await changed.when(command, expected=2).answer(), "tag", None) == "3.1"
