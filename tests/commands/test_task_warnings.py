"""What is done although something speaks against it: dates that rest in a summary, and constraints."""

from datetime import UTC, datetime
from typing import Any

import pytest

from src.commands.task import SetConstraint
from src.commands.task_schedule import (
    SetTaskCalendar,
)
from src.commands.task_state import TASK
from src.events.task import (
    TaskConstraintChanged,
    TaskSplit,
)
from src.scheduling import Constraint, ConstraintType
from src.testing import Given
from tests.commands.garden import add, delete, move, restore
from tests.commands.leaf import (
    BY_HAND,
    CALENDARS,
    DONE_FRIDAY,
    FRIDAY,
    LEAF,
    MONDAY,
    NIGHTS,
    ON_A,
    STARTS_FRIDAY,
    A,
    splits,
)

# --- becoming a summary -------------------------------------------------------------------------------------------


async def test_what_a_leaf_has_of_its_own_rests_while_it_is_a_summary() -> None:
    """Whoever makes it one is told; without tasks below it, all counts again."""
    split = TaskSplit(task=A, splits=splits((600, 10)))
    taking = SetTaskCalendar(**ON_A, calendar=NIGHTS)
    for facts in ((BY_HAND,), (split,), (*CALENDARS, taking)):
        own = LEAF.also(*facts)
        assert await _warned(own, add("b", "a")) == ["SUMMARY_OWN_DATES_REST"]
        assert await _warned(own.also(add("b")), move("b", "a")) == ["SUMMARY_OWN_DATES_REST"]
        assert await _warned(own.also(add("b", "a")), add("c", "a")) == []
        back = own.also(add("b", "a"), delete("b"))
        assert await back.state(TASK.at(A)) == await own.state(TASK.at(A))
        assert await _warned(back, restore("b")) == ["SUMMARY_OWN_DATES_REST"]
    assert await _warned(LEAF, add("b", "a")) == []


async def _warned(plan: Given, command: Any) -> list[str]:
    answer = await plan.when(command).answer()
    return [warning.code for warning in getattr(answer, "warnings", ())]


# --- constraints against what is known ----------------------------------------------------------------------------


async def test_a_constraint_before_the_project_begins_is_set_with_a_warning() -> None:
    """For a new task, too."""
    constraint = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=MONDAY)
    plan, warnings = LEAF.also(STARTS_FRIDAY), ["CONSTRAINT_BEFORE_PROJECT_START"]
    event = TaskConstraintChanged(task=A, constraint=constraint)
    await plan.when(SetConstraint(**ON_A, constraint=constraint)).idempotent().then(event, warnings=warnings)
    assert await _warned(plan, add("b", constraint=constraint)) == warnings


@pytest.mark.parametrize(
    "kind, date, warned",
    [
        ("MSO", MONDAY, False),
        ("MSO", FRIDAY, True),
        ("SNET", MONDAY, False),
        ("SNET", FRIDAY, True),
        ("SNLT", FRIDAY, False),
        ("MFO", FRIDAY, False),
        ("MFO", MONDAY, True),
        ("FNET", MONDAY, False),
        ("FNLT", FRIDAY, False),
        ("FNLT", MONDAY, True),
    ],
)
async def test_a_constraint_against_actual_dates_is_set_with_a_warning(kind: str, date: datetime, warned: bool) -> None:
    """The task was worked on from Monday to Friday; that counts."""
    constraint = Constraint(type=ConstraintType(kind), date=date)
    warnings = ["CONSTRAINT_AGAINST_ACTUALS"] * warned
    event = TaskConstraintChanged(task=A, constraint=constraint)
    await LEAF.also(DONE_FRIDAY).when(SetConstraint(**ON_A, constraint=constraint)).then(event, warnings=warnings)
    reported = LEAF.also(event).when(*DONE_FRIDAY.commands, now=FRIDAY.replace(tzinfo=UTC))
    assert [warning.code for warning in getattr(await reported.answer(), "warnings", ())] == warnings
