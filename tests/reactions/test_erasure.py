"""Whoever deleted their account is nowhere: not in a byte, not in an answer, not after a restore."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from pydantic import SecretStr
from uuid_utils.compat import uuid4

from src.cli.session import holder_of
from src.commands.account import ChangeProfile, DeleteAccount
from src.commands.member import AddMember
from src.commands.permissions import Permission
from src.commands.project import CreateProject
from src.commands.result import Failure
from src.commands.user import USER, RegisterUser
from src.config import Settings
from src.events import RecordedEvent
from src.events.erased import DamagedListError, Erased, ErasedList
from src.events.log import ANONYMOUS
from src.events.project import ProjectRole
from src.identity.sign_in import Tokens
from src.projections import PROJECTIONS, control
from src.queries.audit import list_audit
from src.queries.export import export_user
from src.queries.project import list_members
from src.queries.reading import reading
from src.queries.user import ERASED, get_user
from src.reactions import Reactor
from src.reactions.erasure import Erasure, erasure
from src.testing.memory import NOW
from src.wiring import App, open_app
from tests.acting import Actor, context, register
from tests.conftest import nobody_woken
from tests.databases import as_owner
from tests.held import holding

from .reactors import let_pauses_pass

NAMES = ("Zebulon Quixworth", "zeb.quix", "zebulon.quixworth@example.org")
CHANGED = ("Zebedee Quackenbush", "zeb.quack", "quackenbush@example.org")
PLACE, AGENT = "203.0.113.77", "Netscape Navigator 4.08 of Zebulon"
PASSWORD, WRONG = SecretStr("correct horse battery staple"), SecretStr("wrong horse battery staple")
ALL = (*NAMES, *CHANGED, PLACE, AGENT)


@dataclass(frozen=True)
class Person:
    """Zebulon, and an administrator with a project in which they met."""

    zeb: Actor
    ann: Actor
    project: UUID


async def lived(app: App) -> Person:
    """Zebulon was registered and has done things; some of them were refused."""
    ann = await register(app.commands, "ann", "administrator")
    name, username, email = NAMES
    command = RegisterUser(username=username, email=email, name=name, roles=("planner",))
    zeb = Actor(app.commands, UUID((await ann.do(command)).ids["user"]))
    await ann.refused(command)
    name, username, email = CHANGED
    place = {"address": PLACE, "agent": AGENT}
    await zeb.do(CreateProject(name="Shed"), **place)
    await zeb.refused(CreateProject(name="Shed"), **place)
    await zeb.do(ChangeProfile(user=zeb.user, name=name, username=username, email=email), **place)
    await zeb.refused(ChangeProfile(user=zeb.user, username="ann"), **place)
    await signed_in(app, zeb.user, username, email)
    project = await ann.project()
    await ann.do(AddMember(project=project, user=zeb.user, role=ProjectRole.EDITOR))
    await zeb.task(project)
    await level(app)
    return Person(zeb, ann, project)


async def signed_in(app: App, user: UUID, *names: str) -> None:
    """By every name there is, with the password and without; and by a key."""
    await app.sign_in.set_password(user, PASSWORD, context())
    for name in names:
        tried = context(ANONYMOUS, address=PLACE, agent=AGENT)
        assert isinstance(await app.sign_in.with_password(name, WRONG, tried), Failure)
        tokens = await app.sign_in.with_password(name, PASSWORD, context(ANONYMOUS, address=PLACE, agent=AGENT))
        assert isinstance(tokens, Tokens)
        assert isinstance(await app.sign_in.refresh(tokens.refresh, tried), Tokens)
    scopes = frozenset({Permission.CREATE_PROJECT})
    await app.sign_in.create_api_key(user, "Reports", scopes, None, context(user, address=PLACE, agent=AGENT))


async def level(app: App) -> None:
    """All that follows the log has come to its end."""
    while await app.reactor.run_due():
        pass
    assert [each.error for each in await app.reactor.progress() if each.error] == []
    await app.runner.catch_up_all()


async def exported(app: App, user: UUID) -> str:
    """All that is held of the user, as it is told."""
    return b"".join([lines async for lines in export_user(app.log, app.readers, app.keyring, user)]).decode()


async def log_of(app: App) -> list[RecordedEvent]:
    """All events, each of which can be decoded."""
    recorded = list(await app.log.read(0, 100_000))
    assert all(each.event for each in recorded)
    return recorded


async def tombstone(settings: Settings, user: UUID) -> list[tuple[object, ...]]:
    """Of the user's key: how long it is, and whether it is destroyed."""
    found = await as_owner(settings, f"SELECT length(wrapped), destroyed_at IS NOT NULL FROM keys WHERE id = '{user}'")
    return [(size, bool(destroyed)) for size, destroyed in found]


# --- nowhere ------------------------------------------------------------------------------------------------------


async def test_an_erased_person_is_in_no_byte_and_no_answer(settings: Settings) -> None:
    """Before and after the deletion nothing is stored in plain text; after it nobody can be told who it was."""
    async with open_app(settings, nobody_woken) as app:
        person = await lived(app)
        zeb = person.zeb.user
        told = await exported(app, zeb)
        assert all(text in told for text in ALL)  # before, it is told to who may know
        assert await holding(settings, ALL) == []
        assert await holding(settings, ["administrator"])  # the search finds what is there
        before = await log_of(app)
        await person.zeb.do(DeleteAccount(user=zeb), address=PLACE, agent=AGENT)
        await level(app)
        assert (await log_of(app))[: len(before)] == before
        assert await tombstone(settings, zeb) == [(0, True)]
        for table in ("credentials", "refreshes"):
            assert [tuple(row) for row in await as_owner(settings, f"SELECT count(*) FROM {table}")] == [(0,)]
        await person.zeb.refused(
            CreateProject(name="Late"), address=PLACE, agent=AGENT
        )  # by a token that is still good
        late = await app.sign_in.with_password(CHANGED[1], PASSWORD, context(ANONYMOUS))
        assert isinstance(late, Failure)
        await _shows_nobody(app, person)
        for projection in PROJECTIONS:
            await control.rebuild(app.models, projection)
        await level(app)
        await _shows_nobody(app, person)
        assert await holding(settings, ALL) == []
    assert await holding(settings, ALL) == []
    async with open_app(settings, nobody_woken) as app:
        await _shows_nobody(app, person)


async def _shows_nobody(app: App, person: Person) -> None:
    zeb = person.zeb.user
    async with reading(app.readers) as read:
        shown = await get_user(read, app.keyring, zeb)
        assert shown is not None
        assert (shown.name, shown.username, shown.email, shown.active) == (ERASED, ERASED, None, False)
        members = await list_members(read, app.keyring, person.project)
        assert {each.user: each.name for each in members.items}[zeb] == ERASED
        assert [await holder_of(app, name) for name in (NAMES[1], CHANGED[1])] == [None, None]
        trail = await list_audit(read, app.keyring, limit=1000)
    assert any(each.actor == zeb for each in trail.items)
    assert not any(each.address or each.agent for each in trail.items if each.actor == zeb)
    assert await exported(app, zeb) == ""
    state = (await app.commands.states.get([USER.at(zeb)]))[0].state
    told = repr(state) + trail.model_dump_json() + members.model_dump_json()
    assert not any(text in told for text in ALL)


async def test_another_process_shows_nobody_either(settings: Settings) -> None:
    """Though it has read the person a moment before, and remembers the key to decide with."""
    async with open_app(settings, nobody_woken) as here, open_app(settings, nobody_woken) as elsewhere:
        person = await lived(here)
        async with reading(elsewhere.readers) as read:
            shown = await get_user(read, elsewhere.keyring, person.zeb.user)
        assert shown is not None
        assert shown.name == CHANGED[0]
        other = Actor(elsewhere.commands, person.zeb.user)
        await other.do(ChangeProfile(user=person.zeb.user, name="Zeb"), address=PLACE)
        await here.keyring.destroy(str(person.zeb.user))
        async with reading(elsewhere.readers) as read:
            shown = await get_user(read, elsewhere.keyring, person.zeb.user)
        assert shown is not None
        assert shown.name == ERASED
        await other.do(ChangeProfile(user=person.zeb.user, name="Zebedee"), address=PLACE)  # what is under way goes on
        async with open_app(settings, nobody_woken) as later:
            assert "Zeb" not in repr((await later.commands.states.get([USER.at(person.zeb.user)]))[0])
            await Actor(later.commands, person.zeb.user).do(ChangeProfile(user=person.zeb.user, name="Z"), agent=AGENT)
            await other.do(ChangeProfile(user=person.zeb.user, name="Zebra"))
        assert await tombstone(settings, person.zeb.user) == [(0, True)]


async def test_somebody_new_may_have_the_names(app: App) -> None:
    """User name and e-mail address of who was deleted are found again under another id."""
    person = await lived(app)
    await person.zeb.do(DeleteAccount(user=person.zeb.user))
    name, username, email = CHANGED
    command = RegisterUser(username=username.upper(), email=email.upper(), name=name)
    new = UUID((await person.ann.do(command)).ids["user"])
    await level(app)
    async with reading(app.readers) as read:
        assert await holder_of(app, username) == new
        shown = await get_user(read, app.keyring, new)
    assert shown is not None
    assert shown.name == name


async def test_what_others_keep_of_a_person_goes_as_well(settings: Settings) -> None:
    """Whatever was handed in is called, and once more when the first time failed."""
    seen: list[UUID] = []

    async def forget(user: UUID) -> None:
        seen.append(user)
        if len(seen) == 1:
            raise ConnectionError("out")

    async with open_app(settings, nobody_woken) as app:
        person = await lived(app)
        await person.zeb.do(DeleteAccount(user=person.zeb.user))
        listed = ErasedList(settings.log_file.parent / "other") if settings.embedded else None
        job = erasure(Erasure(app.keyring, (forget,)), listed)
        reactor = Reactor(app.log, app.commands, app.reactor._checkpoints._engine, [job])
        await reactor.run_due()
        (progress,) = await reactor.progress()
        assert "ConnectionError" in str(progress.error)
        await let_pauses_pass(settings)
        await reactor.run_due()
        (progress,) = await reactor.progress()
        assert (progress.error, progress.lag, seen) == (None, 0, [person.zeb.user] * 2)
        if listed:
            assert [each.user for each in listed.read()] == [person.zeb.user]


async def test_many_destroyed_keys_are_nowhere_left(sqlite_settings: Settings) -> None:
    """Pages are split and filled again; no wrapped key of anybody erased is in a file, and those of others are."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        ids = [str(uuid4()) for _ in range(300)]
        for id_ in ids:
            await app.keyring.ensure(id_)
        wrapped = await app.keyring.store.find(ids)
        for id_ in ids[::3]:
            await app.keyring.destroy(id_)
        content = b"".join(file.read_bytes() for file in sqlite_settings.log_file.parent.iterdir())
        assert [id_ for id_ in ids if wrapped[id_] in content] == [id_ for n, id_ in enumerate(ids) if n % 3]


# --- after a restore ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def restored(settings: Settings, tmp_path: Path) -> AsyncIterator[None]:
    """What the database was at the beginning of the block it is again at the end."""
    if settings.embedded:
        copy = tmp_path / "backup"
        copy.mkdir()
        for name in ("projectory.db",):
            with (
                closing(sqlite3.connect(settings.log_file.with_name(name))) as source,
                closing(sqlite3.connect(copy / name)) as target,
            ):
                source.backup(target)
        yield
        for file in settings.log_file.parent.glob("projectory*.db*"):
            file.unlink()
        shutil.copy(copy / "projectory.db", settings.log_file)
        return
    base, _, name = settings.database_url.rpartition("/")
    admin = Settings(database_url=f"{base}/postgres", master_key=settings.master_key)
    await as_owner(admin, f'CREATE DATABASE "{name}_backup" TEMPLATE "{name}"', "SELECT 1")
    yield
    await as_owner(
        admin,
        f'DROP DATABASE "{name}" WITH (FORCE)',
        f'CREATE DATABASE "{name}" TEMPLATE "{name}_backup"',
        f'DROP DATABASE "{name}_backup"',
    )


@pytest.fixture
def with_list(settings: Settings, tmp_path: Path) -> Settings:
    """The settings with a list of erased persons: SQLite has one by itself."""
    return settings if settings.embedded else settings.model_copy(update={"erased_file": tmp_path / "erased"})


async def test_a_restore_brings_nobody_back(with_list: Settings, tmp_path: Path) -> None:
    """The older database knows the person and has the key; once it is opened both are gone, before anything else."""
    async with open_app(with_list, nobody_woken) as app:
        person = await lived(app)
    zeb = person.zeb.user
    async with restored(with_list, tmp_path), open_app(with_list, nobody_woken) as app:
        await Actor(app.commands, zeb).do(DeleteAccount(user=zeb))
        await level(app)
    assert with_list.erased_list is not None
    assert [each.user for each in ErasedList(with_list.erased_list).read()] == [zeb]
    assert await tombstone(with_list, zeb) == [(60, False)]
    for _ in range(2):
        async with open_app(with_list, nobody_woken) as app:
            assert await tombstone(with_list, zeb) == [(0, True)]
            recorded = await log_of(app)
            assert [each.type for each in recorded].count("AccountDeleted") == 1
            await level(app)
            await _shows_nobody(app, person)
            assert len(await log_of(app)) == len(recorded)
    assert await holding(with_list, ALL) == []
    assert [each.user for each in ErasedList(with_list.erased_list).read()] == [zeb]


async def test_the_last_administrator_is_not_brought_back_either(with_list: Settings, tmp_path: Path) -> None:
    """In the older database nobody else was administrator yet."""
    async with open_app(with_list, nobody_woken) as app:
        ann = await register(app.commands, "ann", "administrator")
    async with restored(with_list, tmp_path), open_app(with_list, nobody_woken) as app:
        bob = await register(app.commands, "bob", "administrator")
        await bob.do(DeleteAccount(user=ann.user))
        await level(app)
    async with open_app(with_list, nobody_woken) as app:
        assert (await app.commands.states.get([USER.at(ann.user)]))[0].state.deleted
        assert await tombstone(with_list, ann.user) == [(0, True)]


# --- the list -----------------------------------------------------------------------------------------------------


def test_the_list_names_everybody_once(tmp_path: Path) -> None:
    """Once more changes nothing; a line is a JSON object of an id and a time."""
    listed, users = ErasedList(tmp_path / "erased"), [uuid4(), uuid4()]
    assert listed.read() == []
    for user in (*users, users[0]):
        listed.add(Erased(user, NOW))
    assert [each.user for each in listed.read()] == users
    lines = listed.path.read_bytes().splitlines()
    assert [orjson.loads(line) for line in lines] == [{"at": NOW.isoformat(), "user": str(user)} for user in users]
    assert listed.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_off_does_no_harm(tmp_path: Path, cut: int) -> None:
    """Power fails in the middle of a line: who is on it is put there again, and all others stay."""
    listed, first, second = ErasedList(tmp_path / "erased"), Erased(uuid4(), NOW), Erased(uuid4(), NOW)
    listed.path.write_bytes(first.line() + second.line()[:cut])
    assert listed.read() == [first]
    listed.add(second)
    assert listed.path.read_bytes() == first.line() + second.line()


def test_a_list_without_its_last_line_end_is_whole(tmp_path: Path) -> None:
    """Whoever wrote it by hand need not know."""
    listed, first, second = ErasedList(tmp_path / "erased"), Erased(uuid4(), NOW), Erased(uuid4(), NOW)
    listed.path.write_bytes(first.line().rstrip())
    listed.add(second)
    assert listed.read() == [first, second]


@pytest.mark.parametrize("line", [b"ann\n", b"{}\n", b'{"user": "ann", "at": 1}\n', b"\n"])
async def test_a_damaged_list_is_told(sqlite_settings: Settings, line: bytes) -> None:
    """Nothing is served while it is not known who was erased."""
    assert sqlite_settings.erased_list is not None
    sqlite_settings.erased_list.write_bytes(Erased(uuid4(), NOW).line() + line)
    with pytest.raises(DamagedListError, match="line 2"):
        async with open_app(sqlite_settings, nobody_woken):
            pass
