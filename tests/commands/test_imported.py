"""What is imported from a past is told at its own time, by who may, and never backwards."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.command import Command
from src.commands.loop import Accepted
from src.commands.progress import RecordProgress
from src.commands.result import Failure
from src.commands.task import AddTask, UpdateTask
from src.commands.task_fields import SetFields
from src.events import RecordedEvent
from src.testing import NOW, a_user, context, given
from src.testing.acting import accepted
from src.wiring import App
from tests.acting import Actor, newcomer

from .leaf import LEAF, ON_A

LAST_YEAR = NOW - timedelta(days=365)
CHANGE = SetFields(**ON_A, fields={"status": "Open"})


async def test_only_an_import_gives_another_time() -> None:
    """Without that everybody is refused, the service too; what is dated may have one, as before."""
    await LEAF.when(CHANGE, effective_at=LAST_YEAR).refused(Code.EFFECTIVE_TIME_NOT_ALLOWED)
    answer = await LEAF.when(RecordProgress(**ON_A, percent_complete=1), effective_at=LAST_YEAR).answer()
    assert isinstance(answer, Accepted)


async def test_an_import_needs_the_right_of_an_operator() -> None:
    """Who may edit the plan may not write its past."""
    planner, operator = uuid4(), uuid4()
    plot = UUID(int=77)
    there = given(a_user(planner), a_user(operator, "administrator", "planner"))
    make = AddTask(project=plot, name="Dig")
    for by in (planner, operator):
        refusal = await there.when(make, by=by, imported=True, effective_at=LAST_YEAR).answer()
        assert isinstance(refusal, Failure)
        assert refusal.code is (Code.FORBIDDEN if by == planner else Code.NOT_FOUND)


async def test_nothing_is_imported_from_the_future() -> None:
    """Not by a second: a clock that is ahead is no reason here."""
    soon = NOW + timedelta(seconds=1)
    await LEAF.when(CHANGE, imported=True, effective_at=soon).refused(Code.EFFECTIVE_TIME_IN_FUTURE)


async def test_the_past_of_a_stream_does_not_run_backwards() -> None:
    """What was changed at a later time already is not changed at an earlier one."""
    await LEAF.when(CHANGE, imported=True, effective_at=LAST_YEAR).refused(
        Code.EFFECTIVE_TIME_BACKWARDS, latest=NOW.isoformat()
    )


@pytest.fixture
async def operator(shared: App) -> Actor:
    """Somebody who may import."""
    return await newcomer(shared.commands, "administrator", "planner")


async def _task(shared: App, operator: Actor, **when: Any) -> tuple[UUID, UUID]:
    """A project and a task that is as old as is said."""
    project = await operator.project(f"Shed {uuid4()}")
    answer = await operator.do(AddTask(project=project, name="Dig"), imported=True, **when)
    return project, UUID(answer.ids["task"])


async def test_a_stream_goes_on_from_its_latest_time(shared: App, operator: Actor) -> None:
    """By the log, not by memory: also for another process, and after a change of today."""
    project, task = await _task(shared, operator, effective_at=LAST_YEAR)
    for days, code in ((1, None), (1, None), (0, Code.EFFECTIVE_TIME_BACKWARDS), (2, None)):
        at, status = LAST_YEAR + timedelta(days=days), str(uuid4())
        command = SetFields(project=project, task=task, fields={"status": status})
        answer = await shared.commands.execute(command, operator.context(imported=True, effective_at=at))
        assert (answer.code if isinstance(answer, Failure) else None) is code
        shared.commands.states._cache.clear()  # as another process begins
    await operator.do(UpdateTask(project=project, task=task, notes="today"))
    later = LAST_YEAR + timedelta(days=30)
    for _ in range(2):
        refusal = await operator.refused(
            SetFields(project=project, task=task, fields={"x": "y"}), imported=True, effective_at=later
        )
        assert refusal.code is Code.EFFECTIVE_TIME_BACKWARDS
        shared.commands.states._cache.clear()


async def test_each_command_of_an_append_has_its_own_time_and_author(shared: App, operator: Actor) -> None:
    """Time, author, id and reason are those of the command; the append is one, and a repeat does nothing."""
    project, task = await _task(shared, operator, effective_at=LAST_YEAR)
    steps: list[tuple[Command, Any]] = [
        (
            SetFields(project=project, task=task, fields={"status": f"{number}"}),
            operator.context(
                imported=True, effective_at=LAST_YEAR + timedelta(days=number), author=uuid4(), reason=f"{number}"
            ),
        )
        for number in range(1, 4)
    ]
    head, whole = await shared.log.head(), operator.context(imported=True)
    first = accepted(await shared.commands.execute_each(steps, whole))
    assert accepted(await shared.commands.execute_each(steps, whole)) == first
    found: list[RecordedEvent] = list(await shared.log.read(head, 10))
    assert len(found) == 3
    for each, (_, own) in zip(found, steps, strict=True):
        metadata = orjson.loads(each.metadata)
        assert (each.effective_at, metadata["author"], metadata["command_id"], metadata["reason"]) == (
            own.effective_at,
            str(own.author),
            str(own.command_id),
            own.reason,
        )
        assert metadata["actor"] == str(operator.user)
    other = [(command, operator.context(imported=True, effective_at=NOW)) for command, _ in steps]
    reused = await shared.commands.execute_each(other, whole)
    assert isinstance(reused, Failure)
    assert reused.code is Code.COMMAND_ID_REUSED


def test_an_author_is_in_the_metadata_only_where_there_is_one() -> None:
    """What was stored before looks as before."""
    author = uuid4()
    assert "author" not in orjson.loads(context().metadata("AddTask", {}))
    assert orjson.loads(context(author=author).metadata("AddTask", {}))["author"] == str(author)
