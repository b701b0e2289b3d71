"""Resources: what they are, how much of them there is, what they cost, and whether they may be used."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from src.commands.calendar_use import CALENDAR_USE
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.member import AddMember
from src.commands.project import ArchiveProject, CreateProject
from src.commands.resource import (
    DeactivateResource,
    ReactivateResource,
    RenameResource,
    SetMaxUnits,
    SetResourceCalendar,
)
from src.commands.resource_rate import SetRate
from src.commands.resource_state import RESOURCE
from src.events.calendar import CalendarCreated, CalendarDeleted, CalendarLeft, CalendarTaken, CalendarUse
from src.events.project import ProjectRole
from src.events.resource import (
    Rate,
    ResourceCalendarSet,
    ResourceDeactivated,
    ResourceDefined,
    ResourceMaxUnitsSet,
    ResourceRateSet,
    ResourceReactivated,
    ResourceRenamed,
    UnitsPeriod,
)
from src.events.staffing import ResourceAddedToProject
from src.scheduling import ResourceType
from src.testing import a_user, done, given
from tests.commands.garden import PLOT, garden
from tests.commands.staff import define, worker

ANN, BARN = worker("ann"), UUID(int=77)
PLANNER, EDITOR, STRANGER = UUID(int=11), UUID(int=12), UUID(int=13)
SHARED, OWN, OTHER, GONE = (UUID(int=number) for number in range(21, 25))
CALENDARS = (
    CreateProject(project=BARN, name="Barn"),
    CalendarCreated(calendar=SHARED, name="Shared", time_zone="UTC"),
    CalendarCreated(calendar=OWN, name="Own", time_zone="UTC", project=PLOT),
    CalendarCreated(calendar=OTHER, name="Of another", time_zone="UTC", project=BARN),
    CalendarCreated(calendar=GONE, name="Gone", time_zone="UTC"),
    CalendarDeleted(calendar=GONE),
)
ANN_IS_THERE = given(define("ann"))
A_DAY = date(2026, 3, 2)


def period(start: date | None, finish: date | None, units: int = 1) -> UnitsPeriod:
    """So much in that time."""
    return UnitsPeriod(start=start, finish=finish, units=Decimal(units))


# --- defining -----------------------------------------------------------------------------------------------------


async def test_a_resource_is_defined() -> None:
    """A shared one is in no project yet."""
    defined = ResourceDefined(resource=ANN, name="ann", type=ResourceType.WORK, max_units=Decimal(1))
    accepted = await given().when(define("ann")).then(defined)
    assert (accepted.ids, accepted.tag) == ({"resource": str(ANN)}, "1")


async def test_a_resource_of_a_project_is_in_it_at_once() -> None:
    """It is nobody else's."""
    defined = ResourceDefined(resource=ANN, project=PLOT, name="ann", type=ResourceType.WORK, max_units=Decimal(1))
    added = ResourceAddedToProject(project=PLOT, resource=ANN)
    await garden().when(define("ann", project=PLOT)).then(defined, added)


async def test_a_resource_is_defined_once() -> None:
    """Ids are not used twice."""
    await ANN_IS_THERE.when(define("ann")).refused(Code.ALREADY_EXISTS)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "material", "calendar": SHARED},
        {"type": "cost", "max_units": 2},
        {"type": "material", "max_units": 2},
        {"type": "work", "unit": "t"},
        {"type": "cost", "unit": "t"},
    ],
)
async def test_a_type_has_what_is_its_own(fields: dict[str, Any]) -> None:
    """A material is counted and has no calendar, a cost only costs."""
    await given(*CALENDARS).when(define("ann", **fields)).refused(Code.NOT_FOR_RESOURCE_TYPE, type=fields["type"])


async def test_a_material_is_counted_in_a_unit() -> None:
    """Such as t."""
    state = await given().when(define("soil", type="material", unit="t")).state(RESOURCE.at(worker("soil")))
    assert (state.type, state.active) == (ResourceType.MATERIAL, True)


@pytest.mark.parametrize("number", ["-1", "NaN", "1000001", "0.00001", "1e400"])
def test_what_is_no_amount_is_no_command(number: str) -> None:
    """Neither of units nor of money."""
    with pytest.raises(ValidationError):
        define("ann", max_units=number)
    with pytest.raises(ValidationError):
        SetRate.model_validate({"resource": ANN, "currency": "EUR", "rate": number if number[0] != "1" else "-1"})


# --- who may ------------------------------------------------------------------------------------------------------


async def test_who_may_edit_a_plan_may_change_its_resources() -> None:
    """What is shared is for planners; to outsiders the project does not exist."""
    there = given(
        *[a_user(user) for user in (PLANNER, STRANGER)],
        a_user(EDITOR, "operator"),
        done(CreateProject(project=PLOT, name="Garden"), by=PLANNER),
        done(AddMember(project=PLOT, user=EDITOR, role=ProjectRole.EDITOR), by=PLANNER),
        define("ann"),
        define("own", project=PLOT),
    )
    own: dict[str, Any] = {"resource": worker("own"), "project": PLOT}
    await there.when(RenameResource(resource=ANN, name="Anna"), by=EDITOR).refused(Code.FORBIDDEN)
    renamed = ResourceRenamed(resource=ANN, name="Anna")
    await there.when(RenameResource(resource=ANN, name="Anna"), by=STRANGER).then(renamed)
    await there.when(RenameResource(**own, name="Mine"), by=STRANGER).refused(Code.NOT_FOUND)
    rate = SetRate(**own, currency="EUR", rate=Decimal(80))
    await there.when(rate, by=EDITOR).refused(Code.FORBIDDEN, permission="project.manage")
    event = ResourceRateSet(resource=worker("own"), rate=Rate(currency="EUR", rate=Decimal(80)))
    await there.when(rate, by=PLANNER).then(event)
    mine = ResourceRenamed(resource=worker("own"), name="Mine")
    await there.when(RenameResource(**own, name="Mine"), by=EDITOR).then(mine)


async def test_a_resource_is_changed_where_it_belongs() -> None:
    """A shared one as such, a project's own within the project; what is not there is unknown."""
    there = garden().also(*CALENDARS, define("ann"), define("own", project=PLOT))
    for resource, project in ((ANN, PLOT), (worker("own"), None), (worker("own"), BARN), (worker("nobody"), None)):
        for command in _about(resource, project):
            await there.when(command).refused(Code.RESOURCE_UNKNOWN)


async def test_an_archived_project_keeps_its_resources_as_they_are() -> None:
    """It is read-only."""
    archived = garden().also(define("own", project=PLOT), ArchiveProject(project=PLOT))
    for command in (*_about(worker("own"), PLOT), define("more", project=PLOT)):
        await archived.when(command).refused(Code.PROJECT_ARCHIVED)


async def test_a_resource_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """The refusal tells what was changed."""
    there = ANN_IS_THERE.also(RenameResource(resource=ANN, name="Anna"))
    for command in _about(ANN, None):
        refusal = await there.when(command, expected=1).refused(Code.STALE_WRITE)
        assert refusal.details["changed"] == ["name"]


def _about(resource: UUID, project: UUID | None) -> list[Command]:
    of: dict[str, Any] = {"resource": resource, "project": project}
    return [
        RenameResource(**of, name="Another"),
        SetMaxUnits(**of, max_units=Decimal(3)),
        SetResourceCalendar(**of),
        SetRate(**of, currency="EUR", rate=Decimal(80)),
        DeactivateResource(**of),
        ReactivateResource(**of),
    ]


# --- changing -----------------------------------------------------------------------------------------------------


async def test_a_resource_is_renamed() -> None:
    """And keeps its id."""
    renamed = ResourceRenamed(resource=ANN, name="Anna")
    await ANN_IS_THERE.when(RenameResource(resource=ANN, name="Anna")).idempotent().then(renamed)


async def test_there_is_another_amount_of_it_in_other_periods() -> None:
    """In the order of their starts; none of it may be one."""
    later, first = period(date(2026, 4, 1), None, 0), period(None, date(2026, 3, 31), 2)
    command = SetMaxUnits(resource=ANN, max_units=Decimal(1), periods=(later, first))
    event = ResourceMaxUnitsSet(resource=ANN, max_units=Decimal(1), periods=(first, later))
    await ANN_IS_THERE.when(command).idempotent().then(event)


@pytest.mark.parametrize(
    "periods",
    [
        (period(None, None), period(A_DAY, None)),
        (period(None, A_DAY), period(A_DAY, None)),
        (period(None, A_DAY), period(None, A_DAY)),
        (period(date(2026, 4, 1), A_DAY),),
    ],
)
async def test_periods_do_not_overlap(periods: tuple[UnitsPeriod, ...]) -> None:
    """Both ends belong to a period."""
    command = SetMaxUnits(resource=ANN, max_units=Decimal(1), periods=periods)
    await ANN_IS_THERE.when(command).refused(Code.PERIODS_OVERLAP)


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_dates_are_of_our_time(day: date) -> None:
    """Periods and rates begin and end in the years that calendars have."""
    for ends in ({"start": day}, {"finish": day}):
        with pytest.raises(ValidationError):
            SetMaxUnits.model_validate({"resource": ANN, "max_units": 1, "periods": [{"units": 1, **ends}]})
    with pytest.raises(ValidationError):
        SetRate.model_validate({"resource": ANN, "currency": "EUR", "rate": 1, "start": day})


async def test_a_resource_takes_a_calendar_and_leaves_it() -> None:
    """Who uses a calendar stands beside it, so that it is not deleted."""
    there = ANN_IS_THERE.also(*CALENDARS)
    taken = CalendarTaken(calendar=SHARED, use=CalendarUse.RESOURCE, by=ANN)
    takes = SetResourceCalendar(resource=ANN, calendar=SHARED)
    await there.when(takes).idempotent().then(ResourceCalendarSet(resource=ANN, calendar=SHARED), taken)
    left = CalendarLeft(calendar=SHARED, use=CalendarUse.RESOURCE, by=ANN)
    leaves = SetResourceCalendar(resource=ANN)
    await there.also(takes).when(leaves).idempotent().then(ResourceCalendarSet(resource=ANN), left)
    state = await there.when(define("bob", calendar=SHARED)).state(CALENDAR_USE.at(SHARED))
    assert list(state.users) == [(CalendarUse.RESOURCE, worker("bob"))]


async def test_what_is_shared_uses_what_is_shared() -> None:
    """A project's own resource may use the project's own calendar as well."""
    there = garden().also(*CALENDARS, define("ann"), define("own", project=PLOT))
    for calendar in (OWN, OTHER, GONE, UUID(int=99)):
        await there.when(SetResourceCalendar(resource=ANN, calendar=calendar)).refused(Code.CALENDAR_UNKNOWN)
        await there.when(define("new", calendar=calendar)).refused(Code.CALENDAR_UNKNOWN)
    own = SetResourceCalendar(resource=worker("own"), project=PLOT, calendar=OWN)
    assert (await there.when(own).state(RESOURCE.at(worker("own")))).calendar == OWN
    await there.when(own.model_copy(update={"calendar": OTHER})).refused(Code.CALENDAR_UNKNOWN)


async def test_a_material_has_neither_calendar_nor_maximum() -> None:
    """There is as much of it as one buys."""
    soil = given(*CALENDARS, define("soil", type="material"))
    calendar = SetResourceCalendar(resource=worker("soil"), calendar=SHARED)
    for command in (calendar, SetMaxUnits(resource=worker("soil"), max_units=Decimal(2))):
        await soil.when(command).refused(Code.NOT_FOR_RESOURCE_TYPE)


async def test_a_resource_is_deactivated_and_reactivated() -> None:
    """Its history stays."""
    deactivated = ResourceDeactivated(resource=ANN)
    await ANN_IS_THERE.when(DeactivateResource(resource=ANN)).idempotent().then(deactivated)
    gone = ANN_IS_THERE.also(deactivated)
    await gone.when(ReactivateResource(resource=ANN)).idempotent().then(ResourceReactivated(resource=ANN))


# --- rates --------------------------------------------------------------------------------------------------------


async def test_a_rate_is_set_from_a_date_on() -> None:
    """It holds until the next one begins; the first may hold from ever."""
    there = ANN_IS_THERE
    for start, amount in ((None, "80"), (A_DAY, "82.5"), (date(2025, 1, 1), "81")):
        command = SetRate(resource=ANN, currency="EUR", rate=Decimal(amount), overtime=Decimal(100), start=start)
        rate = Rate(start=start, currency="EUR", rate=Decimal(amount), overtime=Decimal(100))
        await there.when(command).idempotent().then(ResourceRateSet(resource=ANN, rate=rate))
        there = there.also(command)
    rates = (await there.state(RESOURCE.at(ANN))).rates
    assert [str(rate.rate) for rate in rates] == ["80", "81", "82.5"]


async def test_a_rate_is_never_changed() -> None:
    """A change is a new entry, and begins later."""
    there = ANN_IS_THERE.also(SetRate(resource=ANN, currency="EUR", rate=Decimal(80)))
    for fields in ({"rate": 81, "currency": "EUR"}, {"rate": 80, "currency": "CHF"}):
        await there.when(SetRate.model_validate({"resource": ANN, **fields})).refused(Code.RATE_EXISTS)


async def test_only_who_works_does_overtime() -> None:
    """A material costs by the unit; what a cost costs is said where it is used."""
    there = given(define("soil", type="material"), define("fee", type="cost"))
    rate = SetRate(resource=worker("soil"), currency="EUR", rate=Decimal(9), overtime=Decimal(1))
    await there.when(rate).refused(Code.NOT_FOR_RESOURCE_TYPE)
    by_unit = ResourceRateSet(resource=worker("soil"), rate=Rate(currency="EUR", rate=Decimal(9)))
    await there.when(rate.model_copy(update={"overtime": Decimal(0)})).then(by_unit)
    fee = SetRate(resource=worker("fee"), currency="EUR", rate=Decimal(9))
    await there.when(fee).refused(Code.NOT_FOR_RESOURCE_TYPE)


async def test_a_resource_has_a_bounded_number_of_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused."""
    monkeypatch.setattr("src.commands.resource_rate.MAX_RATES", 1)
    there = ANN_IS_THERE.also(SetRate(resource=ANN, currency="EUR", rate=Decimal(80)))
    later = SetRate(resource=ANN, currency="EUR", rate=Decimal(81), start=A_DAY)
    await there.when(later).refused(Code.TOO_MANY_RATES)
