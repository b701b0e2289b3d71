"""Tasks: adding them, changing their attributes, and reporting their progress."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.breakdown import PLAN
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.plan import MAX_DEPTH
from src.commands.progress import RecordProgress
from src.commands.project import CreateProject
from src.commands.task import ONE_DAY, AddTask, SetConstraint, SetDuration, UpdateTask
from src.events.plan import TaskPlaced
from src.events.task import TaskAdded, TaskConstraintChanged, TaskDurationChanged, TaskUpdated
from src.scheduling import Constraint, ConstraintType, Duration
from src.testing import done
from tests.commands.garden import PLOT, add, begin, delete, garden, id_of, outline

MONDAY = datetime(2026, 7, 13, 8)
MUST_START = Constraint(type=ConstraintType.MUST_START_ON, date=MONDAY)
A, B, BARN = id_of("a"), id_of("b"), uuid4()
ELSEWHERE = (CreateProject(project=BARN, name="Barn"), AddTask(project=BARN, task=id_of("elsewhere"), name="Dig"))


# --- adding -------------------------------------------------------------------------------------------------------


async def test_adding_makes_a_task_and_puts_it_in_the_plan() -> None:
    """Both in one append: what it is in its own stream, where it is in the plan's."""
    fields: dict[str, Any] = {"task": A, "name": "Dig", "external_id": "7"}
    added = TaskAdded(**fields, notes="", duration=ONE_DAY, constraint=Constraint())
    accepted = await garden().when(AddTask(project=PLOT, **fields)).then(added, TaskPlaced(task=A, rank="a0"))
    assert (accepted.ids, accepted.tag) == ({"task": str(A)}, "1.1")


async def test_a_task_is_added_once() -> None:
    """An id that is known is refused, also one of another project and one that was deleted."""
    for plan in (garden(a=""), garden(a="").also(delete("a"))):
        await plan.when(add("a")).refused(Code.ALREADY_EXISTS)
    await garden().also(*ELSEWHERE).when(add("elsewhere")).refused(Code.ALREADY_EXISTS)


async def test_a_parent_must_be_in_the_plan() -> None:
    """Unknown, deleted, or of another project: it takes no children here."""
    plan = garden(gone="").also(delete("gone"), *ELSEWHERE)
    for parent in ("unknown", "gone", "elsewhere"):
        await plan.when(add("a", parent)).refused(Code.PARENT_UNKNOWN)


async def test_a_leaf_with_progress_does_not_become_a_summary() -> None:
    """A summary's progress is rolled up; what the leaf has would be lost."""
    await garden(a="").also(begin("a")).when(add("b", "a")).refused(Code.PARENT_HAS_PROGRESS)
    taken_back = done(RecordProgress(project=PLOT, task=A, percent_complete=0), reason="a mistake")
    assert await outline(garden(a="").also(begin("a"), taken_back).when(add("b", "a"))) == "1a 1.1b"


async def test_a_leaf_that_must_start_on_a_date_does_not_become_a_summary() -> None:
    """A summary follows from its tasks."""
    fixed = garden().also(add("a", constraint=MUST_START))
    await fixed.when(add("b", "a")).refused(Code.SUMMARY_CONSTRAINT)
    free = TaskConstraintChanged(task=A, constraint=Constraint())
    assert await outline(fixed.also(free).when(add("b", "a"))) == "1a 1.1b"


async def test_a_plan_has_a_bounded_depth() -> None:
    """One level more is refused."""
    levels = [str(level) for level in range(MAX_DEPTH)]
    deep = garden(**dict(zip(levels, ["", *levels], strict=False)))
    await deep.when(add("a", levels[-1])).refused(Code.PLAN_TOO_DEEP)
    assert (await deep.when(add("a", levels[-2])).state(PLAN.at(PLOT))).depth(A) == MAX_DEPTH + 1


async def test_a_plan_has_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """One task more is refused."""
    monkeypatch.setattr("src.commands.task.MAX_TASKS", 1)
    await garden(a="").when(add("b")).refused(Code.PLAN_TOO_LARGE)


# --- attributes ---------------------------------------------------------------------------------------------------


async def test_an_update_stores_what_changed_only() -> None:
    """Fields that are not given or the same are left out; when none is left, nothing is stored."""
    plan, task = garden().also(add("a", notes="deep")), {"project": PLOT, "task": A}
    for fields, changed in (
        ({"name": "a", "notes": "deeper"}, {"notes": "deeper"}),
        ({"name": "Sow"}, {"name": "Sow"}),
        ({"notes": ""}, {"notes": ""}),
    ):
        updated = TaskUpdated.model_validate({"task": A, **changed})
        await plan.when(UpdateTask.model_validate({**task, **fields})).idempotent().then(updated)
    await plan.when(UpdateTask.model_validate(task)).nothing()


async def test_a_duration_is_set() -> None:
    """Zero makes a milestone; elapsed time is another duration than as much working time."""
    plan = garden(a="")
    for duration in (Duration(tenths=0), Duration(tenths=0, elapsed=True), ONE_DAY):
        changed = TaskDurationChanged(task=A, duration=duration)
        await plan.when(SetDuration(project=PLOT, task=A, duration=duration)).idempotent().then(changed)
        plan = plan.also(changed)


async def test_a_constraint_is_set() -> None:
    """And taken away by the one that is none."""
    plan = garden(a="")
    for constraint in (MUST_START, Constraint()):
        changed = TaskConstraintChanged(task=A, constraint=constraint)
        await plan.when(SetConstraint(project=PLOT, task=A, constraint=constraint)).idempotent().then(changed)
        plan = plan.also(changed)


async def test_a_summary_does_not_have_to_start_on_a_date() -> None:
    """It may start no earlier than one."""
    for kind in (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON):
        command = SetConstraint(project=PLOT, task=A, constraint=Constraint(type=kind, date=MONDAY))
        await garden(a="", b="a").when(command).refused(Code.SUMMARY_CONSTRAINT)
    later = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=MONDAY)
    changed = TaskConstraintChanged(task=A, constraint=later)
    await garden(a="", b="a").when(SetConstraint(project=PLOT, task=A, constraint=later)).then(changed)


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


def _about(task: str) -> list[Command]:
    task_of_plan: dict[str, Any] = {"project": PLOT, "task": id_of(task)}
    return [
        UpdateTask(**task_of_plan, name="Sow"),
        SetDuration(**task_of_plan, duration=Duration(tenths=1)),
        SetConstraint(**task_of_plan, constraint=Constraint(type=ConstraintType.AS_LATE_AS_POSSIBLE)),
        RecordProgress(**task_of_plan, percent_complete=50),
    ]


async def test_a_task_must_be_in_the_plan() -> None:
    """What is unknown, of another project or deleted cannot be changed; a deletion says what to restore."""
    plan, deleted = garden(a="", gone="a").also(delete("a"), *ELSEWHERE), {"deleted_with": str(A)}
    for task, code in (("b", Code.TASK_UNKNOWN), ("elsewhere", Code.TASK_UNKNOWN), ("gone", Code.TASK_DELETED)):
        for command in _about(task):
            refusal = await plan.when(command).refused(code)
            assert refusal.details == (deleted if task == "gone" else {})


async def test_a_task_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """The refusal tells the task's present revision and the fields changed since; its place is another matter."""
    plan = garden(a="").also(TaskUpdated(task=A, notes="deep"), begin("a"), add("b"))
    for command in _about("a"):
        refusal = await plan.when(command, expected=1).refused(Code.STALE_WRITE)
        changed = ["actual_start", "notes", "percent_complete"]
        assert refusal.details == {"expected": 1, "revision": 3, "changed": changed}
    named = UpdateTask(project=PLOT, task=A, name="Sow")
    assert (await plan.when(named, expected=3).then(TaskUpdated(task=A, name="Sow"))).tag == "4.1"
