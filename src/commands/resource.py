"""Resources: who and what works, is used up, or costs. Shared ones, which any project may take in, and a project's own.

They are never deleted: one that is not active any more is put on no task, and its history stays.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field

from ..events import Event
from ..events.calendar import CalendarUse
from ..events.resource import (
    MaxUnits,
    ResourceCalendarSet,
    ResourceDeactivated,
    ResourceDefined,
    ResourceMaxUnitsSet,
    ResourceReactivated,
    ResourceRenamed,
    UnitsPeriod,
)
from ..events.staffing import ResourceAddedToProject
from ..scheduling import ResourceType
from .calendar_hours import FIRST_DATE, LAST_DATE
from .calendar_state import CalendarState, refuse_calendar
from .calendar_use import change_calendar_use, load_calendar_use
from .codes import Code
from .command import Context, ExternalId, Name, ScopedCommand
from .handler import Handler
from .permissions import Permission
from .project import PROJECT, refuse_unless_live
from .resource_state import RESOURCE, ResourceState, refuse_resource
from .result import Failure, Result, Success
from .session import Session
from .staffing_state import staffing_at

_MOST_PERIODS = 1_000

ONE = Decimal(1)


class ResourceCommand(ScopedCommand):
    """`project` says whose the resource is, as it was defined; None: it is shared."""

    permission: ClassVar = Permission.MANAGE_RESOURCES
    permission_in_project: ClassVar = Permission.EDIT_PLAN
    resource: UUID


class DefineResource(ScopedCommand):
    """Makes a resource. With a project it is that project's alone, and in it at once; else any project may take it in.

    `max_units` and the calendar are of those who work; `unit`, such as t, is of a material.
    """

    permission: ClassVar = Permission.MANAGE_RESOURCES
    permission_in_project: ClassVar = Permission.EDIT_PLAN
    resource: UUID | None = None
    name: Name
    type: ResourceType = ResourceType.WORK
    max_units: MaxUnits = ONE
    calendar: UUID | None = None
    unit: Name | None = None
    external_id: ExternalId | None = None


class RenameResource(ResourceCommand):
    name: Name


def _of_our_time(period: UnitsPeriod) -> UnitsPeriod:
    if not all(FIRST_DATE <= day <= LAST_DATE for day in (period.start, period.finish) if day is not None):
        raise ValueError(f"a period is from {FIRST_DATE} to {LAST_DATE}; leave out an end that is open")
    return period


PeriodAsked = Annotated[UnitsPeriod, AfterValidator(_of_our_time)]


class SetMaxUnits(ResourceCommand):
    """How much of it there is: in the periods, which must not overlap, what they say; else `max_units`."""

    max_units: MaxUnits
    periods: Annotated[tuple[PeriodAsked, ...], Field(max_length=_MOST_PERIODS)] = ()


class SetResourceCalendar(ResourceCommand):
    """When it works; without a calendar, as the project does."""

    calendar: UUID | None = None


class DeactivateResource(ResourceCommand):
    """It is put on no further task; where it is, it stays."""


class ReactivateResource(ResourceCommand):
    pass


def decide_define(
    command: DefineResource, resource: UUID, state: ResourceState, calendar: CalendarState | None
) -> Result:
    if state.revision:
        return Failure(Code.ALREADY_EXISTS, f"the resource {resource} exists already")
    if failure := _not_for_type(command) or refuse_calendar(calendar, command.project):
        return failure
    defined = ResourceDefined.model_validate({**command.model_dump(), "resource": resource})
    events: list[tuple[str, Event]] = [(RESOURCE.at(resource).stream, defined)]
    if project := command.project:
        stream = staffing_at(project, resource).stream
        events.append((stream, ResourceAddedToProject(project=project, resource=resource)))
    events += change_calendar_use(CalendarUse.RESOURCE, resource, None, command.calendar)
    return Success(tuple(events), ids={"resource": str(resource)})


def _not_for_type(command: DefineResource) -> Failure | None:
    if command.type is not ResourceType.WORK and (command.max_units != ONE or command.calendar):
        return not_for(command.type, "has neither a calendar nor maximum units")
    if command.type is not ResourceType.MATERIAL and command.unit:
        return not_for(command.type, "is not counted in a unit")
    return None


def not_for(type_: ResourceType, what: str) -> Failure:
    """The refusal of what resources of a type do not have."""
    return Failure(Code.NOT_FOR_RESOURCE_TYPE, f"a {type_} resource {what}", {"type": type_.value})


def decide_rename(command: RenameResource, state: ResourceState) -> Result:
    if state.name == command.name:
        return Success()
    return _one(command, ResourceRenamed(resource=command.resource, name=command.name))


def decide_set_max_units(command: SetMaxUnits, state: ResourceState) -> Result:
    if state.type is not ResourceType.WORK:
        return not_for(state.type, "has no maximum units")
    periods = tuple(sorted(command.periods, key=lambda period: (period.start is not None, str(period.start))))
    if failure := _not_apart(periods):
        return failure
    if (state.max_units, state.periods) == (command.max_units, periods):
        return Success()
    return _one(command, ResourceMaxUnitsSet(resource=command.resource, max_units=command.max_units, periods=periods))


def _not_apart(periods: tuple[UnitsPeriod, ...]) -> Failure | None:
    """The refusal of periods that end before they begin, or overlap; they are in order of their starts."""
    for number, period in enumerate(periods, 1):
        if period.start and period.finish and period.finish < period.start:
            return Failure(Code.PERIODS_OVERLAP, f"period {number} ends ({period.finish}) before it starts")
    for before, period in pairwise(periods):
        if before.finish is None or period.start is None or period.start <= before.finish:
            return Failure(
                Code.PERIODS_OVERLAP,
                f"the period from {period.start} starts before the one from {before.start} has ended; move one",
            )
    return None


def decide_set_calendar(command: SetResourceCalendar, state: ResourceState, calendar: CalendarState | None) -> Result:
    """`calendar` is the state of the new one, when one is given."""
    if state.calendar == command.calendar:
        return Success()
    if state.type is not ResourceType.WORK:
        return not_for(state.type, "has no calendar")
    if failure := refuse_calendar(calendar, command.project):
        return failure
    event = ResourceCalendarSet(resource=command.resource, calendar=command.calendar)
    use = change_calendar_use(CalendarUse.RESOURCE, command.resource, state.calendar, command.calendar)
    return Success(((RESOURCE.at(command.resource).stream, event), *use))


def decide_deactivate(command: DeactivateResource, state: ResourceState) -> Result:
    return _one(command, ResourceDeactivated(resource=command.resource)) if state.active else Success()


def decide_reactivate(command: ReactivateResource, state: ResourceState) -> Result:
    return Success() if state.active else _one(command, ResourceReactivated(resource=command.resource))


def _one(command: ResourceCommand, event: Event) -> Success:
    return Success(((RESOURCE.at(command.resource).stream, event),))


async def load_resource(command: ResourceCommand, session: Session) -> ResourceState | Failure:
    """The resource that the command is about, if it may be changed: its project, if it has one, is not archived."""
    ref = RESOURCE.at(command.resource)
    if refusal := await refuse_project(command, session):
        return refusal
    state = await session.load(ref)
    if refusal := refuse_resource(state, command.resource, command.project):
        return refusal
    if state.project != command.project:
        return Failure(
            Code.RESOURCE_UNKNOWN, f"the resource {command.resource} is shared: change it as such, without a project"
        )
    return await session.expect(ref, state.revision, command.resource) or state


async def refuse_project(command: ScopedCommand, session: Session) -> Failure | None:
    """The refusal of a change to what is a project's own, where that is not there or archived."""
    if command.project is None:
        return None
    return refuse_unless_live(command, await session.load(PROJECT.at(command.project)))


async def _define(command: DefineResource, session: Session, context: Context) -> Result:
    resource = command.resource or context.new_id
    if refusal := await refuse_project(command, session):
        return refusal
    state = await session.load(RESOURCE.at(resource))
    if command.project:
        await session.load(staffing_at(command.project, resource))
    calendar = await load_calendar_use(session, None, command.calendar)
    return decide_define(command, resource, state, calendar)


_Change = RenameResource | SetMaxUnits | SetResourceCalendar | DeactivateResource | ReactivateResource


async def _change(command: _Change, session: Session, _context: Context) -> Result:
    state = await load_resource(command, session)
    if isinstance(state, Failure):
        return state
    match command:
        case RenameResource():
            return decide_rename(command, state)
        case SetMaxUnits():
            return decide_set_max_units(command, state)
        case SetResourceCalendar():
            calendar = await load_calendar_use(session, state.calendar, command.calendar)
            return decide_set_calendar(command, state, calendar)
        case DeactivateResource():
            return decide_deactivate(command, state)
        case ReactivateResource():
            return decide_reactivate(command, state)


def resource_queue(command: DefineResource | ResourceCommand, context: Context) -> str:
    return RESOURCE.at(command.resource or context.new_id).stream


def resource_tag(command: DefineResource | ResourceCommand, session: Session, context: Context) -> str:
    return str(session.version(resource_queue(command, context)))


HANDLERS = (
    Handler("DefineResource", DefineResource, _define, resource_queue, resource_tag),
    Handler("RenameResource", RenameResource, _change, resource_queue, resource_tag),
    Handler("SetMaxUnits", SetMaxUnits, _change, resource_queue, resource_tag),
    Handler("SetResourceCalendar", SetResourceCalendar, _change, resource_queue, resource_tag),
    Handler("DeactivateResource", DeactivateResource, _change, resource_queue, resource_tag),
    Handler("ReactivateResource", ReactivateResource, _change, resource_queue, resource_tag),
)
