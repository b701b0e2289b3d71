"""Calendars: made, renamed, derived from each other, deleted, and whose they are."""

from uuid import UUID

import pytest

from src.commands.calendar import CalendarCommand, DeleteCalendar, RenameCalendar, RestoreCalendar, SetCalendarBase
from src.commands.calendar_hours import AddException, SetWeekday
from src.commands.calendar_state import CALENDAR, CalendarState, refuse_calendar
from src.commands.calendar_use import CALENDAR_USE, change_calendar_use
from src.commands.codes import Code
from src.commands.loop import Accepted
from src.commands.project import ArchiveProject
from src.events.calendar import (
    CalendarBaseChanged,
    CalendarCreated,
    CalendarDeleted,
    CalendarLeft,
    CalendarRenamed,
    CalendarRestored,
    CalendarTaken,
    CalendarUse,
)
from src.scheduling import WEEKDAYS, Weekday
from src.scheduling.calendar_hours import MOST_BASES
from src.testing import done
from tests.commands.calendars import FIELD, PLOT, cal, calendars, create, day, hours

BASE = CalendarUse.BASE
MORNING = hours("08:00-12:00")


async def test_a_calendar_is_made_with_what_it_is_given() -> None:
    """A shared one has no project; its base knows who uses it from then on."""
    created = CalendarCreated(
        calendar=cal("crew"), name="crew", time_zone="Europe/Berlin", base=cal("usual"), external_id="3"
    )
    taken = CalendarTaken(calendar=cal("usual"), use=BASE, by=cal("crew"))
    answer = await calendars(usual="").when(create("crew", "usual", external_id="3")).then(created, taken)
    assert answer.ids == {"calendar": str(cal("crew"))}


async def test_a_calendar_is_made_once() -> None:
    """The same id again is refused, also after the calendar was deleted."""
    world = calendars(usual="")
    await world.when(create("usual")).refused(Code.ALREADY_EXISTS)
    await world.also(DeleteCalendar(calendar=cal("usual"))).when(create("usual")).refused(Code.ALREADY_EXISTS)


async def test_a_time_zone_is_one_of_those_that_there_are() -> None:
    """Names of the IANA, and no others."""
    for zone in ("Mars/Olympus", "", "../etc/passwd"):
        await calendars().when(create("crew", time_zone=zone)).refused(Code.TIME_ZONE_UNKNOWN)


async def test_a_base_has_to_be_there() -> None:
    """One that is not, or is not any more, is refused in the same words."""
    world = calendars(usual="").also(DeleteCalendar(calendar=cal("usual")))
    told = [await world.when(create("crew", base)).refused(Code.CALENDAR_UNKNOWN) for base in ("usual", "never")]
    assert told[0].message == told[1].message


async def test_a_projects_own_calendar_is_for_that_project_alone() -> None:
    """Its base may be its own or shared; what is shared or another project's takes none of it."""
    world = calendars(usual="").also(create("own", "usual", PLOT))
    await world.when(create("more", "own", PLOT)).answer()
    for project in (None, FIELD):
        await world.when(create("other", "own", project)).refused(Code.CALENDAR_UNKNOWN)
        there = world.also(create("other", "usual", project))
        await there.when(SetCalendarBase(calendar=cal("other"), project=project, base=cal("own"))).refused(
            Code.CALENDAR_UNKNOWN
        )


@pytest.mark.parametrize("project", [None, FIELD])
async def test_a_calendar_of_another_scope_is_unknown(project: UUID | None) -> None:
    """A command says whose the calendar is; of another's it learns nothing."""
    world = calendars(usual="").also(create("own", "", PLOT))
    for command in (
        RenameCalendar(calendar=cal("own"), project=project, name="mine"),
        DeleteCalendar(calendar=cal("own"), project=project),
        RestoreCalendar(calendar=cal("own"), project=project),
        SetWeekday(calendar=cal("own"), project=project, weekday=WEEKDAYS[0], hours=None),
    ):
        await world.when(command).refused(Code.CALENDAR_UNKNOWN)
    await world.when(RenameCalendar(calendar=cal("usual"), project=PLOT, name="x")).refused(Code.CALENDAR_UNKNOWN)


async def test_an_archived_projects_calendars_are_read_only() -> None:
    """Its own; what is shared is nobody's."""
    world = calendars(usual="").also(create("own", "", PLOT), ArchiveProject(project=PLOT))
    own: list[CalendarCommand] = [
        RenameCalendar(calendar=cal("own"), project=PLOT, name="mine"),
        DeleteCalendar(calendar=cal("own"), project=PLOT),
        RestoreCalendar(calendar=cal("own"), project=PLOT),
    ]
    for command in (*own, create("new", "", PLOT)):
        await world.when(command).refused(Code.PROJECT_ARCHIVED)
    await world.when(RenameCalendar(calendar=cal("usual"), name="x")).then(
        CalendarRenamed(calendar=cal("usual"), name="x")
    )


async def test_a_name_is_changed() -> None:
    """To the same it is no event; names need not differ from others'."""
    world = calendars(usual="", crew="")
    renamed = CalendarRenamed(calendar=cal("crew"), name="usual")
    rename = RenameCalendar(calendar=cal("crew"), name="usual")
    await world.when(rename).idempotent().then(renamed)
    await world.when(RenameCalendar(calendar=cal("never"), name="usual")).refused(Code.CALENDAR_UNKNOWN)


async def test_a_base_is_changed() -> None:
    """The one is left, the other taken; none can be chosen as well."""
    world = calendars(usual="", night="", crew="usual")
    left = CalendarLeft(calendar=cal("usual"), use=BASE, by=cal("crew"))
    taken = CalendarTaken(calendar=cal("night"), use=BASE, by=cal("crew"))
    changed = CalendarBaseChanged(calendar=cal("crew"), base=cal("night"))
    change = SetCalendarBase(calendar=cal("crew"), base=cal("night"))
    await world.when(change).idempotent().then(changed, left, taken)
    alone = SetCalendarBase(calendar=cal("crew"), base=None)
    await world.when(alone).idempotent().then(CalendarBaseChanged(calendar=cal("crew")), left)


async def test_no_calendar_is_its_own_base() -> None:
    """Not at once, and not by way of others; the refusal names the way."""
    world = calendars(a="", b="a", c="b")
    for base, path in (("a", "aa"), ("b", "aba"), ("c", "acba")):
        cycle = [str(cal(name)) for name in path]
        await world.when(SetCalendarBase(calendar=cal("a"), base=cal(base))).refused(Code.CALENDAR_CYCLE, cycle=cycle)


async def test_a_chain_of_bases_has_an_end() -> None:
    """Twenty calendars at most, however they came together."""
    names = [f"c{number}" for number in range(MOST_BASES)]
    world = calendars(**dict(zip(names, ["", *names], strict=False)))
    await world.when(create("one more", names[-1])).refused(Code.CALENDAR_TOO_DEEP)
    below = world.also(create("top"), create("under", "top"))
    await below.when(SetCalendarBase(calendar=cal("top"), base=cal(names[-2]))).refused(Code.CALENDAR_TOO_DEEP)
    there = await below.when(SetCalendarBase(calendar=cal("top"), base=cal(names[-3]))).state(CALENDAR.at(cal("top")))
    assert there.base == cal(names[-3])
    gone = calendars(a="", b="a").also(*[create(name, base) for name, base in zip(names, ["", *names], strict=False)])
    gone = gone.also(DeleteCalendar(calendar=cal("b")), SetCalendarBase(calendar=cal("a"), base=cal(names[-2])))
    await gone.when(RestoreCalendar(calendar=cal("b"))).refused(Code.CALENDAR_TOO_DEEP)


async def test_a_calendar_is_deleted() -> None:
    """It leaves its base; a second time it is no event, and nothing can be done with it any more."""
    world = calendars(usual="", crew="usual")
    delete = DeleteCalendar(calendar=cal("crew"))
    left = CalendarLeft(calendar=cal("usual"), use=BASE, by=cal("crew"))
    await world.when(delete).idempotent().then(CalendarDeleted(calendar=cal("crew")), left)
    gone = world.also(delete)
    await gone.when(RenameCalendar(calendar=cal("crew"), name="x")).refused(Code.CALENDAR_UNKNOWN)
    await gone.when(DeleteCalendar(calendar=cal("usual"))).then(CalendarDeleted(calendar=cal("usual")))


async def test_a_deleted_calendar_is_restored() -> None:
    """With all that it said, below its base again; a second time it is no event, nor is it of one that is there."""
    said = SetWeekday(calendar=cal("crew"), weekday=Weekday.SATURDAY, hours=MORNING)
    world = calendars(usual="", crew="usual").also(said, DeleteCalendar(calendar=cal("crew")))
    restore = RestoreCalendar(calendar=cal("crew"))
    taken = CalendarTaken(calendar=cal("usual"), use=BASE, by=cal("crew"))
    await world.when(restore).idempotent().then(CalendarRestored(calendar=cal("crew")), taken)
    back = await world.when(restore).state(CALENDAR.at(cal("crew")))
    assert (back.live, back.base, dict(back.weekdays)) == (True, cal("usual"), {Weekday.SATURDAY: MORNING})
    await world.when(RestoreCalendar(calendar=cal("usual"))).then()
    await world.when(RestoreCalendar(calendar=cal("never"))).refused(Code.CALENDAR_UNKNOWN)
    await world.also(restore).when(DeleteCalendar(calendar=cal("usual"))).refused(Code.CALENDAR_IN_USE, base=1)


async def test_a_calendar_is_restored_to_what_can_be_used() -> None:
    """Not below a base that was deleted since, and not to one by which nobody works."""
    restore = RestoreCalendar(calendar=cal("crew"))
    world = calendars(usual="", crew="usual").also(DeleteCalendar(calendar=cal("crew")))
    alone = world.also(DeleteCalendar(calendar=cal("usual")))
    refusal = await alone.when(restore).refused(Code.CALENDAR_UNKNOWN, calendar=str(cal("usual")))
    assert "restore it first" in refusal.message
    shut = [SetWeekday(calendar=cal("crew"), weekday=day, hours=()) for day in list(Weekday)[:6]]
    free = SetWeekday(calendar=cal("usual"), weekday=Weekday.SUNDAY, hours=())
    open_ = SetWeekday(calendar=cal("usual"), weekday=Weekday.SUNDAY, hours=MORNING)
    asleep = calendars(usual="", crew="usual").also(open_, *shut, DeleteCalendar(calendar=cal("crew")), free)
    await asleep.when(restore).refused(Code.CALENDAR_WITHOUT_WORKING_TIME)


async def test_a_calendar_in_use_is_not_deleted() -> None:
    """The refusal says how many use it as what."""
    world = calendars(usual="", crew="usual", night="usual").also(
        CalendarTaken(calendar=cal("usual"), use=CalendarUse.TASK, by=cal("dig"))
    )
    delete = DeleteCalendar(calendar=cal("usual"))
    refusal = await world.when(delete).refused(Code.CALENDAR_IN_USE, base=2, task=1)
    assert "2 × base, 1 × task" in refusal.message


async def test_who_has_seen_another_revision_is_told() -> None:
    """And what was changed since."""
    world = calendars(usual="").also(RenameCalendar(calendar=cal("usual"), name="x"))
    rename = RenameCalendar(calendar=cal("usual"), name="y")
    await world.when(rename, expected=1).refused(Code.STALE_WRITE, changed=["name"])
    assert (await world.when(rename, expected=2).then(CalendarRenamed(calendar=cal("usual"), name="y"))).tag == "3"


async def test_events_are_of_the_project_whose_calendar_it_is() -> None:
    """Those of a shared calendar are of no project, also when a project's calendar takes it as its base."""
    world = calendars(usual="").also(create("own", "usual", PLOT))
    assert (await world.state(CALENDAR.at(cal("own")))).project == PLOT
    assert (await world.state(CALENDAR.at(cal("usual")))).project is None
    assert set((await world.state(CALENDAR_USE.at(cal("usual")))).users) == {(BASE, cal("own"))}


def test_whoever_stays_with_a_calendar_makes_no_event() -> None:
    """Leaving comes before taking; none on one side is nothing there."""
    a, b, by = cal("a"), cal("b"), cal("dig")
    task = CalendarUse.TASK
    streams = {name: CALENDAR_USE.at(name).stream for name in (a, b)}
    left = (streams[a], CalendarLeft(calendar=a, use=task, by=by))
    taken = (streams[b], CalendarTaken(calendar=b, use=task, by=by))
    assert change_calendar_use(task, by, a, b) == (left, taken)
    assert change_calendar_use(task, by, None, b) == (taken,)
    assert change_calendar_use(task, by, a, None) == (left,)
    assert change_calendar_use(task, by, a, a) == change_calendar_use(task, by, None, None) == ()


def test_what_can_use_a_calendar() -> None:
    """What is shared uses what is shared; what is a project's also its own; nobody what is not there."""
    shared, own = CalendarState(exists=True), CalendarState(exists=True, project=PLOT)
    gone = CalendarState(exists=True, deleted=True)
    allowed = [(None, None), (None, PLOT), (shared, None), (shared, PLOT), (own, PLOT)]
    refused = [(own, None), (own, FIELD), (gone, None), (CalendarState(), PLOT)]
    assert [refuse_calendar(*pair) for pair in allowed] == [None] * 5
    failures = [refuse_calendar(*pair) for pair in refused]
    assert all(failure is not None and failure.code is Code.CALENDAR_UNKNOWN for failure in failures)


async def test_a_base_that_leaves_no_work_is_refused() -> None:
    """What a calendar closes itself may be all that a new base would have left."""
    closed = [SetWeekday(calendar=cal("crew"), weekday=day, hours=()) for day in WEEKDAYS[:5]]
    saturdays = SetWeekday(calendar=cal("saturdays"), weekday=WEEKDAYS[5], hours=hours("08:00-12:00"))
    world = calendars(usual="", saturdays="", crew="saturdays").also(saturdays, *closed)
    without = SetCalendarBase(calendar=cal("crew"), base=None)
    await world.when(without).refused(Code.CALENDAR_WITHOUT_WORKING_TIME, calendar=str(cal("crew")))


async def test_a_base_keeps_those_derived_from_it_working() -> None:
    """Also at a distance."""
    closed = [SetWeekday(calendar=cal("mid"), weekday=day, hours=()) for day in WEEKDAYS[:5]]
    saturday = SetWeekday(calendar=cal("top"), weekday=WEEKDAYS[5], hours=hours("08:00-12:00"))
    world = calendars(top="").also(saturday, create("mid", "top"), done(*closed))
    shut = SetWeekday(calendar=cal("top"), weekday=WEEKDAYS[5], hours=None)
    refusal = await world.when(shut).refused(Code.CALENDAR_WITHOUT_WORKING_TIME, calendar=str(cal("mid")))
    assert "'mid'" in refusal.message


async def test_a_project_does_not_hold_a_shared_calendar() -> None:
    """Also if its own calendar, based on the shared one, then has no work; a project keeps its own ones working."""
    most = AddException(calendar=cal("under"), project=PLOT, start=day("2026-01-01"), finish=day("2026-12-20"))
    world = calendars(top="").also(create("own", "top", PLOT), create("under", "own", PLOT))
    world = world.also(most)
    long = AddException(calendar=cal("top"), start=day("2026-12-21"), finish=day("2027-02-01"))
    assert isinstance(await world.when(long).answer(), Accepted)
    same = AddException(calendar=cal("own"), project=PLOT, start=long.start, finish=long.finish)
    refusal = await world.when(same).refused(Code.CALENDAR_WITHOUT_WORKING_TIME, calendar=str(cal("under")))
    assert "'under'" in refusal.message


async def test_a_calendar_without_work_is_mended_in_several_changes() -> None:
    """What a shared base left without work takes each of them; then it is kept working again."""
    closed = [SetWeekday(calendar=cal("own"), project=PLOT, weekday=day, hours=()) for day in WEEKDAYS[:5]]
    saturday = SetWeekday(calendar=cal("top"), weekday=WEEKDAYS[5], hours=hours("08:00-12:00"))
    world = calendars(top="").also(saturday, create("own", "top", PLOT), done(*closed))
    world = world.also(SetWeekday(calendar=cal("top"), weekday=WEEKDAYS[5], hours=None))
    fair = AddException(calendar=cal("own"), project=PLOT, start=day("2026-01-01"), finish=day("2026-01-02"))
    monday = SetWeekday(calendar=cal("own"), project=PLOT, weekday=WEEKDAYS[0], hours=hours("08:00-12:00"))
    again = SetWeekday(calendar=cal("own"), project=PLOT, weekday=WEEKDAYS[0], hours=())
    await world.also(fair, monday).when(again).refused(Code.CALENDAR_WITHOUT_WORKING_TIME, calendar=str(cal("own")))
