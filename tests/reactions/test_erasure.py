"""Whoever deleted their account is nowhere: not in a byte, not in an answer, not after a restore."""

from uuid import UUID

from uuid_utils.compat import uuid4

from src.cli.session import holder_of
from src.commands.account import ChangeProfile, DeleteAccount
from src.commands.project import CreateProject
from src.commands.result import Failure
from src.commands.user import USER, RegisterUser
from src.config import Settings
from src.events.erased import ErasedList
from src.events.log import ANONYMOUS
from src.projections import PROJECTIONS, control
from src.queries.reading import reading
from src.queries.user import ERASED, get_user
from src.reactions import Reactor
from src.reactions.erasure import Erasure, erasure
from src.wiring import App, open_app
from tests.acting import Actor, context
from tests.conftest import nobody_woken
from tests.databases import as_owner
from tests.held import holding

from .erased import (
    AGENT,
    ALL,
    CHANGED,
    PASSWORD,
    PLACE,
    exported,
    level,
    lived,
    log_of,
    shows_nobody,
    tombstone,
)
from .reactors import let_pauses_pass

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
        await shows_nobody(app, person)
        for projection in PROJECTIONS:
            await control.rebuild(app.models, projection)
        await level(app)
        await shows_nobody(app, person)
        assert await holding(settings, ALL) == []
    assert await holding(settings, ALL) == []
    async with open_app(settings, nobody_woken) as app:
        await shows_nobody(app, person)


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
