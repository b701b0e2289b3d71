"""What can happen around the tasks of plans: calendars, resources, assignments, and what moves a task."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from src.commands.actual_work import RecordActualWork
from src.commands.assignment import Assign, Unassign
from src.commands.assignment_change import ChangeUnits, SetAssignmentDelay, SetWork
from src.commands.calendar import CreateCalendar, DeleteCalendar, RenameCalendar, RestoreCalendar, SetCalendarBase
from src.commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from src.commands.calendar_holidays import AddHoliday, AddHolidays, RemoveHoliday
from src.commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
from src.commands.command import Command
from src.commands.project_settings import SetDefaultCalendar, SetStatusDate
from src.commands.resource import (
    DeactivateResource,
    DefineResource,
    ReactivateResource,
    RenameResource,
    SetMaxUnits,
    SetResourceCalendar,
)
from src.commands.resource_rate import SetRate
from src.commands.resource_user import SetResourceUser
from src.commands.staffing import AddResourceToProject, ChangeEnvelope, WithdrawResource
from src.commands.task_schedule import (
    SetDeadline,
    SetMode,
    SetPriority,
    SetTaskCalendar,
    SetTaskType,
    SplitTask,
)
from src.events.resource import UnitsPeriod
from src.scheduling import Hours, ResourceType, Split, TaskMode, TaskType, Weekday, WeekdayHours, WorkingInterval

_MONDAY = datetime(2026, 3, 2, 8)
_FIRST = date(2026, 3, 2)
_FEW = 2
"""Of each part of a calendar so many ids are drawn from, so that the same thing is met again."""
_LAST = 2
"""Things happen to the newest of each kind, so that much happens to each."""


class Surroundings:
    """Commands by chance, mostly about what there is; calendars and resources are shared, or of the project."""

    def __init__(self, dice: random.Random, users: list[UUID]) -> None:
        self._dice = dice
        self._users = users
        self._calendars: dict[UUID | None, list[UUID]] = defaultdict(list)
        self._gone: dict[UUID | None, list[UUID]] = defaultdict(list)
        self._resources: dict[UUID | None, list[UUID]] = defaultdict(list)
        self._staff: dict[UUID, list[UUID]] = defaultdict(list)
        self._assigned: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)

    def remember(self, command: Command) -> None:
        """What there is, now that this was done."""
        match command:
            case CreateCalendar(project=scope, calendar=UUID() as calendar):
                self._calendars[scope].append(calendar)
            case DeleteCalendar(project=scope, calendar=calendar):
                self._calendars[scope].remove(calendar)
                self._gone[scope].append(calendar)
            case RestoreCalendar(project=scope, calendar=calendar):
                self._gone[scope].remove(calendar)
                self._calendars[scope].append(calendar)
            case DefineResource(project=scope, resource=UUID() as resource):
                self._resources[scope].append(resource)
                if scope:
                    self._staff[scope].append(resource)
            case AddResourceToProject():
                self._staff[command.project].append(command.resource)
            case WithdrawResource():
                self._staff[command.project].remove(command.resource)
            case Assign():
                self._assigned[command.project].append((command.task, command.resource))
            case Unassign():
                self._assigned[command.project].remove((command.task, command.resource))
            case _:
                pass

    def something(self, project: UUID, task: UUID) -> Command:
        """Any of them, those oftener that others need."""
        dice = self._dice
        (kind,) = dice.choices([self._calendar, self._resource, self._assignment, self._task], weights=[4, 4, 5, 3])
        return kind(project, task)

    def _calendar(self, project: UUID, _task: UUID) -> Command:
        dice = self._dice
        scope = self._scope(project)
        calendar = self._one_of(self._calendars[scope])
        part = UUID(int=dice.randrange(_FEW))
        what: dict[str, Any] = {"project": scope, "calendar": calendar}
        new: dict[str, Any] = {"project": scope, "calendar": self._id(), "time_zone": "Europe/Berlin"}
        start = _FIRST + timedelta(days=dice.randrange(60))
        span: dict[str, Any] = {"start": start, "finish": start + timedelta(days=dice.randrange(9))}
        begin = datetime(2026, 3, 2, dice.randrange(24), tzinfo=UTC)
        base = dice.choice([None, self._calendar_for(scope)])
        kinds: list[Callable[[], Command]] = [
            *[lambda: CreateCalendar(base=base, name=self._name(), **new)] * 2,
            lambda: RenameCalendar(name=self._name(), **what),
            lambda: SetCalendarBase(base=base, **what),
            lambda: SetWeekday(weekday=dice.choice(list(Weekday)), hours=dice.choice([None, self._hours()]), **what),
            lambda: SetWorkWeek(
                work_week=part, days=(WeekdayHours(weekday=Weekday.FRIDAY, hours=self._hours()),), **span, **what
            ),
            lambda: RemoveWorkWeek(work_week=part, **what),
            lambda: AddException(exception=part, hours=self._hours(), **span, **what),
            lambda: RemoveException(exception=part, **what),
            lambda: AddHoliday(date=_FIRST + timedelta(days=dice.randrange(_FEW)), name=self._name(), **what),
            lambda: AddHolidays(country="DE", region="BE", years=(2026 + dice.randrange(_FEW),), **what),
            lambda: RemoveHoliday(date=_FIRST + timedelta(days=dice.randrange(_FEW)), **what),
            lambda: AddCalendarEvent(entry=part, title=self._name(), start=begin, end=begin, **what),
            lambda: RemoveCalendarEvent(entry=part, **what),
            lambda: DeleteCalendar(**what),
            lambda: RestoreCalendar(**what | {"calendar": self._one_of(self._gone[scope])}),
        ]
        return dice.choice(kinds)()

    def _resource(self, project: UUID, _task: UUID) -> Command:
        dice = self._dice
        scope = self._scope(project)
        what: dict[str, Any] = {"project": scope, "resource": self._one_of(self._resources[scope])}
        new: dict[str, Any] = {"project": scope, "resource": self._id(), "type": self._type()}
        shared: dict[str, Any] = {"project": project, "resource": self._one_of(self._resources[None])}
        staff: dict[str, Any] = {"project": project, "resource": self._one_of(self._staff[project])}
        amount = Decimal(dice.randrange(100))
        calendar = dice.choice([None, self._calendar_for(scope)])
        user = dice.choice([None, *self._users[-_LAST:]])
        units = Decimal(dice.randrange(1, 5))
        period = UnitsPeriod(start=_FIRST, units=units)
        kinds: list[Callable[[], Command]] = [
            *[lambda: DefineResource(name=self._name(), max_units=units, **new)] * 2,
            lambda: RenameResource(name=self._name(), **what),
            lambda: SetRate(currency="EUR", rate=amount, start=_FIRST + timedelta(days=dice.randrange(99)), **what),
            lambda: SetMaxUnits(max_units=units, periods=dice.choice([(), (period,)]), **what),
            *[lambda: SetResourceUser(user=user, **what)] * 2,
            *[lambda: SetResourceCalendar(calendar=calendar, **what)] * 3,
            lambda: DeactivateResource(**what),
            *[lambda: ReactivateResource(**what)] * 2,
            *[lambda: AddResourceToProject(planned=dice.randrange(9_000), **shared)] * 3,
            lambda: ChangeEnvelope(planned=dice.randrange(9_000), **staff),
            lambda: WithdrawResource(**staff),
        ]
        return dice.choice(kinds)()

    def _assignment(self, project: UUID, task: UUID) -> Command:
        dice = self._dice
        new: dict[str, Any] = {"project": project, "task": task, "resource": self._one_of(self._staff[project])}
        assigned = self._assigned[project]
        there, resource = dice.choice(assigned[-_LAST:]) if assigned else (task, self._id())
        what: dict[str, Any] = {"project": project, "task": there, "resource": resource}
        work = dice.randrange(9_000)
        kinds: list[Callable[[], Command]] = [
            *[lambda: Assign(units=Decimal(1), **new)] * 2,
            lambda: Assign(units=Decimal("0.5"), work=work, keeps_duration=True, **new),
            *[lambda: ChangeUnits(units=Decimal(dice.randrange(1, 5)) / 4, **what)] * 3,
            *[lambda: SetWork(work=work, **what)] * 2,
            lambda: SetAssignmentDelay(delay=dice.randrange(_FEW) * 600, **what),
            *[lambda: RecordActualWork(actual_work=work, **what)] * 2,
            lambda: Unassign(**what),
        ]
        return dice.choice(kinds)()

    def _task(self, project: UUID, task: UUID) -> Command:
        dice = self._dice
        what: dict[str, Any] = {"project": project, "task": task}
        moment = dice.choice([None, _MONDAY + timedelta(days=dice.randrange(9))])
        calendar = dice.choice([None, self._calendar_for(project)])
        gap = Split(after=600 * dice.randrange(1, 4), gap=600)
        kinds: list[Callable[[], Command]] = [
            lambda: SetDeadline(deadline=moment, **what),
            lambda: SetMode(mode=TaskMode.MANUAL, start=moment, **what),
            lambda: SetMode(mode=TaskMode.AUTO, **what),
            lambda: SetTaskCalendar(calendar=calendar, **what),
            lambda: SetPriority(priority=dice.randrange(1_001), **what),
            lambda: SetTaskType(type=dice.choice(list(TaskType)), **what),
            lambda: SplitTask(splits=dice.choice([(), (gap,)]), **what),
            lambda: SetDefaultCalendar(project=project, calendar=calendar),
            lambda: SetStatusDate(project=project, status_date=moment),
        ]
        return dice.choice(kinds)()

    def _scope(self, project: UUID) -> UUID | None:
        return self._dice.choice([None, project])

    def _calendar_for(self, scope: UUID | None) -> UUID:
        """One that it may use, at least if it is there still."""
        return self._one_of(self._calendars[self._dice.choice([None, scope])])

    def _one_of(self, there: list[UUID]) -> UUID:
        return self._dice.choice(there[-_LAST:] or [self._id()])

    def _id(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128), version=4)

    def _hours(self) -> Hours:
        begin = self._dice.randrange(1, 9)
        return (WorkingInterval(start=f"0{begin}:00", finish=f"{begin + 10}:00"),)

    def _type(self) -> ResourceType:
        kinds: list[ResourceType] = [ResourceType.WORK, ResourceType.WORK, *ResourceType]
        return self._dice.choice(kinds)

    def _name(self) -> str:
        return f"Name {self._dice.randrange(10**9)}"
