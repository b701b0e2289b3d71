"""Somebody who did much and is erased, and how far everything has followed."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from src.cli.session import holder_of
from src.commands.account import ChangeProfile
from src.commands.member import AddMember
from src.commands.permissions import Permission
from src.commands.project import CreateProject
from src.commands.result import Failure
from src.commands.user import USER, RegisterUser
from src.config import Settings
from src.events import RecordedEvent
from src.events.log import ANONYMOUS
from src.events.project import ProjectRole
from src.identity.sign_in import Tokens
from src.queries.audit import list_audit
from src.queries.export import export_user
from src.queries.project import list_members
from src.queries.reading import reading
from src.queries.user import ERASED, get_user
from src.wiring import App
from tests.acting import Actor, context, register
from tests.databases import as_owner

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


async def shows_nobody(app: App, person: Person) -> None:
    """No answer tells who it was, and the history that there was somebody."""
    zeb = person.zeb.user
    async with reading(app.readers) as read:
        shown = await get_user(read, app.keyring, zeb)
        assert shown is not None
        assert (shown.name, shown.username, shown.email, shown.active) == (ERASED, ERASED, None, False)
        members = await list_members(read, app.keyring, person.project)
        assert {each.user: each.name for each in members.items}[zeb] == ERASED
        assert [await holder_of(app, name) for name in (NAMES[1], CHANGED[1])] == [None, None]
        trail = await list_audit(read, app.log, app.keyring, limit=1000)
    assert any(each.actor == zeb for each in trail.items)
    assert not any(each.address or each.agent for each in trail.items if each.actor == zeb)
    assert await exported(app, zeb) == ""
    state = (await app.commands.states.get([USER.at(zeb)]))[0].state
    told = repr(state) + trail.model_dump_json() + members.model_dump_json()
    assert not any(text in told for text in ALL)
