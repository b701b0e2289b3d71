"""The kit for commands: it passes what is so, and it fails when it should."""

from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.loop import CommandLoop
from src.commands.plan import DeleteTask, RestoreTask
from src.commands.progress import RecordProgress
from src.commands.project import PROJECT, CreateProject, RenameProject
from src.commands.task import AddTask, UpdateTask
from src.commands.task_state import TASK
from src.commands.user import RESERVATION, USER
from src.events import RecordedEvent
from src.events.catalogue import NOTICES
from src.events.plan import TasksRestored
from src.events.project import ProjectArchived, ProjectCreated
from src.events.reservation import NameReserved
from src.events.task import TaskUpdated
from src.events.user import AdministratorAdded, RoleAssigned, UserRegistered
from src.testing import NOW, MemoryLog, a_user, at, done, given, reservation
from src.wiring import App
from tests.projections.lives import Life

ANN, SHED, DIG, SOW = uuid4(), uuid4(), uuid4(), uuid4()
PLAN = (
    a_user(ANN),
    done(
        CreateProject(project=SHED, name="Shed"),
        AddTask(project=SHED, task=DIG, name="Dig"),
        AddTask(project=SHED, task=SOW, parent=DIG, name="Sow"),
        by=ANN,
    ),
)
DEEP = UpdateTask(project=SHED, task=DIG, notes="deep")
ORPHAN = (
    done(DeleteTask(project=SHED, task=SOW), by=ANN),
    done(RecordProgress(project=SHED, task=DIG, percent_complete=1), by=ANN, now=NOW - timedelta(days=1)),
)
"""A task whose parent cannot take it back: to restore it warns."""


async def test_what_is_so_passes() -> None:
    """Events, a refusal with its details, nothing, a warning, and the states before and after."""
    plan = given(*PLAN)
    stands = await plan.when(DEEP, by=ANN).idempotent().then(TaskUpdated(task=DIG, notes="deep"))
    assert (stands.changed, stands.tag) == (True, "2.1")
    refusal = await plan.when(DEEP, by=ANN, expected=7).refused(Code.STALE_WRITE, expected=7, revision=1)
    assert refusal.message
    await plan.when(UpdateTask(project=SHED, task=DIG, name="Dig"), by=ANN).idempotent().nothing()
    barn = plan.when(RenameProject(project=SHED, name="Barn"), by=ANN)
    assert [(await each.state(PROJECT.at(SHED))).name for each in (plan, barn)] == ["Shed", "Barn"]


async def test_what_is_stored_is_given_as_it_is() -> None:
    """Events find their streams by what they are about, those of reservations are told theirs."""
    name = await reservation("project", "Shed", ANN)
    names = {"username_reservation": f"u:{64 * '0'}", "email_reservation": f"e:{64 * '0'}"}
    shed = given(
        UserRegistered(user=ANN, username="ann", email="ann@example.org", name="Ann", **names),
        RoleAssigned(user=ANN, role="administrator"),
        AdministratorAdded(user=ANN),
        at(RESERVATION.at(name), NameReserved(holder=SHED)),
        ProjectCreated(project=SHED, owner=ANN, name="Shed", name_reservation=name, time_zone="UTC"),
    )
    assert (await shed.state(USER.at(ANN))).name == "Ann"
    await shed.when(CreateProject(name="shed"), by=ANN).refused(Code.PROJECT_NAME_TAKEN)
    with pytest.raises(TypeError, match="say where"):
        await given(NameReserved(holder=SHED)).state(PROJECT.at(SHED))


async def test_events_and_commands_are_given_in_any_order() -> None:
    """An event after a command on the same stream is seen, before the command that is tried and in its state."""
    sown = given(*PLAN, DEEP, TaskUpdated(task=DIG, name="Sow"), DEEP)
    assert (await sown.state(TASK.at(DIG))).name == "Sow"
    await sown.when(UpdateTask(project=SHED, task=DIG, name="Sow")).nothing()


_UPDATED = TaskUpdated(task=DIG, notes="deep")
_RESTORE = RestoreTask(project=SHED, task=SOW)


@pytest.mark.parametrize(
    "expected, difference",
    [
        (
            lambda: given(*PLAN).when(DEEP, by=ANN).then(TaskUpdated(task=DIG, notes="flat")),
            r"- .*'flat'.*\n\+ .*'deep'",
        ),
        (lambda: given(*PLAN).when(DEEP, by=ANN).then(), r"\+ TaskUpdated"),
        (lambda: given(*PLAN).when(DEEP, by=ANN).then(_UPDATED, _UPDATED), "- TaskUpdated"),
        (lambda: given(*PLAN).when(DEEP, by=ANN).then(_UPDATED, warnings=["RESTORED_TO_TOP"]), "- 'RESTORED_TO_TOP'"),
        (lambda: given(*PLAN, *ORPHAN).when(_RESTORE, by=ANN).nothing(), r"\+ TasksRestored"),
        (lambda: given(*PLAN).when(DEEP, by=ANN).nothing(), r"\+ TaskUpdated"),
        (lambda: given(*PLAN).when(DEEP, by=ANN).refused(Code.FORBIDDEN), "accepted, and not refused"),
        (lambda: given(*PLAN).when(DEEP, by=uuid4()).refused(Code.FORBIDDEN), r"- 'FORBIDDEN'\n\+ 'ACTOR_UNKNOWN'"),
        (
            lambda: given(*PLAN).when(DEEP, by=ANN, expected=7).refused(Code.STALE_WRITE, revision=2),
            r"\+ {'revision': 1}",
        ),
        (lambda: given(*PLAN).when(DEEP, by=uuid4()).then(_UPDATED), "refused with ACTOR_UNKNOWN"),
        (
            lambda: given(*PLAN, DEEP).when(AddTask(project=uuid4(), name="Dig")).state(PROJECT.at(SHED)),
            "refused with NOT",
        ),
        (lambda: given(DEEP).when(DEEP).nothing(), "refused with NOT_FOUND"),
        (
            lambda: given(ProjectArchived(project=SHED)).when(a_user(ANN)).idempotent().then(),
            "wish again .*ALREADY_EXISTS",
        ),
    ],
)
async def test_what_is_not_so_fails(expected: Any, difference: str) -> None:
    """With what was expected and what was not, line by line."""
    with pytest.raises(AssertionError, match=difference):
        await expected()


async def test_a_warning_that_nobody_expects_fails() -> None:
    """As one that does not come."""
    restored = TasksRestored(task=SOW, rank="a1", subtree=(SOW,), links=())
    await given(*PLAN, *ORPHAN).when(_RESTORE, by=ANN).then(restored, warnings=["RESTORED_TO_TOP"])
    with pytest.raises(AssertionError, match=r"\+ 'RESTORED_TO_TOP'"):
        await given(*PLAN, *ORPHAN).when(_RESTORE, by=ANN).then(restored)


async def test_the_log_in_memory_keeps_the_rules_of_the_log(app: App) -> None:
    """A long history of chance is recorded in memory as in a database: what was decided, where, in which order."""
    memory = MemoryLog()
    for commands in (app.commands, CommandLoop(memory, app.keyring)):
        life = Life(commands, 7)
        await life.begin()
        await life.go_on(150)
    real = await app.log.read(0, 10_000)
    assert len(real) > 100
    assert list(map(_placed, memory.recorded)) == list(map(_placed, real))


def _placed(e: RecordedEvent) -> tuple[object, ...]:
    """Where it stands. The stream of what was noticed has a name by chance."""
    stream = "notice" if e.type in NOTICES else e.stream
    return (e.position, stream, e.version, e.type, e.project, e.branch)
