"""The tree of what a command was caused by and what it has caused."""

import pytest
from uuid_utils.compat import uuid4, uuid7

from src.commands.project import CreateProject, RenameProject
from src.commands.task import AddTask
from src.projections.audit import AUDIT
from src.queries import causes
from src.queries.causes import CausedCommand, Causes, get_causes
from src.queries.reading import reading
from src.testing import Actor, newcomer
from src.wiring import App


async def asked(app: App, command_id: object) -> Causes:
    """The tree, from a trail that is level."""
    await app.runner.catch_up(AUDIT)
    async with reading(app.readers) as read:
        found = await get_causes(read, command_id)  # type: ignore[arg-type] # a UUID it is
    assert found is not None
    return found


def names(command: CausedCommand) -> list[object]:
    """The commands of a tree, each before those that it caused."""
    return [command.command, *(names(child) for child in command.caused)]


async def caused(app: App, ann: Actor, command: object, by: int | None) -> tuple[object, int]:
    """Gives the command as a reaction to that event would; its id, and the position of its last event."""
    id_ = uuid7()
    cause = None if by is None else f"event {by}"
    done = await ann.do(command, command_id=id_, causation_id=cause)  # type: ignore[arg-type] # a Command it is
    return id_, done.position


async def test_causes_go_up_and_down(shared: App) -> None:
    """Over any number of steps, through the events between the commands."""
    ann = await newcomer(shared.commands)
    shed = uuid4()
    first, at = await caused(shared, ann, CreateProject(project=shed, name=f"Shed {shed}"), None)
    second, then = await caused(shared, ann, RenameProject(project=shed, name=f"Hut {shed}"), at)
    third, _ = await caused(shared, ann, AddTask(project=shed, name="Dig"), then)
    _, _ = await caused(shared, ann, AddTask(project=shed, name="Sow"), at)
    told = await asked(shared, first)
    assert names(told.commands[0]) == ["CreateProject", ["RenameProject", ["AddTask"]], ["AddTask"]]
    assert at in [event.position for event in told.commands[0].events]
    assert (told.caused_by, told.truncated) == ((), False)
    told = await asked(shared, third)
    assert [cause.command_id for cause in told.caused_by] == [second, first]
    assert told.commands[0].causation_id == f"event {then}"


async def test_a_large_tree_is_truncated_and_says_so(shared: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """More commands, or more events of one command, than an answer holds."""
    ann = await newcomer(shared.commands)
    shed = await ann.project(f"Shed {ann.user}")
    many = uuid7()
    tasks = [AddTask(project=shed, name=f"Task {n}") for n in range(60)]
    await shared.commands.execute_all(tasks, ann.context(command_id=many))
    told = await asked(shared, many)
    assert (told.truncated, told.commands[0].more_events, len(told.commands[0].events)) == (True, True, 100)
    first, at = await caused(shared, ann, RenameProject(project=shed, name=f"Hut {ann.user}"), None)
    for n in range(4):
        await caused(shared, ann, AddTask(project=shed, name=f"Caused {n}"), at)
    assert not (await asked(shared, first)).truncated
    monkeypatch.setattr(causes, "MOST_COMMANDS", 3)
    told = await asked(shared, first)
    assert (told.truncated, len(told.commands[0].caused)) == (True, 2)


async def test_one_id_of_two_actors_is_two_commands(shared: App) -> None:
    """Ids of commands are the actors' own."""
    id_ = uuid7()
    people = [await newcomer(shared.commands) for _ in range(2)]
    for person in people:
        await person.do(CreateProject(name=f"Shed {person.user}"), command_id=id_)
    told = await asked(shared, id_)
    assert [command.actor for command in told.commands] == [person.user for person in people]
