"""In lives of chance everything that is gone is restored: as it was, or with a refusal that leaves nothing.

What chance takes away, and what the rules let back, is not the same in any two lives. So at the end of a life one thing
of each kind is made and taken away of which it is known that nothing stands against its coming back.
"""

import os
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from src.commands.assignment import Assign, Unassign
from src.commands.calendar import CreateCalendar, DeleteCalendar
from src.commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from src.commands.calendar_holidays import AddHoliday, RemoveHoliday
from src.commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
from src.commands.command import SYSTEM, Command
from src.commands.link import LinkTasks, UnlinkTasks
from src.commands.loop import Accepted
from src.commands.member import AddMember, RemoveMember
from src.commands.plan import DeleteTask
from src.commands.resource import DefineResource
from src.commands.staffing import AddResourceToProject, WithdrawResource
from src.commands.task import AddTask
from src.events.project import ProjectRole
from src.projections.assignments import AssignmentRow, StaffRow
from src.projections.calendars import (
    CalendarEntryRow,
    CalendarExceptionRow,
    CalendarRow,
    CalendarWeekdayRow,
    HolidayRow,
    WorkWeekRow,
)
from src.projections.links import LinkRow
from src.projections.projects import MemberRow
from src.projections.tasks import TaskRow
from src.projections.versions import REMOVED
from src.queries import kinds
from src.queries.history import ChangeView, What, history
from src.queries.reading import ReadSession, reading
from src.queries.subjects import Part, Subject
from src.restoring import NAMES, Restorable, Wanted, restore
from src.scheduling import ResourceType, Weekday, WeekdayHours
from src.testing import Actor, context, newcomer
from src.wiring import App
from tests.queries.test_past import lived

MODELS: list[tuple[Restorable, Any]] = [
    (Restorable.TASK, TaskRow),
    (Restorable.LINK, LinkRow),
    (Restorable.ASSIGNMENT, AssignmentRow),
    (Restorable.STAFF, StaffRow),
    (Restorable.MEMBER, MemberRow),
    (Restorable.CALENDAR, CalendarRow),
    (Restorable.WEEKDAY, CalendarWeekdayRow),
    (Restorable.WORK_WEEK, WorkWeekRow),
    (Restorable.EXCEPTION, CalendarExceptionRow),
    (Restorable.HOLIDAY, HolidayRow),
    (Restorable.CALENDAR_EVENT, CalendarEntryRow),
]
SEED = int(os.environ.get("RESTORED_SEED", "24"))
FOLLOWS = {"parent", "rank", "remaining_work"}
"""Where the parent cannot take it back it goes to the top; what remains is what the work leaves."""


async def gone(read: ReadSession) -> list[Wanted]:
    """What was there and is there no more, each once."""
    calendars = {row.id: row.project for row in await read.execute(select(read[CalendarRow]))}
    found: dict[Any, Wanted] = {}
    for kind, model in MODELS:
        table = read.versions(model)
        rows = (await read.execute(select(table).order_by(table.c.valid_from))).mappings()
        last: dict[Any, tuple[Wanted, Any]] = {}
        for row in rows:
            names = {name: row[name if name in row else "id"] for name in NAMES[kind]}
            project: UUID | None = row.get("project") or calendars.get(row.get("calendar"))
            if project is not None:
                key = (kind, project, *names.values())
                last[key] = Wanted(project, kind, names), row
        name, there = getattr(kinds, kind.name).flag or (REMOVED, False)
        found |= {key: wanted for key, (wanted, row) in last.items() if row[REMOVED] or row[name] is not there}
    return list(found.values())


def subject_of(wanted: Wanted) -> Subject:
    """Its own history alone."""
    kind = getattr(kinds, wanted.kind.name)
    of = {name if name in kind.model.__table__.c else "id": value for name, value in wanted.names.items()}
    scope = {"project": wanted.project} if "calendar" not in of else {}
    part = Part(kind, {**scope, **of})
    return Subject((part,), part)


async def newest(app: App, wanted: Wanted) -> list[ChangeView]:
    """The last two changes of the thing."""
    async with reading(app.readers) as read:
        page = await history(read, app.log, app.keyring, subject_of(wanted), limit=2)
    return [] if page is None else list(page.items)


async def one_of_each_is_taken_away(app: App, project: UUID) -> None:
    """In the project: a task, a link of others, an assignment, a calendar, what another calendar says, and so on."""
    somebody, here = Actor(app.commands, SYSTEM), dict[str, Any](project=project)

    async def made(command: Any, name: str) -> UUID:
        return UUID((await somebody.do(command)).ids[name])

    first, second, third = [await made(AddTask(name=name, **here), "task") for name in ("Dig", "Sow", "Water")]
    link = await made(LinkTasks(predecessor=first, successor=second, **here), "link")
    own = await made(DefineResource(name="Ada", type=ResourceType.WORK, **here), "resource")
    shared = await made(DefineResource(name="Bea", type=ResourceType.WORK), "resource")
    user = (await newcomer(app.commands)).user
    there, gone = [
        await made(CreateCalendar(name=name, time_zone="UTC", **here), "calendar") for name in ("Crew", "Night")
    ]
    fair, noon = date(2026, 3, 2), datetime(2026, 3, 2, 12, tzinfo=UTC)
    days = (WeekdayHours(weekday=Weekday.FRIDAY, hours=()),)
    span: dict[str, Any] = {"start": fair, "finish": fair}
    crew = here | {"calendar": there}
    part = UUID(int=1)
    commands: list[Command] = [
        DeleteTask(task=third, **here),
        UnlinkTasks(link=link, **here),
        Assign(task=first, resource=own, **here),
        Unassign(task=first, resource=own, **here),
        AddResourceToProject(resource=shared, **here),
        WithdrawResource(resource=shared, **here),
        AddMember(user=user, role=ProjectRole.VIEWER, **here),
        RemoveMember(user=user, **here),
        DeleteCalendar(calendar=gone, **here),
        SetWeekday(weekday=Weekday.MONDAY, hours=(), **crew),
        SetWeekday(weekday=Weekday.MONDAY, hours=None, **crew),
        SetWorkWeek(work_week=part, days=days, **span, **crew),
        RemoveWorkWeek(work_week=part, **crew),
        AddException(exception=part, **span, **crew),
        RemoveException(exception=part, **crew),
        AddHoliday(date=fair, name="Fair", **crew),
        RemoveHoliday(date=fair, **crew),
        AddCalendarEvent(entry=part, title="Start", start=noon, end=noon, **crew),
        RemoveCalendarEvent(entry=part, **crew),
    ]
    for command in commands:
        await somebody.do(command)
    await app.runner.catch_up_all()


async def test_what_is_gone_is_restored_as_it_was_or_refused(app: App) -> None:
    """Each of its kind: the history ends with the deletion, and then with all fields as before."""
    life = await lived(app, SEED, 800)
    await one_of_each_is_taken_away(app, life.projects[0])
    done: Counter[str] = Counter()
    async with reading(app.readers) as read:
        all_gone = await gone(read)
    for wanted in all_gone:
        before = await newest(app, wanted)
        if not before or before[0].what is not What.DELETED:
            continue  # a task that was never placed, or that came back with another
        head = await app.log.head()
        answer = await restore(app, wanted, context(reason="chance"), 5)
        await app.runner.catch_up()
        after = await newest(app, wanted)
        if not isinstance(answer, Accepted):
            assert after == before
            assert {each.type for each in await app.log.read(head, 9)} <= {"RequestRefused"}
            done[f"{wanted.kind.value} refused"] += 1
            continue
        restored, deleted = after
        assert (restored.what, deleted) == (What.RESTORED, before[0])
        was = {each.field: each.old for each in deleted.fields if each.field not in FOLLOWS}
        assert {each.field: each.new for each in restored.fields if each.field not in FOLLOWS} == was
        done[wanted.kind.value] += 1
    assert {kind.value for kind in Restorable} <= set(done), done
