"""In lives of chance everything that is gone is restored: as it was, or with a refusal that leaves nothing."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import select

from src.commands.loop import Accepted
from src.projections.assignments import AssignmentRow, StaffRow
from src.projections.calendars import CalendarExceptionRow, CalendarRow, HolidayRow
from src.projections.links import LinkRow
from src.projections.projects import MemberRow
from src.projections.tasks import TaskRow
from src.projections.versions import REMOVED
from src.queries import kinds
from src.queries.history import ChangeView, What, history
from src.queries.reading import ReadSession, reading
from src.queries.subjects import Part, Subject
from src.restoring import NAMES, Restorable, Wanted, restore
from src.testing import context
from src.wiring import App
from tests.queries.test_past import lived

MODELS: list[tuple[Restorable, Any]] = [
    (Restorable.TASK, TaskRow),
    (Restorable.LINK, LinkRow),
    (Restorable.ASSIGNMENT, AssignmentRow),
    (Restorable.STAFF, StaffRow),
    (Restorable.MEMBER, MemberRow),
    (Restorable.EXCEPTION, CalendarExceptionRow),
    (Restorable.HOLIDAY, HolidayRow),
]
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
        flag = {"task": ("placed", True), "link": ("deleted", False), "assignment": ("live", True)}
        name, there = {**flag, "staff": ("member", True)}.get(kind.value, (REMOVED, False))
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


async def test_what_is_gone_is_restored_as_it_was_or_refused(app: App) -> None:
    """Tasks, links, assignments, members: each history ends with the deletion, and then with all fields as before."""
    await lived(app, 24, 800)
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
    assert {"task", "link", "assignment", "member"} <= set(done), done
