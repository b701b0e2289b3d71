"""What an import makes of calendars, resources and assignments: everything the first time, the differences after."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from src.commands.assignment_state import AssignmentState
from src.commands.calendar import DeleteCalendar, RestoreCalendar
from src.commands.calendar_holidays import AddHoliday
from src.commands.calendar_hours import AddException
from src.commands.calendar_state import CALENDAR, CalendarState
from src.commands.project import PROJECT
from src.commands.project_settings import SetDefaultCalendar
from src.commands.resource_state import RESOURCE, ResourceState
from src.commands.task_state import TASK, TaskState
from src.importing import PlanFile
from src.importing.calendar_row import exception_id
from src.importing.identities import Identities
from src.importing.plan_file import FileAssignment, FileCalendar, FileRate, FileResource
from src.scheduling import CalendarException, Duration, ResourceType, TaskMode, TaskType, Weekday, WorkingInterval

from .made import MONDAY, leaf, plan
from .planning import Importer

MORNING = (WorkingInterval(start="08:00", finish="12:00"),)
STANDARD = FileCalendar(1, "Standard", None, {Weekday.SATURDAY: MORNING, Weekday.MONDAY: ()}, (), (), 1)
ADA = FileResource(1, "Ada", ResourceType.WORK, Decimal(1), 1, calendar=2)
SAND = FileResource(2, "Sand", ResourceType.MATERIAL, Decimal(1), 1, unit="t")
ON = FileAssignment(1, 1, 1, Decimal("0.33"), 1600, 0, 1600, 0, 1)
HERS = FileCalendar(2, "Ada", 1, {}, (), (), 1)


def staffed(*assignments: FileAssignment, **rest: Any) -> PlanFile:
    """A plan of two tasks, with Ada, who has her own calendar, and sand."""
    fields: dict[str, Any] = {"calendars": (STANDARD, HERS), "resources": (ADA, SAND), "calendar": 1} | rest
    tasks = fields.pop("tasks", (leaf(1), leaf(2)))
    return plan(*tasks, assignments=assignments, **fields)


async def task_of(ann: Importer, project: UUID, uid: int) -> TaskState:
    """A task as commands see it."""
    session = ann.app.commands.session(ann.actor.context())
    return await session.load(TASK.at(Identities(project).task(uid)))


async def calendar_of(ann: Importer, project: UUID, uid: int) -> CalendarState:
    """A calendar as commands see it."""
    session = ann.app.commands.session(ann.actor.context())
    return await session.load(CALENDAR.at(Identities(project).calendar(uid)))


async def resource_of(ann: Importer, project: UUID, uid: int) -> ResourceState:
    """A resource as commands see it."""
    session = ann.app.commands.session(ann.actor.context())
    return await session.load(RESOURCE.at(Identities(project).resource(uid)))


def assigned(state: TaskState, project: UUID, uid: int = 1) -> AssignmentState:
    """What a resource does on a task."""
    return state.assignments[Identities(project).resource(uid)]


async def test_staff_arrives_as_the_file_says(ann: Importer) -> None:
    """The project's own calendars and resources are made, and put on tasks with work and units as they are."""
    file = staffed(ON, FileAssignment(2, 1, 2, Decimal(3), 0, 0, 0, 0, 1))
    project = (await ann.take(file)).project
    session = ann.app.commands.session(ann.actor.context())
    assert (await session.load(PROJECT.at(project))).calendar == Identities(project).calendar(1)
    standard, hers = [await calendar_of(ann, project, uid) for uid in (1, 2)]
    assert (standard.project, dict(standard.weekdays)) == (project, STANDARD.weekdays)
    assert hers.base == Identities(project).calendar(1)
    ada, sand = [await resource_of(ann, project, uid) for uid in (1, 2)]
    assert (ada.project, ada.calendar, sand.type) == (project, Identities(project).calendar(2), "material")
    task = await task_of(ann, project, 1)
    on = assigned(task, project)
    assert (on.units, on.work, task.duration.tenths) == (Decimal("0.33"), 1600, 4800)
    assert assigned(task, project, 2).units == 3
    assert (await ann.take(file)).done == {}


async def test_an_assignment_that_changed_is_taken_as_it_is(ann: Importer) -> None:
    """Whatever the type of the task, duration, units and work are those of the file, and one that is gone goes."""
    for kind in TaskType:
        tasks = (leaf(1, type=kind, effort_driven=kind is TaskType.FIXED_WORK), leaf(2))
        first = staffed(ON, source=f"plan {kind}", tasks=tasks)
        project = (await ann.take(first)).project
        longer = (replace(tasks[0], duration=Duration(tenths=9600)), leaf(2))
        changed = replace(first, tasks=longer, assignments=(replace(ON, units=Decimal("0.7"), work=777),))
        report = await ann.take(changed)
        assert report.project == project
        task = await task_of(ann, project, 1)
        on = assigned(task, project)
        assert (task.duration.tenths, on.units, on.work, task.type) == (9600, Decimal("0.7"), 777, kind)
        assert (await ann.take(changed)).done == {}
        await ann.take(replace(changed, assignments=()))
        assert not assigned(await task_of(ann, project, 1), project).live


async def test_work_that_was_done_is_taken_over(ann: Importer) -> None:
    """Actual and remaining work are reported, and less than before as well: the import is the reason."""
    file = staffed(replace(ON, actual_work=600, remaining_work=1200))
    project = (await ann.take(file)).project
    on = assigned(await task_of(ann, project, 1), project)
    assert (on.actual_work, on.to_come) == (600, 1200)
    assert (await ann.take(file)).done == {}
    assert (await ann.take(replace(file, assignments=(ON,)))).done == {"RecordActualWork": 1}


async def test_more_than_there_is_of_a_resource_is_taken_over(ann: Importer) -> None:
    """A file may assign two of a resource of which there is one; there is one again in the end."""
    file = staffed(replace(ON, units=Decimal(2)))
    project = (await ann.take(file)).project
    assert assigned(await task_of(ann, project, 1), project).units == 2
    assert (await resource_of(ann, project, 1)).max_units == 1
    assert (await ann.take(file)).done == {}


async def test_what_was_assigned_by_hand_stays(ann: Importer) -> None:
    """A resource that somebody has put on a task of the file is not in the file, and stays."""
    from src.commands.assignment import Assign
    from src.commands.resource import DefineResource

    file = staffed(ON)
    project = (await ann.take(file)).project
    bob = uuid4()
    await ann.actor.do(DefineResource(project=project, resource=bob, name="Bob"))
    await ann.actor.do(Assign(project=project, task=Identities(project).task(2), resource=bob))
    assert (await ann.take(file)).done == {}
    assert (await task_of(ann, project, 2)).assignments[bob].live


async def test_calendars_follow_the_file(ann: Importer) -> None:
    """Weekdays, exceptions and bases become those of the file; exceptions made by hand stay and are not doubled."""
    holiday = exception(1, "May Day")
    file = staffed(calendars=(replace(STANDARD, exceptions=(holiday,)), HERS))
    project = (await ann.take(file)).project
    own: dict[str, Any] = {"project": project, "calendar": Identities(project).calendar(1)}
    await ann.actor.do(AddException(name="Fair", start=date(2026, 5, 4), finish=date(2026, 5, 4), **own))
    await ann.actor.do(AddHoliday(name="Rain", date=date(2026, 5, 5), **own))
    moved = replace(STANDARD, weekdays={Weekday.SUNDAY: MORNING}, exceptions=(exception(2, "Off"),))
    same = (exception(4, "Fair"), exception(5, "Rain"))
    changed = staffed(calendars=(replace(moved, exceptions=(*moved.exceptions, *same)), replace(HERS, base=None)))
    report = await ann.take(changed)
    assert report.done == {"SetWeekday": 3, "RemoveException": 1, "AddException": 1, "SetCalendarBase": 1}
    found = await calendar_of(ann, project, 1)
    assert dict(found.weekdays) == {Weekday.SUNDAY: MORNING}
    assert {each.name for each in found.exceptions} == {"Fair", "Off"}
    assert (await ann.take(changed)).done == {}


def exception(day: int, name: str) -> CalendarException:
    """A day in May, as a file says it."""
    made = CalendarException(id=uuid4(), name=name, start=date(2026, 5, day), finish=date(2026, 5, day))
    return made.model_copy(update={"id": exception_id(made)})


async def test_a_calendar_that_was_deleted_comes_back(ann: Importer) -> None:
    """It is another one of the same name, and stays that one when somebody restores the first."""
    file = plan(leaf(1), calendars=(STANDARD,), calendar=1)
    project = (await ann.take(file)).project
    await ann.actor.do(SetDefaultCalendar(project=project))
    await ann.actor.do(DeleteCalendar(project=project, calendar=Identities(project).calendar(1)))
    assert (await ann.take(file)).done == {"CreateCalendar": 1, "SetWeekday": 2, "SetDefaultCalendar": 1}
    assert (await ann.take(file)).done == {}
    await ann.actor.do(RestoreCalendar(project=project, calendar=Identities(project).calendar(1)))
    assert (await ann.take(file)).done == {}


async def test_rates_are_dated_and_never_change(ann: Importer) -> None:
    """A rate from a new date on is added; another amount from a known date stays what it is."""
    rates = (FileRate(None, Decimal(50), Decimal(75), Decimal(5)),)
    file = staffed(resources=(replace(ADA, rates=rates), SAND), currency="EUR")
    project = (await ann.take(file)).project
    more = (replace(rates[0], rate=Decimal(60)), replace(rates[0], start=date(2026, 6, 1)))
    assert (await ann.take(replace(file, resources=(replace(ADA, rates=more), SAND)))).done == {"SetRate": 1}
    found = (await resource_of(ann, project, 1)).rates
    assert [(rate.start, rate.rate) for rate in found] == [(None, Decimal(50)), (date(2026, 6, 1), Decimal(50))]


async def test_what_moves_a_task_follows_the_file(ann: Importer) -> None:
    """Deadline, mode, calendar, priority and status date are taken over, and given up again."""
    later = datetime.fromisoformat("2026-04-01T17:00:00")
    own: dict[str, Any] = {"deadline": later, "mode": TaskMode.MANUAL, "manual_start": MONDAY, "calendar": 2}
    file = staffed(tasks=(leaf(1, priority=700, **own), leaf(2)), status_date=later)
    project = (await ann.take(file)).project
    task = await task_of(ann, project, 1)
    assert (task.deadline, task.mode, task.manual_start, task.priority) == (later, "manual", MONDAY, 700)
    assert task.calendar == Identities(project).calendar(2)
    assert (await ann.take(file)).done == {}
    await ann.take(staffed())
    plain = await task_of(ann, project, 1)
    assert (plain.deadline, plain.mode, plain.calendar, plain.priority) == (None, "auto", None, 500)


async def test_a_staffed_leaf_becomes_a_summary(ann: Importer) -> None:
    """Where the edited file has tasks below it, its resources leave it first."""
    project = (await ann.take(staffed(ON))).project
    edited = staffed(tasks=(leaf(1), leaf(3, 1), leaf(2)))
    assert (await ann.take(edited)).done == {"Unassign": 1, "AddTask": 1}
    assert (await ann.take(edited)).project == project
