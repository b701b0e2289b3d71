"""The history of a thing, told field by field, is what became of it."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid4

from src.commands.command import SYSTEM, Command
from src.commands.project import CreateProject
from src.commands.task import AddTask, UpdateTask
from src.projections.tasks import TaskRow
from src.projections.versions import REMOVED
from src.queries import history as past
from src.queries import subjects
from src.queries.history import PORTION, ChangeView, What, history
from src.queries.kinds import USER
from src.queries.reading import ReadSession, reading
from src.queries.subjects import Subject
from src.testing.acting import accepted, register
from src.wiring import App
from tests.acting import context
from tests.projections.lives import Life
from tests.queries.test_past import lived

COMMANDS = 250


async def told(app: App, read: ReadSession, subject: Subject, limit: int = 100) -> list[ChangeView]:
    """The whole history, page by page."""
    found: list[ChangeView] = []
    after = None
    while True:
        page = await history(read, app.log, app.keyring, subject, after=after, limit=limit)
        assert page is not None
        assert len(page.items) <= limit
        found += page.items
        if (after := page.next) is None:
            return found


async def everything(life: Life, read: ReadSession) -> list[Subject]:
    """All that there ever was in the life."""
    found = [subjects.user(user) for user in life.users]
    for project in life.projects:
        found.append(subjects.project_and_members(project))
        found += [subjects.task(project, task) for task in life.tasks[project]]
        found += [subjects.link(project, link) for link in life.links[project]]
    kinds: list[tuple[str, Callable[[Any], Subject]]] = [
        ("RoleRow", lambda row: subjects.role(row.code)),
        ("CalendarRow", lambda row: subjects.calendar(row.project, row.id)),
        ("ResourceRow", lambda row: subjects.resource(row.project, row.id)),
        ("ResourceRow", lambda row: subjects.rates(row.project, row.id)),
        ("StaffRow", lambda row: subjects.staff(row.project, row.resource)),
        ("StaffRow", lambda row: subjects.rates(row.project, row.resource)),
        ("AssignmentRow", lambda row: subjects.assignment(row.project, row.task, row.resource)),
        ("MemberRow", lambda row: subjects.member(row.project, row.user)),
    ]
    for model, of in kinds:
        rows = await read.execute(select(read[_model(model)]))
        found += [of(row) for row in rows]
    return found


def _model(name: str) -> Any:
    registry = TaskRow.registry.mappers
    return next(mapper.class_ for mapper in registry if mapper.class_.__name__ == name)


def walked(changes: Iterable[ChangeView]) -> dict[tuple[str, str], dict[str, Any]]:
    """What is there after all changes, oldest first; each has to begin where the one before it ended."""
    there: dict[tuple[str, str], dict[str, Any]] = {}
    gone: set[tuple[str, str]] = set()
    for change in changes:
        key = (change.kind.value, change.id)
        assert (key in there) is (change.what in (What.CHANGED, What.DELETED))
        assert (change.what is What.RESTORED) is (key in gone and key not in there)
        thing = there.setdefault(key, {})
        for field in change.fields:
            assert thing.get(field.field) == field.old
            assert field.old != field.new
            thing[field.field] = field.new
        if change.what is What.DELETED:
            gone.add(key)
            assert not any(value is not None for value in there.pop(key).values())
    return there


async def present(app: App, read: ReadSession, subject: Subject) -> dict[tuple[str, str], dict[str, Any]]:
    """The same from the rows of the present."""
    found = {}
    for part in subject.parts:
        kind, table = part.kind, read[part.kind.model]
        wanted = select(table).where(*(table.c[name] == value for name, value in part.of.items()))
        for row in (await read.execute(wanted)).mappings():
            now = {**row, REMOVED: False}
            if kind.there(now):
                fields = {name: value for name, value in kind.shown(now).items() if value is not None}
                for name in kind.personal & set(fields):
                    (fields[name],) = await app.keyring.read([(name, fields[name])])
                found[kind.thing.value, str(now[kind.id])] = fields
    return found


def valued(there: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Without fields that have no value."""
    return {key: {n: v for n, v in thing.items() if v is not None} for key, thing in there.items()}


async def test_a_history_walked_forward_is_the_present(app: App) -> None:
    """Of everything in a life of chance: each change begins where the one before ended, the last is what is shown."""
    life = await lived(app, 11, COMMANDS)
    whats: set[What] = set()
    async with reading(app.readers) as read:
        for subject in await everything(life, read):
            if await history(read, app.log, app.keyring, subject, limit=1) is None:
                continue
            changes = await told(app, read, subject)
            whats |= {change.what for change in changes}
            there = valued(walked(reversed(changes)))
            if subject.known.kind is USER and changes[0].what is What.DELETED:
                assert there == {}
                continue
            assert there == await present(app, read, subject)
    assert whats == set(What)


async def test_who_when_and_why_are_those_of_the_log(app: App) -> None:
    """Actor, command, reason, both times and the type of the event, at its position."""
    life = await lived(app, 12, 100)
    events = {event.position: event for event in await app.log.read(0, await app.log.head())}
    async with reading(app.readers) as read:
        for subject in await everything(life, read):
            if await history(read, app.log, app.keyring, subject, limit=1) is None:
                continue
            for change in await told(app, read, subject):
                event = events[change.position]
                said = orjson.loads(event.metadata)
                assert (change.event, change.recorded_at) == (event.type, event.recorded_at)
                assert change.effective_at == event.effective_at
                assert (str(change.actor), change.command) == (said["actor"], said["command"])
                assert (change.reason, change.actor_name) == ("chance", "(the service)")


async def test_pages_of_any_size_tell_the_same(app: App) -> None:
    """Also where many things change at one position, and where what changed is not shown."""
    life = await lived(app, 13, 200)
    async with reading(app.readers) as read:
        for subject in (await everything(life, read))[::4]:
            if await history(read, app.log, app.keyring, subject, limit=1) is None:
                continue
            whole = await told(app, read, subject, 1_000)
            for limit in (1, 7):
                assert await told(app, read, subject, limit) == whole
            order = [(-change.position, change.kind, change.id) for change in whole]
            assert len(order) == len(set(order))
            assert [each[0] for each in order] == sorted(each[0] for each in order)


async def test_who_did_it_elsewhere_is_told_beside_who_imported_it(app: App) -> None:
    """The author with the name of today, where the metadata has one."""
    ann, bob = await register(app.commands, "ann"), await register(app.commands, "bob")
    project = await ann.project()
    task = await ann.task(project)
    await ann.do(UpdateTask(project=project, task=task, name="Dig deep"), author=bob.user)
    await app.runner.catch_up_all()
    async with reading(app.readers) as read:
        renamed, added = await told(app, read, subjects.task(project, task))
    assert (renamed.actor_name, renamed.author, renamed.author_name) == ("Ann", bob.user, "Bob")
    assert (added.author, added.author_name) == (None, None)


async def test_a_page_ends_where_it_holds_enough_text(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many changes were asked for; what follows is on the next pages, and no statement reads many long rows."""
    project, task = uuid4(), uuid4()
    commands: list[Command] = [CreateProject(project=project, name=f"Long {project}")]
    commands += [AddTask(project=project, task=task, name="Long")]
    commands += [UpdateTask(project=project, task=task, notes=str(n % 10) * 1_000) for n in range(PORTION + 10)]
    for command in commands:
        accepted(await app.commands.execute(command, context(SYSTEM)))
    await app.runner.catch_up_all()
    subject = subjects.task(project, task)
    async with reading(app.readers) as read:
        whole = await told(app, read, subject, 1_000)
        assert len(whole) > PORTION
        page = await history(read, app.log, app.keyring, subject, limit=1_000)
        assert page is not None
        assert page.next is None
        monkeypatch.setattr(past, "MOST_TEXT", 20_000)
        page = await history(read, app.log, app.keyring, subject, limit=1_000)
        assert page is not None
        assert len(page.items) == 10, "each change has two texts of a thousand letters"
        assert await told(app, read, subject, 1_000) == whole
        rows = 0
        execute = read.execute

        async def counted(*given: Any) -> Any:
            nonlocal rows
            found = (await execute(*given)).freeze()
            rows = max(rows, len(found().all()))
            return found()

        monkeypatch.setattr(past, "MOST_TEXT", 10**9)
        monkeypatch.setattr(read, "execute", counted)
        assert await told(app, read, subject, 1_000) == whole
    assert 0 < rows <= PORTION
