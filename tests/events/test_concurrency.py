"""Many writers, in one process and in several: nothing is lost, nothing doubled, and every rule holds."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from src.commands.breakdown import PLAN
from src.commands.codes import Code
from src.commands.command import SYSTEM, Command
from src.commands.loop import Accepted
from src.commands.plan import LinkTasks
from src.commands.project import CreateProject, RenameProject
from src.commands.registry import BY_COMMAND
from src.commands.result import Failure
from src.commands.task import AddTask, UpdateTask
from src.commands.task_state import TASK
from src.commands.user import AssignRole, RevokeRole
from src.events import EventLog, RecordedEvent
from src.events.task import TaskUpdated
from src.wiring import App, open_app
from tests.acting import Actor, context, newcomer, register
from tests.conftest import nobody_woken
from tests.events.committing import new_stream
from tests.events.crew import Crew, hire

PROCESSES = 4
ROUNDS = 20


@pytest.fixture(scope="session")
async def crew() -> AsyncIterator[Crew]:
    """Four processes, on whichever database a test says."""
    async with hire(PROCESSES) as crew:
        yield crew


def carried(actor: UUID, command: Command, command_id: UUID | None = None) -> dict[str, Any]:
    """A command as another process is given it."""
    fixed = {"command_id": str(command_id)} if command_id else {}
    fields = command.model_dump(mode="json", exclude_unset=True)
    return {"name": BY_COMMAND[type(command)].name, "fields": fields, "actor": str(actor), **fixed}


async def notes_in(log: EventLog, task: UUID) -> list[str | None]:
    """The notes that a task was given, in the order of the log; versions and positions must fit."""
    stored = await log.read_streams({TASK.at(task).stream: 1})
    assert [event.version for event in stored] == list(range(2, len(stored) + 2))
    assert all(earlier.position < later.position for earlier, later in pairwise(stored))
    return [event.event.notes for event in stored if isinstance(event.event, TaskUpdated)]


async def placed_in(log: EventLog, project: UUID) -> list[UUID]:
    """The tasks of a plan in which tasks were only added."""
    stored = await log.read_streams({PLAN.at(project).stream: 0})
    assert [event.version for event in stored] == list(range(1, len(stored) + 1))
    return [event.event.task for event in stored]  # type: ignore[attr-defined]


# --- one stream, many writers -------------------------------------------------------------------------------------


async def test_sixteen_writers_of_one_task_lose_nothing(shared: App) -> None:
    """All are accepted, and each change is in the task's stream once."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    task = await ann.task(project)

    async def write(writer: int) -> None:
        for number in range(10):
            await ann.do(UpdateTask(project=project, task=task, notes=f"{writer}/{number}"))

    await asyncio.gather(*map(write, range(16)))
    notes = await notes_in(shared.log, task)
    assert sorted(map(str, notes)) == sorted(f"{writer}/{number}" for writer in range(16) for number in range(10))
    for writer in range(16):
        assert [note for note in notes if str(note).startswith(f"{writer}/")] == [f"{writer}/{n}" for n in range(10)]


async def test_sixteen_writers_of_one_plan_lose_nothing(shared: App) -> None:
    """Tasks that are added at the same time all stand in the plan, each at a place of its own."""
    ann = await newcomer(shared.commands)
    project = await ann.project()

    async def write(_writer: int) -> list[UUID]:
        return [await ann.task(project) for _ in range(5)]

    added = [task for tasks in await asyncio.gather(*map(write, range(16))) for task in tasks]
    assert Counter(await placed_in(shared.log, project)) == Counter(added)


async def test_writers_in_four_processes_lose_nothing(shared: App, crew: Crew) -> None:
    """Processes meet at the log alone: what they add to one plan and change in one task is all there, once."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    task = await ann.task(project)
    jobs: list[dict[str, Any]] = []
    for process in range(PROCESSES):
        updates = [UpdateTask(project=project, task=task, notes=f"{process}/{number}") for number in range(8)]
        additions = [AddTask(project=project, task=uuid7(), name="Dig") for _ in range(8)]
        commands = [carried(ann.user, command) for pair in zip(updates, additions, strict=True) for command in pair]
        jobs.append({"job": "give", "writers": 4, "commands": commands})
    answers = await crew.do(shared.settings, jobs)
    assert all(isinstance(answer[0], int) for answered in answers for answer in answered)
    notes = await notes_in(shared.log, task)
    assert sorted(map(str, notes)) == sorted(f"{process}/{number}" for process in range(4) for number in range(8))
    wanted = [UUID(c["fields"]["task"]) for job in jobs for c in job["commands"] if c["name"] == "AddTask"]
    assert Counter(await placed_in(shared.log, project)) == Counter([task, *wanted])


async def test_a_reader_sees_every_event_once_and_in_order(shared: App, crew: Crew) -> None:
    """While eight writers in four processes commit, conflict and roll back, no position is skipped or seen late."""
    streams = [new_stream() for _ in range(3)]
    head = await shared.log.head()
    jobs = [
        {"job": "churn", "writers": 2, "streams": streams, "commits": 12, "seed": seed} for seed in range(PROCESSES)
    ]
    writing = asyncio.create_task(crew.do(shared.settings, jobs))
    seen: list[RecordedEvent] = []
    chance, polls = random.Random(1), 0
    while True:
        ended = writing.done()
        news = await shared.log.read(head + len(seen), chance.choice((1, 5, 1000)))
        polls += 1
        seen.extend(news)
        if ended and not news:
            break
    stood = [data for answer in await writing for data in answer]
    assert [event.position for event in seen] == list(range(head + 1, head + len(seen) + 1))
    assert Counter(event.data for event in seen) == Counter(stood)
    assert all(earlier.recorded_at <= later.recorded_at for earlier, later in pairwise(seen))
    for stream in streams:
        versions = [event.version for event in seen if event.stream == stream]
        assert versions == list(range(1, len(versions) + 1))
    assert len(stood) > 50
    assert polls > 20


# --- rules that two writers could break together ------------------------------------------------------------------

Pair = Callable[[dict[str, Any], dict[str, Any]], Awaitable[list[Any]]]


async def test_two_links_that_close_a_cycle_together_do_not_both_stand(shared: App, crew: Crew) -> None:
    """Of two links, each legal without the other, exactly one is refused: from one process and from two."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    for number in range(2 * ROUNDS):
        first, second, third = [await ann.task(project) for _ in range(3)]
        await ann.do(LinkTasks(project=project, predecessor=second, successor=third))
        closing = [
            LinkTasks(project=project, predecessor=first, successor=second),
            LinkTasks(project=project, predecessor=third, successor=first),
        ]
        if number % 2:
            answered = await asyncio.gather(*(shared.commands.execute(c, context(ann.user)) for c in closing))
            refused = [answer.code.value for answer in answered if isinstance(answer, Failure)]
        else:
            jobs = [{"job": "give", "writers": 1, "commands": [carried(ann.user, command)]} for command in closing]
            answers = await crew.do(shared.settings, jobs)
            refused = [answer[0][0] for answer in answers if isinstance(answer[0][0], str)]
        assert refused == ["LINK_CYCLE"]


async def test_two_administrators_cannot_dismiss_each_other(app: App) -> None:
    """One administrator is left, whoever is faster: two loops that know nothing of each other."""
    ann, bob = [await register(app.commands, name, "administrator") for name in ("ann", "bob")]
    async with open_app(app.settings, nobody_woken) as other:
        for _ in range(5):
            revoked = await asyncio.gather(
                app.commands.execute(RevokeRole(user=bob.user, role="administrator"), context(ann.user)),
                other.commands.execute(RevokeRole(user=ann.user, role="administrator"), context(bob.user)),
            )
            codes = [answer.code for answer in revoked if isinstance(answer, Failure)]
            assert codes in ([Code.LAST_ADMINISTRATOR], [Code.FORBIDDEN])
            for user in (ann.user, bob.user):
                await Actor(app.commands, SYSTEM).do(AssignRole(user=user, role="administrator"))


async def test_a_name_is_taken_by_one_of_two(shared: App, crew: Crew) -> None:
    """Projects of one name that two processes create at the same time: one of them is refused."""
    ann = await newcomer(shared.commands)
    for number in range(5):
        jobs = [
            {"job": "give", "writers": 1, "commands": [carried(ann.user, CreateProject(name=f"{shed} {number}"))]}
            for shed in ("Shed", "SHED")
        ]
        answers = [answer[0][0] for answer in await crew.do(shared.settings, jobs)]
        assert sorted(isinstance(answer, int) for answer in answers) == [False, True]
        assert "PROJECT_NAME_TAKEN" in answers


# --- the same command again ---------------------------------------------------------------------------------------


async def test_a_replayed_command_is_answered_the_same(shared: App) -> None:
    """Accepted, refused or quiet: the same command id and content gets the same answer, and nothing is appended."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    task = await ann.task(project)
    for command in (
        AddTask(project=project, name="Plant"),
        LinkTasks(project=project, predecessor=task, successor=task),
        UpdateTask(project=project, task=task, name="Dig"),
    ):
        given = context(ann.user)
        first = await shared.commands.execute(command, given)
        await ann.do(UpdateTask(project=project, task=task, notes=command.__class__.__name__))
        head = await shared.log.head()
        again = context(ann.user, command_id=given.command_id)
        assert await shared.commands.execute(command, again) == first
        assert await shared.log.head() == head


async def test_a_replayed_command_is_answered_though_it_would_be_refused_now(shared: App) -> None:
    """What was answered stands, even when the actor has lost the right since."""
    ann = await newcomer(shared.commands)
    given = context(ann.user)
    first = await shared.commands.execute(CreateProject(name="Shed"), given)
    await Actor(shared.commands, SYSTEM).do(RevokeRole(user=ann.user, role="planner"))
    assert isinstance(first, Accepted)
    assert await shared.commands.execute(CreateProject(name="Shed"), given) == first


async def test_other_content_under_a_used_command_id_is_refused(shared: App) -> None:
    """A command id stands for one content: fields, reason and expectation."""
    ann, bob = await newcomer(shared.commands), await newcomer(shared.commands)
    project = await ann.project()
    given = context(ann.user)
    rename = RenameProject(project=project, name="Shed")
    await shared.commands.execute(rename, given)
    head = await shared.log.head()
    for command, changes in (
        (RenameProject(project=project, name="Barn"), {}),
        (rename, {"reason": "it is one"}),
        (rename, {"expected": 2}),
        (CreateProject(name="Shed"), {}),
    ):
        answer = await shared.commands.execute(command, context(ann.user, command_id=given.command_id, **changes))
        assert isinstance(answer, Failure)
        assert answer.code is Code.COMMAND_ID_REUSED
    assert await shared.log.head() == head
    assert (await bob.do(CreateProject(name="Shed"), command_id=given.command_id)).changed


async def test_a_stale_write_is_decided_afresh_under_its_id(shared: App) -> None:
    """Who was refused for what was expected may ask again under the same id, with the present revision."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    rename, given = RenameProject(project=project, name="Shed"), context(ann.user)
    stale = await ann.refused(rename, command_id=given.command_id, expected=1)
    assert stale.code is Code.STALE_WRITE
    assert (await ann.do(rename, command_id=given.command_id, expected=stale.details["revision"])).changed


async def test_copies_of_a_command_that_race_are_one(shared: App, crew: Crew) -> None:
    """Ten copies at once in two processes, and ten in one: all get the answer of the one that stands."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    for _ in range(3):
        head, command_id = await shared.log.head(), uuid7()
        copies = [carried(ann.user, AddTask(project=project, name="Dig"), command_id)] * 5
        answers = await crew.do(shared.settings, [{"job": "give", "writers": 5, "commands": copies}] * 2)
        told = {str(answer) for answered in answers for answer in answered}
        assert len(told) == 1
        assert await shared.log.head() == head + 2
        command, command_id = AddTask(project=project, name="Dig"), uuid7()
        accepted = await asyncio.gather(
            *(shared.commands.execute(command, context(ann.user, command_id=command_id)) for _ in range(10))
        )
        assert all(answer == accepted[0] for answer in accepted)
        assert await shared.log.head() == head + 4


async def test_different_commands_that_race_under_one_id_are_not_both_done(shared: App, crew: Crew) -> None:
    """The first to be appended keeps the id; the other one is refused."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    for _ in range(5):
        command_id = uuid7()
        jobs = [
            {"job": "give", "writers": 1, "commands": [carried(ann.user, AddTask(project=project, name=n), command_id)]}
            for n in ("Dig", "Plant")
        ]
        answers = [answer[0][0] for answer in await crew.do(shared.settings, jobs)]
        assert sorted(isinstance(answer, int) for answer in answers) == [False, True]
        assert "COMMAND_ID_REUSED" in answers


# --- several commands as one --------------------------------------------------------------------------------------


async def test_a_bulk_stands_as_a_whole(shared: App) -> None:
    """Each command sees what the ones before it did; their events follow each other in the log."""
    ann = await newcomer(shared.commands)
    project, first, second, head = uuid7(), uuid7(), uuid7(), await shared.log.head()
    answer = await shared.commands.execute_all(
        [
            CreateProject(project=project, name="Shed"),
            AddTask(project=project, task=first, name="Dig"),
            AddTask(project=project, task=second, parent=first, name="Plant"),
            UpdateTask(project=project, task=second, name="Sow"),
        ],
        context(ann.user),
    )
    assert isinstance(answer, Accepted)
    stored = await shared.log.read(head, 100)
    assert [e.type for e in stored] == [
        "NameReserved", "ProjectCreated", "MemberAdded",
        "TaskAdded", "TaskPlaced", "TaskAdded", "TaskPlaced", "TaskUpdated",
    ]  # fmt: skip
    assert answer.position == stored[-1].position == head + 8


async def test_a_bulk_with_a_refused_command_does_nothing(shared: App) -> None:
    """The refusal says which command it was, and none of the others was done."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    head = await shared.log.head()
    answer = await shared.commands.execute_all(
        [AddTask(project=project, task=uuid7(), name="Dig"), AddTask(project=project, parent=uuid7(), name="Plant")],
        context(ann.user),
    )
    assert isinstance(answer, Failure)
    assert (answer.code, answer.details["command"]) == (Code.PARENT_UNKNOWN, 2)
    assert answer.message.startswith("command 2 of 2: ")
    assert await shared.log.head() == head


async def test_events_of_a_bulk_belong_to_the_projects_of_their_commands(shared: App) -> None:
    """A bulk over two projects stores each event under the project that it changes."""
    ann = await newcomer(shared.commands)
    shed, barn = await ann.project("Shed"), await ann.project("Barn")
    head = await shared.log.head()
    answer = await shared.commands.execute_all(
        [AddTask(project=project, task=uuid7(), name="Dig") for project in (shed, barn)], context(ann.user)
    )
    assert isinstance(answer, Accepted)
    assert [event.project for event in await shared.log.read(head, 10)] == [shed, shed, barn, barn]


async def test_bulks_that_race_do_not_mix(shared: App) -> None:
    """The events of each bulk stay together, whoever else writes the same plan."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    head = await shared.log.head()
    async with open_app(shared.settings, nobody_woken) as other:
        answers = await asyncio.gather(
            *(
                (shared, other)[number % 2].commands.execute_all(
                    [AddTask(project=project, name=f"{number}") for _ in range(3)], context(ann.user)
                )
                for number in range(12)
            )
        )
    assert all(isinstance(answer, Accepted) for answer in answers)
    stored = await shared.log.read(head, 100)
    assert len(stored) == 12 * 6
    for start in range(0, len(stored), 6):
        assert len({event.metadata for event in stored[start : start + 6]}) == 1
