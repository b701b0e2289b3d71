"""Tasks: adding them, changing their attributes, and reporting their progress."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.plan import MAX_DEPTH, DeleteTask
from src.commands.project import CreateProject
from src.commands.task import ONE_DAY, AddTask, RecordProgress, SetConstraint, SetDuration, UpdateTask
from src.events.plan import TaskPlaced
from src.events.task import (
    TaskAdded,
    TaskConstraintChanged,
    TaskDurationChanged,
    TaskUpdated,
)
from src.scheduling import Constraint, ConstraintType, Duration
from src.wiring import App
from tests.acting import Actor, context, newcomer
from tests.commands.world import facts

NOW = datetime(2026, 7, 15, 10, tzinfo=UTC)
HERE = datetime(2026, 7, 15, 12)
MONDAY = datetime(2026, 7, 13, 8)
MUST_START = Constraint(type=ConstraintType.MUST_START_ON, date=MONDAY)


@pytest.fixture
async def ann(shared: App) -> Actor:
    """A planner."""
    return await newcomer(shared.commands)


# --- adding -------------------------------------------------------------------------------------------------------


async def test_adding_makes_a_task_and_puts_it_in_the_plan(shared: App, ann: Actor) -> None:
    """Both in one append: what it is in its own stream, where it is in the plan's."""
    project, task = await ann.project(), uuid4()
    head = await shared.log.head()
    accepted = await ann.do(AddTask(project=project, task=task, name="Dig", external_id="7"))
    assert accepted.ids == {"task": str(task)}
    assert accepted.tag == "1.1"
    added, placed = await facts(shared.log, head)
    assert added == TaskAdded(
        task=task, name="Dig", notes="", duration=ONE_DAY, constraint=Constraint(), external_id="7"
    )
    assert isinstance(placed, TaskPlaced)
    assert (placed.task, placed.parent) == (task, None)


async def test_a_task_is_added_once(ann: Actor) -> None:
    """An id that is known is refused, also one of another project and one that was deleted."""
    project = await ann.project()
    task = await ann.task(project)
    again = AddTask(project=project, task=task, name="Dig")
    assert (await ann.refused(again)).code is Code.ALREADY_EXISTS
    elsewhere = AddTask(project=await ann.project("Barn"), task=task, name="Dig")
    assert (await ann.refused(elsewhere)).code is Code.ALREADY_EXISTS
    await ann.do(DeleteTask(project=project, task=task))
    assert (await ann.refused(again)).code is Code.ALREADY_EXISTS


async def test_a_parent_must_be_in_the_plan(ann: Actor) -> None:
    """Unknown, deleted, or of another project: it takes no children here."""
    project = await ann.project()
    gone = await ann.task(project)
    await ann.do(DeleteTask(project=project, task=gone))
    elsewhere = await ann.task(await ann.project("Barn"))
    for parent in (uuid4(), gone, elsewhere):
        refusal = await ann.refused(AddTask(project=project, parent=parent, name="Dig"))
        assert refusal.code is Code.PARENT_UNKNOWN


async def test_a_leaf_with_progress_does_not_become_a_summary(ann: Actor) -> None:
    """A summary's progress is rolled up; what the leaf has would be lost."""
    project = await ann.project()
    task = await ann.task(project)
    await ann.do(RecordProgress(project=project, task=task, percent_complete=1))
    refusal = await ann.refused(AddTask(project=project, parent=task, name="Dig"))
    assert refusal.code is Code.PARENT_HAS_PROGRESS
    await ann.do(RecordProgress(project=project, task=task, percent_complete=0), reason="a mistake")
    await ann.task(project, parent=task)


async def test_a_leaf_that_must_start_on_a_date_does_not_become_a_summary(ann: Actor) -> None:
    """A summary follows from its tasks."""
    project = await ann.project()
    task = await ann.task(project, constraint=MUST_START)
    refusal = await ann.refused(AddTask(project=project, parent=task, name="Dig"))
    assert refusal.code is Code.SUMMARY_CONSTRAINT
    await ann.do(SetConstraint(project=project, task=task, constraint=Constraint()))
    await ann.task(project, parent=task)


async def test_a_plan_has_a_bounded_depth(shared: App, ann: Actor) -> None:
    """One level more is refused."""
    project, tasks = uuid4(), [uuid4() for _ in range(MAX_DEPTH)]
    nested = [
        AddTask(project=project, task=task, parent=parent, name="Dig")
        for task, parent in zip(tasks, [None, *tasks], strict=False)
    ]
    await shared.commands.execute_all([CreateProject(project=project, name="Deep"), *nested], context(ann.user))
    refusal = await ann.refused(AddTask(project=project, parent=tasks[-1], name="Dig"))
    assert refusal.code is Code.PLAN_TOO_DEEP
    await ann.task(project, parent=tasks[-2])


async def test_a_plan_has_a_bounded_size(ann: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """One task more is refused."""
    project = await ann.project()
    await ann.task(project)
    monkeypatch.setattr("src.commands.task.MAX_TASKS", 1)
    assert (await ann.refused(AddTask(project=project, name="Dig"))).code is Code.PLAN_TOO_LARGE


# --- attributes ---------------------------------------------------------------------------------------------------


async def test_an_update_stores_what_changed_only(shared: App, ann: Actor) -> None:
    """Fields that are not given or the same are left out; when none is left, nothing is stored."""
    project = await ann.project()
    task = await ann.task(project, "Dig", notes="deep")
    head = await shared.log.head()
    for fields in ({"name": "Dig", "notes": "deeper"}, {"name": "Sow"}, {"notes": ""}):
        command = UpdateTask.model_validate({"project": project, "task": task, **fields})
        assert (await ann.do(command)).changed
        assert not (await ann.do(command)).changed
    assert not (await ann.do(UpdateTask(project=project, task=task))).changed
    assert await facts(shared.log, head) == [
        TaskUpdated(task=task, notes="deeper"),
        TaskUpdated(task=task, name="Sow"),
        TaskUpdated(task=task, notes=""),
    ]


async def test_a_duration_is_set(shared: App, ann: Actor) -> None:
    """Zero makes a milestone; elapsed time is another duration than as much working time."""
    project = await ann.project()
    task = await ann.task(project)
    head = await shared.log.head()
    durations = [Duration(tenths=0), Duration(tenths=0, elapsed=True), Duration(tenths=4800)]
    for duration in durations:
        assert (await ann.do(SetDuration(project=project, task=task, duration=duration))).changed
        assert not (await ann.do(SetDuration(project=project, task=task, duration=duration))).changed
    assert await facts(shared.log, head) == [TaskDurationChanged(task=task, duration=d) for d in durations]


async def test_a_constraint_is_set(shared: App, ann: Actor) -> None:
    """And taken away by the one that is none."""
    project = await ann.project()
    task = await ann.task(project)
    head = await shared.log.head()
    for constraint in (MUST_START, Constraint()):
        assert (await ann.do(SetConstraint(project=project, task=task, constraint=constraint))).changed
        assert not (await ann.do(SetConstraint(project=project, task=task, constraint=constraint))).changed
    assert await facts(shared.log, head) == [
        TaskConstraintChanged(task=task, constraint=c) for c in (MUST_START, Constraint())
    ]


async def test_a_summary_does_not_have_to_start_on_a_date(ann: Actor) -> None:
    """It may start no earlier than one."""
    project = await ann.project()
    summary = await ann.task(project)
    await ann.task(project, parent=summary)
    for kind in (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON):
        command = SetConstraint(project=project, task=summary, constraint=Constraint(type=kind, date=MONDAY))
        assert (await ann.refused(command)).code is Code.SUMMARY_CONSTRAINT
    later = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=MONDAY)
    assert (await ann.do(SetConstraint(project=project, task=summary, constraint=later))).changed


@pytest.mark.parametrize(
    "constraint",
    [
        {"type": "MSO"},
        {"type": "ASAP", "date": "2026-03-02T08:00:00"},
        {"type": "SNET", "date": "2026-03-02T08:00:00Z"},
        {"type": "SOON"},
    ],
)
def test_what_is_no_constraint_is_no_command(constraint: dict[str, Any]) -> None:
    """Dates where they belong, without an offset."""
    with pytest.raises(ValidationError):
        SetConstraint.model_validate({"project": uuid4(), "task": uuid4(), "constraint": constraint})


def _about(project: Any, task: Any) -> list[UpdateTask | SetDuration | SetConstraint | RecordProgress]:
    return [
        UpdateTask(project=project, task=task, name="Sow"),
        SetDuration(project=project, task=task, duration=Duration(tenths=1)),
        SetConstraint(project=project, task=task, constraint=Constraint(type=ConstraintType.AS_LATE_AS_POSSIBLE)),
        RecordProgress(project=project, task=task, percent_complete=50),
    ]


async def test_a_task_must_be_in_the_plan(ann: Actor) -> None:
    """What is unknown, of another project or deleted cannot be changed; a deletion says what to restore."""
    project = await ann.project()
    summary = await ann.task(project)
    gone = await ann.task(project, parent=summary)
    elsewhere = await ann.task(await ann.project("Barn"))
    await ann.do(DeleteTask(project=project, task=summary))
    for task, code in ((uuid4(), Code.TASK_UNKNOWN), (elsewhere, Code.TASK_UNKNOWN), (gone, Code.TASK_DELETED)):
        for command in _about(project, task):
            refusal = await ann.refused(command)
            assert refusal.code is code
            assert refusal.details == ({"deleted_with": str(summary)} if task == gone else {})


async def test_a_task_that_was_changed_meanwhile_is_not_overwritten(ann: Actor) -> None:
    """The refusal tells the task's present revision and the fields changed since; its place is another matter."""
    project = await ann.project()
    task = await ann.task(project)
    await ann.do(UpdateTask(project=project, task=task, notes="deep"))
    await ann.do(RecordProgress(project=project, task=task, percent_complete=10), reason="a report")
    await ann.task(project)
    for command in _about(project, task):
        refusal = await ann.refused(command, expected=1)
        assert refusal.code is Code.STALE_WRITE
        assert refusal.details == {
            "expected": 1,
            "revision": 3,
            "changed": ["actual_start", "notes", "percent_complete"],
        }
    assert (await ann.do(UpdateTask(project=project, task=task, name="Sow"), expected=3)).tag == "4.1"
