"""What a plan is computed by: the project's calendar and its status date."""

from datetime import datetime

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.calendar_use import CALENDAR_USE
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.project import ArchiveProject, CreateProject, RenameProject
from src.commands.project_settings import SetDefaultCalendar, SetStatusDate
from src.events.calendar import CalendarCreated, CalendarDeleted, CalendarLeft, CalendarTaken, CalendarUse
from src.events.project import ProjectCalendarSet, ProjectStatusDateSet
from src.testing import given

SHED, BARN, NIGHTS, OURS, THEIRS = (uuid4() for _ in range(5))
FRIDAY = datetime(2026, 3, 6, 17)
PROJECT = given(
    CreateProject(project=SHED, name="Shed"),
    CalendarCreated(calendar=NIGHTS, name="Nights", time_zone="UTC"),
    CalendarCreated(calendar=OURS, project=SHED, name="Ours", time_zone="UTC"),
    CalendarCreated(calendar=THEIRS, project=BARN, name="Theirs", time_zone="UTC"),
)
OWN = CalendarUse.PROJECT


async def test_a_project_takes_a_calendar_and_leaves_it() -> None:
    """A shared one or its own; none: that of five days of eight hours."""
    nights = SetDefaultCalendar(project=SHED, calendar=NIGHTS)
    taken = CalendarTaken(calendar=NIGHTS, use=OWN, by=SHED)
    await PROJECT.when(nights).idempotent().then(ProjectCalendarSet(project=SHED, calendar=NIGHTS), taken)
    at_night, left = PROJECT.also(nights), CalendarLeft(calendar=NIGHTS, use=OWN, by=SHED)
    ours = SetDefaultCalendar(project=SHED, calendar=OURS)
    taken = CalendarTaken(calendar=OURS, use=OWN, by=SHED)
    await at_night.when(ours).idempotent().then(ProjectCalendarSet(project=SHED, calendar=OURS), left, taken)
    none = SetDefaultCalendar(project=SHED)
    await at_night.when(none).idempotent().then(ProjectCalendarSet(project=SHED), left)
    await PROJECT.when(none).nothing()
    assert (await at_night.when(ours).state(CALENDAR_USE.at(OURS))).users.get((OWN, SHED))


async def test_a_project_takes_a_calendar_that_it_can_use() -> None:
    """None of another project, none that is not there, and none that was deleted."""
    plan = PROJECT.also(CalendarDeleted(calendar=NIGHTS))
    for calendar in (THEIRS, NIGHTS, uuid4()):
        await plan.when(SetDefaultCalendar(project=SHED, calendar=calendar)).refused(Code.CALENDAR_UNKNOWN)


async def test_a_status_date_is_set_and_taken_away() -> None:
    """Any date, on the wall of the project."""
    friday = ProjectStatusDateSet(project=SHED, status_date=FRIDAY)
    await PROJECT.when(SetStatusDate(project=SHED, status_date=FRIDAY)).idempotent().then(friday)
    none = SetStatusDate(project=SHED)
    await PROJECT.also(friday).when(none).idempotent().then(ProjectStatusDateSet(project=SHED))
    await PROJECT.when(none).nothing()
    with pytest.raises(ValidationError):
        SetStatusDate.model_validate({"project": SHED, "status_date": "2026-03-06T17:00:00Z"})


@pytest.mark.parametrize(
    "command",
    [SetDefaultCalendar(project=SHED, calendar=NIGHTS), SetStatusDate(project=SHED, status_date=FRIDAY)],
    ids=lambda command: type(command).__name__,
)
async def test_only_an_open_project_is_changed_and_not_behind_anybodys_back(command: Command) -> None:
    """One that is not there, that is archived, or that was renamed since the caller looked."""
    await given().when(command).refused(Code.NOT_FOUND)
    await PROJECT.also(ArchiveProject(project=SHED)).when(command).refused(Code.PROJECT_ARCHIVED)
    renamed = PROJECT.also(RenameProject(project=SHED, name="Barn"))
    await renamed.when(command, expected=2).refused(Code.STALE_WRITE, changed=["name"])
    assert getattr(await renamed.when(command, expected=3).answer(), "tag", None) == "4"
