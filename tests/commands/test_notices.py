"""What changes nothing and is noticed all the same: the first at once, the others as a number."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from uuid_utils.compat import uuid4, uuid7

from src.commands.access import StartSession
from src.commands.codes import Code
from src.commands.loop import CommandLoop
from src.commands.member import AddMember
from src.commands.project import CreateProject, RenameProject, SetProjectWindow
from src.commands.result import Failure
from src.commands.task import AddTask
from src.events import ANONYMOUS, LogUnavailableError, group_commit
from src.events.notice import AuthenticationFailed, DataExported, RequestRefused, SensitiveDataRead
from src.events.project import ProjectRole
from src.wiring import App
from tests.acting import Actor, context, newcomer
from tests.commands.noticing import FailingLog, an_address, noticed, total, where


@pytest.fixture
async def ann(shared: App) -> Actor:
    """A planner."""
    return await newcomer(shared.commands)


@pytest.fixture
def failing(shared: App) -> FailingLog:
    """The shared log, which may be away."""
    return FailingLog(shared.log)


@pytest.fixture
def beside(shared: App, failing: FailingLog, monkeypatch: pytest.MonkeyPatch) -> CommandLoop:
    """A process of its own on that log, which gives up soon."""
    monkeypatch.setattr(group_commit, "RETRY_SECONDS", 0.05)
    return CommandLoop(failing, shared.keyring)


# --- commands -----------------------------------------------------------------------------------------------------


async def test_a_refused_command_is_noticed_with_its_refusal(
    ann: Actor, shared: App, beside: CommandLoop, failing: FailingLog
) -> None:
    """Who, what, why not, where from and in which project: in the very append that stores the outcome."""
    project, viewer, session = await ann.project(), await newcomer(shared.commands), uuid4()
    await ann.do(AddMember(project=project, user=viewer.user, role=ProjectRole.VIEWER))
    later = datetime.now(UTC) + timedelta(hours=1)
    await viewer.do(StartSession(user=viewer.user, session=session, method="test", expires_at=later))
    there = {"address": "10.0.0.7", "agent": "curl", "reason": "to see", "session": session}
    refused = Actor(beside, viewer.user)
    head = await shared.log.head()
    await refused.refused(AddTask(project=project, name="Dig"), **there, correlation_id="c-1")
    ((commit,),) = failing.appends
    assert commit.outcome is not None
    (recorded,) = await shared.log.read(head, 10)
    assert recorded.event == RequestRefused(what="AddTask", code="FORBIDDEN", permission="plan.edit", count=1)
    assert (recorded.project, recorded.stream.partition("-")[0], recorded.version) == (project, "notice", 1)
    metadata = orjson.loads(recorded.metadata)
    assert metadata["session"] == str(session)
    assert (metadata["actor"], metadata["command"], metadata["reason"]) == (str(viewer.user), "AddTask", "to see")
    assert (metadata["correlation_id"], metadata["command_id"]) == ("c-1", str(commit.command_id))
    assert await where(shared.keyring, recorded) == ("10.0.0.7", "curl", str(viewer.user))


async def test_those_that_follow_are_counted_until_the_minute_is_over(ann: Actor, shared: App) -> None:
    """However many, they are one event more, with the number; then the next one is a first again."""
    project, head = await ann.project(), await shared.log.head()
    lost = AddTask(project=project, parent=uuid4(), name="Dig")
    first = datetime.fromisoformat("2026-03-02T08:00:00Z")
    for number in range(100):
        await ann.refused(lost, now=first.replace(second=number // 10), address="10.0.0.7", agent=f"v{number}")
    assert total(await noticed(shared, head, ann.user)) == 1
    await shared.notices.flush()
    one, many = await noticed(shared, head, ann.user)
    assert many.event == RequestRefused(what="AddTask", code="PARENT_UNKNOWN", count=99, since=first)
    assert many.project == project
    assert orjson.loads(many.metadata)["command_id"] != orjson.loads(one.metadata)["command_id"]
    assert await where(shared.keyring, many) == ("10.0.0.7", "v0", str(ann.user))
    await shared.notices.flush()
    await ann.refused(lost)
    assert [each.event.count for each in await noticed(shared, head, ann.user)] == [1, 99, 1]  # type: ignore[attr-defined]


async def test_a_minute_ends_by_itself(ann: Actor, beside: CommandLoop, shared: App) -> None:
    """Nobody has to ask for it."""
    beside.notices.minute = 0.2  # type: ignore[misc]
    refused, head = Actor(beside, ann.user), await shared.log.head()
    for _ in range(5):
        await refused.refused(RenameProject(project=uuid4(), name="Shed"))
    async with asyncio.timeout(10):
        while total(await noticed(shared, head, ann.user)) < 5:
            await asyncio.sleep(0.01)


async def test_a_process_that_closes_stores_its_counts(ann: Actor, beside: CommandLoop, shared: App) -> None:
    """Only a crash loses them."""
    head = await shared.log.head()
    for _ in range(5):
        await Actor(beside, ann.user).refused(RenameProject(project=uuid4(), name="Shed"))
    await beside.close()
    assert [each.event.count for each in await noticed(shared, head, ann.user)] == [1, 4]  # type: ignore[attr-defined]


async def test_many_at_once_are_one_and_a_number(ann: Actor, shared: App) -> None:
    """Which of them is the first is decided before any is stored."""
    head = await shared.log.head()
    lost = [RenameProject(project=uuid4(), name=f"Shed {number}") for number in range(200)]
    await asyncio.gather(*(ann.refused(command) for command in lost))
    await shared.notices.flush()
    found = await noticed(shared, head, ann.user)
    assert (len(found), total(found)) == (2, 200)


async def test_a_repeat_is_not_noticed(ann: Actor, shared: App) -> None:
    """It is the same refusal, told once more; nor does it hide one that is new."""
    project, id_, head = await ann.project(), uuid4(), await shared.log.head()
    for _ in range(3):
        await ann.refused(AddTask(project=project, parent=project, name="Dig"), command_id=id_)
    assert total(await noticed(shared, head, ann.user)) == 1
    await shared.notices.flush()
    for _ in range(3):
        await ann.refused(AddTask(project=project, parent=project, name="Dig"), command_id=id_)
    assert total(await noticed(shared, head, ann.user)) == 1
    await ann.refused(AddTask(project=project, parent=project, name="Dig"))
    assert total(await noticed(shared, head, ann.user)) == 2


async def test_what_breaks_no_rule_is_not_noticed(ann: Actor, shared: App) -> None:
    """Two who edit at once, an id that was used before, and a command that is only tried."""
    project, id_ = await ann.project(), uuid4()
    await ann.do(SetProjectWindow(project=project, start=datetime(2026, 3, 2, 8)), command_id=id_)
    head = await shared.log.head()
    stale = await ann.refused(SetProjectWindow(project=project), expected=1)
    reused = await ann.refused(SetProjectWindow(project=project), command_id=id_)
    assert (stale.code, reused.code) == (Code.STALE_WRITE, Code.COMMAND_ID_REUSED)
    lost = AddTask(project=project, parent=uuid4(), name="Dig")
    tried, _ = await shared.commands.attempt([lost], ann.context())
    assert isinstance(tried, Failure)
    await shared.notices.flush()
    assert await shared.log.head() == head


async def test_of_several_commands_the_refused_one_is_named(ann: Actor, shared: App) -> None:
    """All were refused for it. A project that they would have made is none."""
    project, head = uuid4(), await shared.log.head()
    commands = [CreateProject(project=project, name="Shed"), AddTask(project=project, parent=uuid4(), name="Dig")]
    assert isinstance(await shared.commands.execute_all(commands, ann.context()), Failure)
    (recorded,) = await noticed(shared, head, ann.user)
    assert (recorded.event, recorded.project) == (RequestRefused(what="AddTask", code="PARENT_UNKNOWN"), None)


async def test_an_outsider_is_seen_where_there_is_a_project(ann: Actor, shared: App) -> None:
    """Its admins see who tries to get in; one that does not exist has nobody to see it."""
    project, outsider, head = await ann.project(), await newcomer(shared.commands), await shared.log.head()
    for tried in (project, uuid4()):
        await outsider.refused(AddTask(project=tried, name="Dig"))
        await shared.notices.refused(outsider.context(), "tasks", "NOT_FOUND", tried)
    found = await noticed(shared, head, outsider.user)
    assert [each.project for each in found] == [project, project, None, None]
    assert {each.event.code for each in found} == {"NOT_FOUND"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("actor", [ANONYMOUS, uuid4()], ids=["nobody", "unknown"])
async def test_who_is_not_registered_may_nothing_and_gets_no_key(shared: App, actor: UUID) -> None:
    """No command may act as nobody. Where it came from is sealed by a key that no sweep takes."""
    head, address = await shared.log.head(), an_address()
    refusal = await shared.commands.execute(CreateProject(name="Shed"), context(actor, address=address))
    assert isinstance(refusal, Failure)
    assert refusal.code is Code.ACTOR_UNKNOWN
    (recorded,) = await noticed(shared, head, actor)
    assert await where(shared.keyring, recorded) == (address, None, str(ANONYMOUS))
    assert set(await shared.keyring.store.find([str(actor), str(ANONYMOUS)])) == {str(ANONYMOUS)}


# --- reads, exports and sign-ins ----------------------------------------------------------------------------------


async def test_sensitive_reads_and_exports_are_noticed(ann: Actor, shared: App) -> None:
    """Each with whose data they were, the first before it is answered."""
    project, bob, head = await ann.project(), uuid4(), await shared.log.head()
    for _ in range(3):
        await shared.notices.sensitive_read(ann.context(), "read_user", bob)
        await shared.notices.sensitive_read(ann.context(), "project_audit", project=project)
        await shared.notices.exported(ann.context(), "export_user", ann.user)
    firsts = await noticed(shared, head, ann.user)
    assert [(each.event, each.project) for each in firsts] == [
        (SensitiveDataRead(what="read_user", subject=bob), None),
        (SensitiveDataRead(what="project_audit"), project),
        (DataExported(what="export_user", subject=ann.user), None),
    ]
    await shared.notices.flush()
    assert total(await noticed(shared, head, ann.user)) == 9


async def test_a_failed_sign_in_goes_with_the_person(shared: App, ann: Actor) -> None:
    """Where it came from is sealed with the key of the user whose account it was; nobody's with one of its own."""
    head, here = await shared.log.head(), an_address()
    accounts = [await shared.keyring.reservation("username", name) for name in (f"ann {here}", f"nobody {here}")]
    for account, user in zip(accounts, (ann.user, None), strict=True):
        given = context(ANONYMOUS, address=here, agent="curl")
        await shared.notices.authentication_failed(given, account, user, "password")
    known, unknown = await noticed(shared, head, ANONYMOUS)
    assert known.event == AuthenticationFailed(account=accounts[0], user=ann.user, method="password")
    assert unknown.event == AuthenticationFailed(account=accounts[1], method="password")
    assert await where(shared.keyring, known) == (here, "curl", str(ann.user))
    assert await where(shared.keyring, unknown) == (here, "curl", str(ANONYMOUS))
    await shared.keyring.destroy(str(ann.user))
    assert await where(shared.keyring, known) == (None, None, str(ann.user))


# --- outages ------------------------------------------------------------------------------------------------------


async def test_a_sensitive_read_is_not_answered_while_the_log_is_away(
    ann: Actor, beside: CommandLoop, failing: FailingLog, shared: App
) -> None:
    """Neither the first nor those that wait for it; when it is back, the first is a first."""
    head, failing.away = await shared.log.head(), True
    reads = [beside.notices.sensitive_read(ann.context(), "read_user", ann.user) for _ in range(3)]
    assert {type(each) for each in await asyncio.gather(*reads, return_exceptions=True)} == {LogUnavailableError}
    failing.away = False
    await beside.notices.sensitive_read(ann.context(), "read_user", ann.user)
    await beside.close()
    assert total(await noticed(shared, head, ann.user)) == 1


@pytest.mark.parametrize("unseen", [False, True])
async def test_a_refusal_is_answered_while_the_log_is_away(
    ann: Actor, beside: CommandLoop, failing: FailingLog, shared: App, unseen: bool
) -> None:
    """It is kept, and stored once when the log is back, also if it had been stored and nobody was told."""
    head, failing.away, failing.unseen = await shared.log.head(), True, unseen
    for code in ("A", "A", "B"):
        await beside.notices.refused(ann.context(), "tasks", code)
    with pytest.raises(LogUnavailableError):
        await beside.notices.flush()
    await beside.notices.refused(ann.context(), "tasks", "A")
    failing.away = False
    await beside.notices.flush()
    await beside.notices.flush()
    found = await noticed(shared, head, ann.user)
    assert sorted((each.event.code, each.event.count) for each in found) == [("A", 1), ("A", 2), ("B", 1)]  # type: ignore[attr-defined]


async def test_a_slow_log_keeps_nobody_waiting_for_a_refusal(
    ann: Actor, beside: CommandLoop, failing: FailingLog, shared: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is given after a moment; what is to be stored is."""
    monkeypatch.setattr("src.commands.notices._PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(group_commit, "RETRY_SECONDS", 10)
    head, failing.away = await shared.log.head(), True
    async with asyncio.timeout(5):
        await beside.notices.refused(ann.context(), "tasks", "A")
    failing.away = False
    await beside.close()
    assert total(await noticed(shared, head, ann.user)) == 1


async def test_a_refused_command_that_got_no_answer_is_noticed_when_it_gets_one(
    ann: Actor, beside: CommandLoop, failing: FailingLog, shared: App
) -> None:
    """Who repeats it is refused, and that is noticed."""
    head, failing.away = await shared.log.head(), True
    with pytest.raises(LogUnavailableError):
        await beside.execute(RenameProject(project=uuid4(), name="Shed"), ann.context(command_id=uuid7()))
    failing.away = False
    await Actor(beside, ann.user).refused(RenameProject(project=uuid4(), name="Shed"))
    await beside.close()
    assert total(await noticed(shared, head, ann.user)) == 1


async def test_the_places_are_kept_apart_as_metadata_says(shared: App, ann: Actor) -> None:
    """A stolen token that is used from elsewhere is seen at once."""
    head = await shared.log.head()
    for address in ("10.0.0.7", "10.0.0.8", "10.0.0.7"):
        await shared.notices.refused(ann.context(address=address), "tasks", "NOT_FOUND")
    firsts = [await where(shared.keyring, each) for each in await noticed(shared, head, ann.user)]
    assert [address for address, _, _ in firsts] == ["10.0.0.7", "10.0.0.8"]
