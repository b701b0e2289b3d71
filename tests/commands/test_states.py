"""States are cached by each process; what others write is never overlooked."""

from collections.abc import AsyncIterator

import pytest

from src.commands.account import ChangeProfile
from src.commands.codes import Code
from src.commands.member import AddMember, ChangeMemberRole
from src.commands.progress import RecordProgress
from src.commands.project import ArchiveProject, CreateProject, RenameProject
from src.commands.states import Known, States
from src.commands.task import AddTask, UpdateTask
from src.commands.task_state import TASK
from src.commands.user import USER
from src.events.project import ProjectRole
from src.wiring import App, open_app
from tests.acting import Actor, newcomer
from tests.conftest import nobody_woken


@pytest.fixture(scope="session")
async def other(shared: App) -> AsyncIterator[App]:
    """A second application on the same database, with caches of its own."""
    async with open_app(shared.settings, nobody_woken) as app:
        yield app


async def test_two_loops_see_each_others_changes(shared: App, other: App) -> None:
    """What one has cached and the other has changed is read again before anything is decided on it."""
    ann = await newcomer(shared.commands)
    elsewhere = Actor(other.commands, ann.user)
    project = await ann.project("Shed")
    task = await ann.task(project)
    for number in range(5):
        assert (await ann.do(UpdateTask(project=project, task=task, notes=f"{number}"))).changed
        assert not (await elsewhere.do(UpdateTask(project=project, task=task, notes=f"{number}"))).changed
        assert (await elsewhere.do(UpdateTask(project=project, task=task, notes=f"{number}!"))).changed
        assert not (await ann.do(UpdateTask(project=project, task=task, notes=f"{number}!"))).changed
        assert (await elsewhere.do(AddTask(project=project, name="Dig"))).tag == f"1.{2 * number + 2}"
        assert (await ann.do(AddTask(project=project, name="Dig"))).tag == f"1.{2 * number + 3}"


async def test_a_loop_does_not_refuse_what_another_has_made_possible(shared: App, other: App) -> None:
    """A name that was taken when it was cached is free now."""
    ann = await newcomer(shared.commands)
    elsewhere = Actor(other.commands, ann.user)
    project = await ann.project("Shed")
    assert (await elsewhere.refused(CreateProject(name="Shed"))).code is Code.PROJECT_NAME_TAKEN
    await ann.do(RenameProject(project=project, name="Barn"))
    assert (await elsewhere.do(CreateProject(name="Shed"))).changed


async def test_a_loop_does_not_allow_what_another_has_forbidden(shared: App, other: App) -> None:
    """A role that was cached is not the role of now, and neither is a live project."""
    ann, bob = await newcomer(shared.commands), await newcomer(shared.commands)
    project = await ann.project()
    await ann.do(AddMember(project=project, user=bob.user, role=ProjectRole.EDITOR))
    elsewhere = Actor(other.commands, bob.user)
    task = await elsewhere.task(project)
    await ann.do(ChangeMemberRole(project=project, user=bob.user, role=ProjectRole.VIEWER))
    report = RecordProgress(project=project, task=task, percent_complete=10)
    assert (await elsewhere.refused(report)).code is Code.FORBIDDEN
    await ann.do(ChangeMemberRole(project=project, user=bob.user, role=ProjectRole.EDITOR))
    await ann.do(ArchiveProject(project=project))
    assert (await elsewhere.refused(report)).code is Code.PROJECT_ARCHIVED


async def test_a_small_cache_forgets_and_reads_again(shared: App) -> None:
    """How much is cached decides how much is read, never what is true."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    tasks = [await ann.task(project, f"{number}") for number in range(6)]
    states = States(shared.log, shared.keyring, capacity=2)
    for _ in range(2):
        for number, task in enumerate(tasks):
            ((version, state, _),) = await states.get([TASK.at(task)])
            assert (version, state.name) == (1, f"{number}")
    many = await states.get([TASK.at(task) for task in tasks])
    assert [known.state.name for known in many] == [f"{number}" for number in range(6)]


async def test_an_old_state_is_kept_until_it_is_known_to_be_old(shared: App) -> None:
    """Reading it again is asked for by who was told that it moved; then only what is new is read."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    task = await ann.task(project, "Dig")
    states, ref = States(shared.log, shared.keyring), TASK.at(task)
    assert (await states.get([ref]))[0].state.name == "Dig"
    await ann.do(UpdateTask(project=project, task=task, name="Sow"))
    assert (await states.get([ref]))[0].state.name == "Dig"
    states.moved([ref.stream])
    (known,) = await states.get([ref])
    assert known.version == 2
    assert known == (await States(shared.log, shared.keyring).get([ref]))[0]


async def test_what_a_commit_made_is_taken_over_unless_something_newer_is_known(shared: App) -> None:
    """A state is advanced from the version that the cache holds, and from no other."""
    ann = await newcomer(shared.commands)
    project = await ann.project()
    task = await ann.task(project, "Dig")
    states, ref = States(shared.log, shared.keyring), TASK.at(task)
    (first,) = await states.get([ref])
    states.advance([(ref.stream, 1, Known(2, "two"))])
    assert await states.get([ref]) == [Known(2, "two")]
    states.advance([(ref.stream, 1, Known(2, "other")), (ref.stream, 0, first)])
    assert await states.get([ref]) == [Known(2, "two")]


async def test_states_hold_personal_values_in_plain_text_until_the_key_is_gone(shared: App) -> None:
    """Decisions compare names; who reads after the key was destroyed gets them sealed."""
    ann = await newcomer(shared.commands)
    await ann.do(ChangeProfile(user=ann.user, name="Anna"))
    fresh = States(shared.log, shared.keyring)
    assert (await fresh.get([USER.at(ann.user)]))[0].state.name == "Anna"
    await shared.keyring.destroy(str(ann.user))
    erased = (await States(shared.log, shared.keyring).get([USER.at(ann.user)]))[0].state
    assert erased.registered
    assert "Anna" not in repr(erased)
