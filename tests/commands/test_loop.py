"""The command loop: what is stored with an event, when it is tried again, and what it tells."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.loop import MAX_ATTEMPTS, Accepted, CommandLoop, TooBusyError
from src.commands.member import AddMember, RemoveMember
from src.commands.progress import RecordProgress
from src.commands.project import RenameProject, SetProjectWindow
from src.commands.task import AddTask, UpdateTask
from src.events import RecordedEvent, StreamLog
from src.events.codec import canonical_json
from src.events.log import Answer, Commit
from src.events.project import ProjectRole
from src.wiring import App
from tests.acting import Actor, context, newcomer, register


class WatchedLog:
    """The real log, with what it was asked; `before_append` comes between a decision and its append."""

    def __init__(self, log: StreamLog) -> None:
        self.log = log
        self.streams_read: list[str] = []
        self.before_append: Callable[[], Awaitable[object]] | None = None

    async def append(self, commits: Sequence[Commit]) -> Sequence[Answer]:
        if self.before_append:
            await self.before_append()
        return await self.log.append(commits)

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[RecordedEvent]:
        self.streams_read += after
        return await self.log.read_streams(after)


@pytest.fixture
async def ann(shared: App) -> Actor:
    """A planner."""
    return await newcomer(shared.commands)


@pytest.fixture
def watched(shared: App) -> WatchedLog:
    """The shared log, watched."""
    return WatchedLog(shared.log)


def _beside(shared: App, watched: WatchedLog, actor: Actor, attempts: int = MAX_ATTEMPTS) -> Actor:
    """The same user, who comes by another loop: one that knows nothing yet."""
    return Actor(CommandLoop(watched, shared.keyring, attempts=attempts), actor.user)


async def test_a_planner_creates_a_project_with_tasks(app: App) -> None:
    """What is accepted is in the log, and its position is told."""
    ann = await register(app.commands)
    project = await ann.project()
    await ann.task(project)
    assert await app.log.head() == 9


async def test_an_event_tells_who_gave_which_command_from_where_and_why(shared: App, ann: Actor) -> None:
    """The circumstances are stored with every event, as canonical JSON without what was not given."""
    command_id = uuid4()
    project = await ann.project()
    given = {"command_id": command_id, "correlation_id": "c-1", "causation_id": "e-9", "address": "10.0.0.7"}
    accepted = await ann.do(RenameProject(project=project, name="Shed"), **given, agent="curl", reason="it is one")
    for recorded in await shared.log.read(accepted.position - 3, 3):
        told = orjson.loads(recorded.metadata)
        sealed = [(name, canonical_json(told.pop(name))) for name in ("address", "agent")]
        assert await shared.keyring.read(sealed) == ["10.0.0.7", "curl"]
        assert told == {
            "actor": str(ann.user),
            "causation_id": "e-9",
            "command": "RenameProject",
            "command_id": str(command_id),
            "correlation_id": "c-1",
            "reason": "it is one",
        }
        assert (recorded.project, recorded.branch) == (project, "main")
        assert recorded.effective_at == recorded.recorded_at == accepted.recorded_at
    await ann.do(UpdateTask(project=project, task=await ann.task(project), name="Sow"))
    (plain,) = await shared.log.read(await shared.log.head() - 1, 1)
    assert set(orjson.loads(plain.metadata)) == {"actor", "command", "command_id", "correlation_id"}


async def test_the_wake_comes_with_news_only(shared: App, ann: Actor) -> None:
    """What was quiet or repeated is no news for projections; of what is refused again and again, the first is."""
    woken: list[None] = []
    actor = Actor(CommandLoop(shared.log, shared.keyring, lambda: woken.append(None)), ann.user)
    project = await actor.project("Shed")
    assert len(woken) == 1
    command_id = uuid4()
    await actor.do(RenameProject(project=project, name="Shed"), command_id=command_id)
    await actor.do(RenameProject(project=project, name="Shed"), command_id=command_id)
    assert len(woken) == 1
    for _ in range(3):
        await actor.refused(AddTask(project=project, parent=uuid4(), name="Dig"))
    assert len(woken) == 2


async def test_a_decision_is_taken_again_when_something_moved(shared: App, ann: Actor, watched: WatchedLog) -> None:
    """What another process wrote between a decision and its append is seen by the next attempt."""
    project = await ann.project()
    task = await ann.task(project)
    late = _beside(shared, watched, ann)
    reports = iter([30, 60])

    async def report() -> None:
        if percent := next(reports, None):
            await ann.do(RecordProgress(project=project, task=task, percent_complete=percent))

    watched.before_append = report
    refusal = await late.refused(RecordProgress(project=project, task=task, percent_complete=50))
    assert refusal.code is Code.PROGRESS_FALLS_WITHOUT_REASON


async def test_a_refusal_is_verified_before_it_is_told(shared: App, ann: Actor, watched: WatchedLog) -> None:
    """A refusal on an old state is no refusal: the parent is there by the time of the append."""
    project, parent = await ann.project(), uuid4()
    late = _beside(shared, watched, ann)

    async def add_the_parent() -> None:
        watched.before_append = None
        await ann.task(project, task=parent)

    watched.before_append = add_the_parent
    assert (await late.do(AddTask(project=project, parent=parent, name="Dig"))).changed


async def test_an_already_so_is_verified_before_it_is_told(shared: App, ann: Actor, watched: WatchedLog) -> None:
    """What was so when it was read may be otherwise at the time of the append."""
    project = await ann.project("Shed")
    late = _beside(shared, watched, ann)

    async def rename() -> None:
        watched.before_append = None
        await ann.do(RenameProject(project=project, name="Barn"))

    watched.before_append = rename
    assert (await late.do(RenameProject(project=project, name="Shed"))).changed


async def test_rights_are_verified_by_the_append(shared: App, ann: Actor, watched: WatchedLog) -> None:
    """Who was a member when the decision was taken, and is none at the append, changes nothing."""
    project, bob = await ann.project(), await newcomer(shared.commands)
    await ann.do(AddMember(project=project, user=bob.user, role=ProjectRole.EDITOR))
    late = _beside(shared, watched, bob)

    async def remove() -> None:
        watched.before_append = None
        await ann.do(RemoveMember(project=project, user=bob.user))

    watched.before_append = remove
    assert (await late.refused(AddTask(project=project, name="Dig"))).code is Code.NOT_FOUND


async def test_retries_are_bounded(shared: App, ann: Actor, watched: WatchedLog) -> None:
    """Where others are always faster the caller is told in the end, and nothing was done."""
    project = await ann.project()
    task = await ann.task(project)
    late = _beside(shared, watched, ann, attempts=3)
    notes = iter("abcdef")

    async def update() -> None:
        await ann.do(UpdateTask(project=project, task=task, notes=next(notes)))

    watched.before_append = update
    with pytest.raises(TooBusyError, match="3 times"):
        await late.commands.execute(UpdateTask(project=project, task=task, notes="z"), context(ann.user))
    assert next(notes) == "d"
    watched.before_append = None
    assert (await late.do(UpdateTask(project=project, task=task, notes="c"))).changed is False


async def test_a_caller_with_an_expectation_is_not_retried_past_it(
    shared: App, ann: Actor, watched: WatchedLog
) -> None:
    """Who has seen a revision that is no longer the present one is told so, however it came about."""
    project = await ann.project()
    tag = (await ann.do(SetProjectWindow(project=project, start=datetime(2026, 3, 2, 8)))).tag
    late = _beside(shared, watched, ann)

    async def rename() -> None:
        watched.before_append = None
        await ann.do(RenameProject(project=project, name="Barn"))

    watched.before_append = rename
    refusal = await late.refused(SetProjectWindow(project=project), expected=int(tag or 0))
    assert (refusal.code, refusal.details["changed"]) == (Code.STALE_WRITE, ["name"])


async def test_what_a_loop_knows_is_not_read_again(shared: App, ann: Actor, watched: WatchedLog) -> None:
    """Its own commits keep its states up to date: only what is new to it is read."""
    actor = _beside(shared, watched, ann)
    project = await actor.project()
    task = await actor.task(project)
    watched.streams_read.clear()
    for number in range(5):
        await actor.do(UpdateTask(project=project, task=task, notes=str(number)))
        await actor.do(AddTask(project=project, task=UUID(int=uuid4().int), name="Dig"))
    assert len(watched.streams_read) == 5
    assert not {stream for stream in watched.streams_read if str(task) in stream or str(project) in stream}


async def test_effective_times_of_a_bulk_are_those_of_its_dated_facts(shared: App, ann: Actor) -> None:
    """One effective time for all: a bulk that holds anything else is refused."""
    project = await ann.project()
    task, other = await ann.task(project), await ann.task(project)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    reports = [RecordProgress(project=project, task=each, percent_complete=10) for each in (task, other)]
    head = await shared.log.head()
    await shared.commands.execute_all(reports, context(ann.user, effective_at=yesterday))
    assert [event.effective_at for event in await shared.log.read(head, 10)] == [yesterday, yesterday]
    mixed = [*reports, UpdateTask(project=project, task=task, name="Sow")]
    refusal = await shared.commands.execute_all(mixed, context(ann.user, effective_at=yesterday))
    assert getattr(refusal, "code", None) is Code.EFFECTIVE_TIME_NOT_ALLOWED


async def test_a_bulk_of_no_commands_changes_nothing(shared: App, ann: Actor) -> None:
    """It stands, like any other wish that is fulfilled already."""
    head = await shared.log.head()
    answer = await shared.commands.execute_all([], context(ann.user))
    assert isinstance(answer, Accepted)
    assert (answer.changed, answer.ids, answer.tag, answer.warnings) == (False, {}, None, ())
    assert await shared.log.head() == head
