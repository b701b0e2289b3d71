"""The commands that make a thing what it was, from what it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, assert_never

from ..commands.assignment import Assign
from ..commands.assignment_change import ChangeUnits, SetAssignmentDelay, SetWork
from ..commands.calendar import RenameCalendar, RestoreCalendar, SetCalendarBase
from ..commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from ..commands.calendar_holidays import AddHoliday, RemoveHoliday
from ..commands.calendar_hours import AddException, RemoveException, SetWeekday, SetWorkWeek
from ..commands.command import Command
from ..commands.link import ChangeLink, LinkTasks
from ..commands.member import AddMember, ChangeMemberRole
from ..commands.plan import MoveTask, RestoreTask
from ..commands.staffing import AddResourceToProject, ChangeEnvelope
from ..commands.task import SetConstraint, SetDuration, UpdateTask
from ..commands.task_fields import SetFields
from ..commands.task_schedule import SetDeadline, SetMode, SetPriority, SetTaskCalendar, SetTaskType, SplitTask
from ..projections.rows import Row
from ..scheduling import Constraint, Duration, Lag, LagUnit, ResourceType
from .wanted import Restorable, Wanted


@dataclass(frozen=True)
class Found:
    """What the thing was `then`, and is `now` if it is there; `last` is its newest row also where it is not.

    `place` is given where a task is to be as it was at a moment: the one that it had among its siblings.
    """

    wanted: Wanted
    then: Row
    now: Row | None
    last: Row
    place: int | None = None


def commands_for(found: Found) -> list[Command]:
    """At least one: who may not restore the thing is refused also where it is so already."""
    then, now, names = found.then, found.now, {"project": found.wanted.project, **found.wanted.names}
    match found.wanted.kind:
        case Restorable.TASK:
            return [RestoreTask(**names), *_task(found, names)]
        case Restorable.LINK:
            return [_link(then, now, names)]
        case Restorable.ASSIGNMENT:
            return list(_assignment(then, now, names))
        case Restorable.STAFF:
            said = {"planned": then["planned"], "rate": then["rate"]}
            same = now is None or (now["planned"], now["rate"]) == (then["planned"], then["rate"])
            return [(AddResourceToProject if same else ChangeEnvelope)(**names, **said)]
        case Restorable.MEMBER:
            return [(AddMember if now is None else ChangeMemberRole)(**names, role=then["role"])]
        case Restorable.CALENDAR:
            return [RestoreCalendar(**names), *_calendar(then, found.last, names)]
        case Restorable.WEEKDAY:
            return [SetWeekday(**names, hours=then["hours"])]
        case Restorable.WORK_WEEK:
            return [SetWorkWeek(**names, **_of(then, "name", "start", "finish", "days"))]
        case Restorable.EXCEPTION:
            said = _of(then, "name", "start", "finish", "hours", "recurrence")
            return [*_unless_so(RemoveException, found, names, said), AddException(**names, **said)]
        case Restorable.HOLIDAY:
            said = _of(then, "name")
            return [*_unless_so(RemoveHoliday, found, names, said), AddHoliday(**names, **said)]
        case Restorable.CALENDAR_EVENT:
            said = _of(then, "title", "notes", "start", "end")
            return [*_unless_so(RemoveCalendarEvent, found, names, said), AddCalendarEvent(**names, **said)]
        case _:
            assert_never(found.wanted.kind)


def _of(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _unless_so(remove: type[Command], found: Found, names: dict[str, Any], said: dict[str, Any]) -> list[Command]:
    """What is there and cannot be changed goes first."""
    return [] if found.now is None or _of(found.now, *said) == said else [remove(**names)]


def _link(then: Row, now: Row | None, names: dict[str, Any]) -> Command:
    said = {"type": then["type"], "lag": Lag(amount=then["lag_amount"], unit=LagUnit(then["lag_unit"]))}
    if now is not None:
        return ChangeLink(**names, **said)
    return LinkTasks(**names, **_of(then, "predecessor", "successor"), **said)


def _assignment(then: Row, now: Row | None, names: dict[str, Any]) -> Iterator[Command]:
    """One that was ended begins again as it was; of one that is there the type of the task says what follows."""
    if now is None:
        work = then["work"] if then["type"] == ResourceType.WORK.value else None
        said = _of(then, "units", "delay", "external_id")
        yield Assign(**names, **said, work=work, keeps_duration=True)
        return
    yield SetAssignmentDelay(**names, delay=then["delay"])
    if now["units"] != then["units"]:
        yield ChangeUnits(**names, units=then["units"])
    if now["work"] != then["work"]:
        yield SetWork(**names, work=then["work"])


def _calendar(then: Row, last: Row, names: dict[str, Any]) -> Iterator[Command]:
    """What is its own. What it says are things of their own, and they came back with it."""
    if _differ(then, last, "name"):
        yield RenameCalendar(**names, name=then["name"])
    if _differ(then, last, "base"):
        yield SetCalendarBase(**names, base=then["base"])


def _task(found: Found, names: dict[str, Any]) -> Iterator[Command]:
    """What was set otherwise since then. What was reported stays: it has a date of its own."""
    then, last = found.then, found.last
    if found.place is None:
        return
    if _differ(then, last, "name", "notes"):
        yield UpdateTask(**names, **_of(then, "name", "notes"))
    if _differ(then, last, "fields"):
        removed = tuple(name for name in last["fields"] if name not in then["fields"])
        yield SetFields(**names, fields=then["fields"], removed=removed)
    if _differ(then, last, "type", "effort_driven"):
        yield SetTaskType(**names, **_of(then, "type", "effort_driven"))
    if _differ(then, last, "priority"):
        yield SetPriority(**names, priority=then["priority"])
    yield from _course(then, last, names)
    if _differ(then, last, "parent", "rank"):
        yield MoveTask(**names, parent=then["parent"], position=found.place)


def _course(then: Row, last: Row, names: dict[str, Any]) -> Iterator[Command]:
    """How long, and what bounds it. Interruptions go before the duration is set and come after it: they lie within."""
    longer = _differ(then, last, "duration_tenths", "duration_elapsed")
    if longer and last["splits"]:
        yield SplitTask(**names, splits=())
    if longer:
        yield SetDuration(**names, duration=Duration(tenths=then["duration_tenths"], elapsed=then["duration_elapsed"]))
    if then["splits"] != ([] if longer else last["splits"]):
        yield SplitTask(**names, splits=then["splits"])
    if longer or _differ(then, last, "mode", "manual_start", "manual_finish"):
        yield SetMode(**names, mode=then["mode"], start=then["manual_start"], finish=then["manual_finish"])
    if _differ(then, last, "constraint_type", "constraint_date"):
        constraint = Constraint(type=then["constraint_type"], date=then["constraint_date"])
        yield SetConstraint(**names, constraint=constraint)
    if _differ(then, last, "deadline"):
        yield SetDeadline(**names, deadline=then["deadline"])
    if _differ(then, last, "calendar", "ignores_resource_calendars"):
        yield SetTaskCalendar(**names, **_of(then, "calendar", "ignores_resource_calendars"))


def _differ(then: Row, last: Row, *columns: str) -> bool:
    return any(then[column] != last[column] for column in columns)
