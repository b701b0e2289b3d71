"""Reactions follow the log: each event in order, by one process at a time, and a repeat does nothing twice."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import orjson
import pytest
import structlog

from src.commands.command import SYSTEM
from src.commands.loop import Accepted
from src.commands.project import ArchiveProject, RenameProject
from src.commands.result import Failure
from src.config import Settings
from src.events import LogUnavailableError, RecordedEvent
from src.events.project import ProjectCreated, ProjectRenamed
from src.reactions import Act, Progress, Reaction, Reactor
from src.reactions.checkpoints import MOST_ATTEMPTS
from src.wiring import App
from tests.acting import Actor, register
from tests.databases import as_owner
from tests.reactions.conftest import NewReactor


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not rendered: to draw a traceback takes longer than a test."""
    with structlog.testing.capture_logs():
        yield


class Renaming:
    """Gives every new project another name, and remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.answers: list[Accepted | Failure] = []
        self.reaction = Reaction("renaming", (ProjectCreated,), self._react)

    async def _react(self, recorded: RecordedEvent, act: Act) -> None:
        self.seen.append(recorded.position)
        event = recorded.event
        assert isinstance(event, ProjectCreated)
        self.answers.append(await act(RenameProject(project=event.project, name=f"{event.name}, at last")))
        self.answers.append(await act(ArchiveProject(project=event.project)))


def failing(*errors: Exception) -> tuple[Reaction, list[int]]:
    """A reaction that fails with each of the errors, and then sees what it is given."""
    left, seen = list(errors), []

    async def react(recorded: RecordedEvent, _act: Act) -> None:
        if left:
            raise left.pop(0)
        seen.append(recorded.position)

    return Reaction("failing", (ProjectCreated,), react), seen


async def progress_of(reactor: Reactor, name: str) -> Progress:
    """Where it stands."""
    return {progress.name: progress for progress in await reactor.progress()}[name]


async def with_projects(app: App, count: int) -> tuple[Actor, list[int]]:
    """A planner with projects, and the positions at which they were made."""
    ann = await register(app.commands)
    projects = [await ann.project(f"Project {number}") for number in range(count)]
    assert len(projects) == count
    return ann, [event.position for event in await app.log.read(0, 1000) if event.type == "ProjectCreated"]


async def let_pauses_pass(settings: Settings) -> None:
    """As if what failed had failed an hour ago."""
    hour = "3600000000" if settings.embedded else "interval '1 hour'"
    await as_owner(settings, f"UPDATE reactions SET updated_at = updated_at - {hour}")


# --- acting -------------------------------------------------------------------------------------------------------


async def test_every_event_is_reacted_to_in_order(app: App, reactor: NewReactor) -> None:
    """The commands of each stand in the log, and nothing is left to do."""
    renaming = Renaming()
    mine = reactor(renaming.reaction)
    _, made = await with_projects(app, 3)
    assert (await progress_of(mine, "renaming")).lag == await app.log.head()
    while await mine.run_due():
        pass
    assert renaming.seen == made
    assert all(isinstance(answer, Accepted) and answer.changed for answer in renaming.answers)
    end = await progress_of(mine, "renaming")
    assert (end.position, end.lag, end.attempts, end.error) == (await app.log.head(), 0, 0, None)


async def test_the_commands_name_their_cause(app: App, reactor: NewReactor) -> None:
    """What a reaction writes has the correlation of the event, and names it as its cause."""
    ann = await register(app.commands)
    await ann.project("Shed")
    renaming, head = Renaming(), await app.log.head()
    await reactor(renaming.reaction).run_due()
    written = await app.log.read(head, 1000)
    said = [orjson.loads(event.metadata) for event in written]
    assert {event.type for event in written} >= {"ProjectRenamed", "ProjectArchived"}
    assert {each["correlation_id"] for each in said} == {"test"}
    assert {each["causation_id"] for each in said} == {f"event {renaming.seen[0]}"}
    assert {each["actor"] for each in said} == {str(SYSTEM)}
    assert len({each["command_id"] for each in said}) == 2


async def test_many_reactors_at_once_act_once(app: App, reactor: NewReactor) -> None:
    """As many processes would: one is at it, the others let it."""
    renaming = Renaming()
    reactors = [reactor(renaming.reaction) for _ in range(6)]
    ann, made = await with_projects(app, 4)
    for number in range(4):
        while (await progress_of(reactors[0], "renaming")).lag:
            await asyncio.gather(*(each.run_due() for each in reactors))
        if number < 3:
            await ann.project(f"Another {number}")
            made.append(await _last_made(app))
    assert renaming.seen == made
    assert all(isinstance(answer, Accepted) and answer.changed for answer in renaming.answers)


async def _last_made(app: App) -> int:
    return max(event.position for event in await app.log.read(0, 1000) if event.type == "ProjectCreated")


async def test_a_repeat_after_a_lost_checkpoint_issues_nothing_twice(app: App, reactor: NewReactor) -> None:
    """The ids of the commands derive from the event: all is answered as before, and nothing is written."""
    renaming = Renaming()
    await with_projects(app, 3)
    mine = reactor(renaming.reaction)
    while await mine.run_due():
        pass
    before, head = list(renaming.answers), await app.log.head()
    await as_owner(app.settings, "DELETE FROM reactions")
    while await mine.run_due():
        pass
    assert renaming.answers == before * 2
    assert await app.log.head() == head


async def test_two_at_once_without_a_lease_still_do_nothing_twice(app: App, reactor: NewReactor) -> None:
    """Should a holder not notice that its lease has ended, the commands' ids and the checkpoint hold."""
    renaming = Renaming()
    _, made = await with_projects(app, 5)
    reactors = [reactor(renaming.reaction) for _ in range(3)]
    for number, each in enumerate(reactors):
        each._lease._name = f"another {number}"
    while (await progress_of(reactors[0], "renaming")).lag:
        await asyncio.gather(*(each.run_due() for each in reactors))
    assert set(renaming.seen) == set(made)
    written = [event.type for event in await app.log.read(0, 1000)]
    assert (written.count("ProjectRenamed"), written.count("ProjectArchived")) == (5, 5)


async def test_a_reaction_may_begin_at_the_present_end(app: App, reactor: NewReactor) -> None:
    """What was before it does not concern it."""
    reaction, seen = failing()
    ann, _ = await with_projects(app, 2)
    mine = reactor(Reaction(reaction.name, reaction.events, reaction.react, from_end=True))
    await mine.run_due()
    assert seen == []
    await ann.project("Afterwards")
    await mine.run_due()
    assert seen == [await _last_made(app)]


async def test_it_runs_by_itself_once_started(app: App, reactor: NewReactor) -> None:
    """A reactor that was started does what is due until it is stopped."""
    renaming = Renaming()
    mine = reactor(renaming.reaction)
    await with_projects(app, 2)
    mine.start()
    async with asyncio.timeout(20):
        while len(renaming.answers) < 4:
            await asyncio.sleep(0.01)
    await mine.stop()


async def test_names_are_not_shared(reactor: NewReactor) -> None:
    """Two reactions of one name would share a checkpoint."""
    with pytest.raises(ValueError, match="one name"):
        reactor(Renaming().reaction, Renaming().reaction)


# --- failing ------------------------------------------------------------------------------------------------------


async def test_one_that_fails_is_tried_again_while_others_go_on(app: App, reactor: NewReactor) -> None:
    """Its error can be seen, it waits before it is tried again, and no event is left out."""
    reaction, seen = failing(ValueError("no"), ValueError("not yet"))
    renaming = Renaming()
    mine = reactor(reaction, renaming.reaction)
    _, made = await with_projects(app, 2)
    while await mine.run_due():
        pass
    stopped = await progress_of(mine, "failing")
    assert (stopped.position, stopped.attempts, stopped.error) == (made[0] - 1, 1, f"event {made[0]}: ValueError: no")
    assert stopped.lag > 0
    assert renaming.seen == made
    await let_pauses_pass(app.settings)
    await mine.run_due()
    again = await progress_of(mine, "failing")
    assert (again.position, again.attempts, again.error) == (made[0] - 1, 2, f"event {made[0]}: ValueError: not yet")
    assert not await mine.run_due()
    await mine.retry("failing")
    await mine.run_due()
    assert seen == made
    good = await progress_of(mine, "failing")
    assert (good.lag, good.attempts, good.error) == (0, 0, None)


async def test_pauses_grow(app: App, reactor: NewReactor) -> None:
    """After three failures it takes some seconds, not one."""
    reaction, _ = failing(*(ValueError("no") for _ in range(3)))
    mine = reactor(reaction)
    await with_projects(app, 1)
    for _ in range(3):
        await mine.run_due()
        await let_pauses_pass(app.settings)
    assert (await progress_of(mine, "failing")).attempts == 3
    seconds = "{}000000" if app.settings.embedded else "interval '{} seconds'"
    hour, late = seconds.format(3600), seconds.format(2)
    await as_owner(app.settings, f"UPDATE reactions SET updated_at = updated_at + {hour} - {late}")
    assert not await mine.run_due()
    await as_owner(app.settings, f"UPDATE reactions SET updated_at = updated_at - {late}")
    assert await mine.run_due()


async def test_after_many_attempts_it_stays(app: App, reactor: NewReactor) -> None:
    """The error stays to be seen until somebody lets it try again."""
    reaction, seen = failing(ValueError("never"))
    mine = reactor(reaction)
    _, made = await with_projects(app, 1)
    await mine.run_due()
    await as_owner(app.settings, f"UPDATE reactions SET attempts = {MOST_ATTEMPTS}")
    await let_pauses_pass(app.settings)
    assert not await mine.run_due()
    assert (await progress_of(mine, "failing")).error == f"event {made[0]}: ValueError: never"
    await mine.retry("failing")
    assert await mine.run_due()
    assert seen == made


async def test_an_outage_is_nobodys_fault(app: App, reactor: NewReactor) -> None:
    """It is raised, counts for nothing, and the event is tried again at once."""
    reaction, seen = failing(LogUnavailableError("away"))
    mine = reactor(reaction)
    _, made = await with_projects(app, 1)
    with pytest.raises(LogUnavailableError):
        await mine.run_due()
    assert (await progress_of(mine, "failing")).attempts == 0
    await mine.run_due()
    assert seen == made


async def test_a_refusal_is_told_to_the_reaction(app: App, reactor: NewReactor) -> None:
    """What it makes of it is its own matter."""
    told: list[Accepted | Failure] = []

    async def react(_recorded: RecordedEvent, act: Act) -> None:
        told.append(await act(RenameProject(project=UUID(int=7), name="Nothing")))

    await with_projects(app, 1)
    mine = reactor(Reaction("refused", (ProjectCreated, ProjectRenamed), react))
    await mine.run_due()
    assert [type(each) for each in told] == [Failure]
    assert (await progress_of(mine, "refused")).attempts == 0
