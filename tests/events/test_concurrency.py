"""Many writers, in one process and in several: nothing is lost, nothing doubled, and every rule holds."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from src.commands.breakdown import PLAN
from src.commands.codes import Code
from src.commands.command import SYSTEM
from src.commands.link import LinkTasks
from src.commands.project import CreateProject
from src.commands.result import Failure
from src.commands.task import AddTask, UpdateTask
from src.commands.task_state import TASK
from src.commands.user_role import AssignRole, RevokeRole
from src.events import EventLog, RecordedEvent
from src.events.task import TaskUpdated
from src.wiring import App, open_app
from tests.acting import Actor, context, newcomer, register
from tests.conftest import nobody_woken
from tests.events.committing import new_stream
from tests.events.crew import PROCESSES, Crew, carried

ROUNDS = 20


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
