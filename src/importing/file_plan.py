"""A plan file as the schedule sees it, without a project in between."""

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from ..scheduling import Calendar, Duration, Plan, PlannedAssignment, PlannedLink, PlannedTask, ResourceType
from .identities import Identities
from .plan_file import FileAssignment, FileCalendar, FileResource, FileTask, PlanFile

_NO_DURATION = Duration(tenths=0)

NO_PROJECT = UUID("5b0c0b4e-5a87-5a5e-8a1f-3f8d2c6a9e47")
"""Stands for the project in the ids of a file that is in none."""

IDENTITIES = Identities(NO_PROJECT)


def plan_of_file(file: PlanFile, *, time_zone: str = "UTC", ids: Identities = IDENTITIES) -> Plan:
    """What the schedule is made of. Things have the `ids` that an import gives them.

    Raises ValueError for a file that says no start.
    """
    if file.start is None:
        raise ValueError("the file does not say when the plan starts")
    resources = {resource.uid: resource for resource in file.resources}
    staff: dict[int, list[PlannedAssignment]] = defaultdict(list)
    for entry in file.assignments:
        if resources[entry.resource].type is ResourceType.WORK:
            staff[entry.task].append(_assignment(entry, resources[entry.resource], ids))
    return Plan(
        start=file.start,
        time_zone=time_zone,
        tasks=tuple(_task(task, tuple(staff[task.uid]), ids) for task in file.tasks),
        links=tuple(
            PlannedLink(
                id=ids.link(link.predecessor, link.successor),
                predecessor=ids.task(link.predecessor),
                successor=ids.task(link.successor),
                type=link.type,
                lag=link.lag,
            )
            for link in file.links
        ),
        calendars={ids.calendar(calendar.uid): calendar_of(calendar, time_zone, ids) for calendar in file.calendars},
        calendar=None if file.calendar is None else ids.calendar(file.calendar),
        must_finish=file.must_finish,
        status_date=file.status_date,
        critical_slack=file.critical_slack,
    )


def calendar_of(calendar: FileCalendar, time_zone: str, ids: Identities) -> Calendar:
    """What the calendar says by itself."""
    return Calendar(
        time_zone=time_zone,
        base=None if calendar.base is None else ids.calendar(calendar.base),
        weekdays=calendar.weekdays,
        work_weeks=calendar.work_weeks,
        exceptions=calendar.exceptions,
    )


def _assignment(entry: FileAssignment, resource: FileResource, ids: Identities) -> PlannedAssignment:
    return PlannedAssignment(
        resource=ids.resource(entry.resource),
        units=Decimal(entry.units),
        work=entry.work,
        calendar=None if resource.calendar is None else ids.calendar(resource.calendar),
        delay=entry.delay,
    )


def _task(task: FileTask, assignments: tuple[PlannedAssignment, ...], ids: Identities) -> PlannedTask:
    return PlannedTask(
        id=ids.task(task.uid),
        parent=None if task.parent is None else ids.task(task.parent),
        duration=task.duration or _NO_DURATION,
        constraint=task.constraint,
        deadline=task.deadline,
        mode=task.mode,
        start=task.manual_start,
        finish=task.manual_finish,
        calendar=None if task.calendar is None else ids.calendar(task.calendar),
        ignores_resource_calendars=task.ignores_resource_calendars,
        type=task.type,
        percent_complete=task.percent_complete,
        remaining=task.remaining,
        actual_start=task.actual_start,
        actual_finish=task.actual_finish,
        resume=task.resume,
        splits=task.splits,
        assignments=assignments,
    )
