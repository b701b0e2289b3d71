"""A command given again is one command, and several given at once are all or none."""

import asyncio

from uuid_utils.compat import uuid7

from src.commands.codes import Code
from src.commands.command import SYSTEM
from src.commands.link import LinkTasks
from src.commands.loop import Accepted
from src.commands.project import CreateProject, RenameProject
from src.commands.result import Failure
from src.commands.task import AddTask, UpdateTask
from src.commands.user_role import RevokeRole
from src.wiring import App, open_app
from tests.acting import Actor, context, newcomer
from tests.conftest import nobody_woken
from tests.events.crew import Crew, carried

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
    """The refusal says which command it was, and none of the others was done: the log tells of the refusal alone."""
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
    assert [event.type for event in await shared.log.read(head, 10)] == ["RequestRefused"]


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
