"""The kit for projections: it passes what is so, and it fails when it should."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from uuid_utils.compat import uuid4

from src.commands.project import CreateProject
from src.commands.task import AddTask, UpdateTask
from src.config import Settings
from src.events import RecordedEvent
from src.events.task import TaskAdded, TaskUpdated
from src.projections import PROJECTIONS
from src.projections.audit import AUDIT
from src.projections.rows import Need, Rows
from src.projections.tasks import TASKS, TaskRow
from src.projections.users import USERS, UserRow
from src.testing import a_user, done, given, register, rows_of
from src.testing.http import served
from src.testing.waking import nobody_woken
from src.wiring import App

ANN, SHED, DIG, SOW = uuid4(), uuid4(), uuid4(), uuid4()
PLAN = given(
    a_user(ANN),
    done(
        CreateProject(project=SHED, name="Shed"),
        AddTask(project=SHED, task=DIG, name="Dig"),
        AddTask(project=SHED, task=SOW, name="Sow"),
        UpdateTask(project=SHED, task=DIG, notes="deep"),
        by=ANN,
    ),
)
TWO = rows_of(TaskRow, "wbs", "notes").are(("2", ""), ("1", "deep"))


async def test_what_is_so_passes(settings: Settings) -> None:
    """All projections of ours, on both databases: any number of tables, with their rows in any order."""
    await PLAN.on(settings).when(*PROJECTIONS).then(TWO, rows_of(UserRow, "id").are((ANN,)))


async def test_a_database_that_is_in_use_is_left_alone(app: App) -> None:
    """Read tables are made anew, so a database with events is refused, and so is a service that is open."""
    await register(app.commands)
    with pytest.raises(ValueError, match="holds events already"):
        await PLAN.on(app.settings).when(USERS).then()
    async with served(app.settings, nobody_woken) as service:
        with pytest.raises(TypeError, match="a database of their own"):
            PLAN.on(service).when(USERS)


async def test_no_rows_are_expected_by_naming_none() -> None:
    """A table that was not followed is empty."""
    await PLAN.when(AUDIT).then(rows_of(TaskRow))


async def test_other_rows_fail() -> None:
    """With the row that is there and the one that is not."""
    with pytest.raises(AssertionError, match=r"rows of tasks not as expected.*\n- \('1', ''\)\n\+ \('1', 'deep'\)"):
        await PLAN.when(TASKS).then(rows_of(TaskRow, "wbs", "notes").are(("1", ""), ("2", "")))


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    yield TaskRow.project, recorded.project


def _counting(recorded: RecordedEvent, rows: Rows) -> None:
    """Counts updates in the percentage, of a task that it keeps once it is there."""
    event, there = recorded.event, {row["id"]: row for row in rows.all(TaskRow)}
    if not (isinstance(event, TaskAdded) and event.task in there):
        TASKS.apply(recorded, rows)
    if isinstance(event, TaskUpdated):
        rows.change(TaskRow, event.task, percent_complete=there[event.task]["percent_complete"] + 1)


async def test_a_projection_that_is_not_repeatable_fails() -> None:
    """What counts what it has counted before."""
    with pytest.raises(AssertionError, match="rows after the same events again"):
        await PLAN.when(replace(TASKS, needs=_needs, apply=_counting)).then(TWO)


def _crowded(rows: Rows) -> None:
    """Makes the rows say how many there were in the batch."""
    TASKS.settle(rows)
    held = list(rows.all(TaskRow))
    for row in held:
        rows.change(TaskRow, row["id"], percent_complete=len(held))


async def test_a_projection_that_depends_on_its_batches_fails() -> None:
    """What follows from the company of an event and not from the event."""
    with pytest.raises(AssertionError, match="rows after all events at once"):
        await PLAN.when(replace(TASKS, settle=_crowded)).then(TWO)


def _poisoned(recorded: RecordedEvent, rows: Rows) -> None:
    if recorded.type == "TaskUpdated":
        raise ValueError("poison")
    TASKS.apply(recorded, rows)


async def test_a_projection_that_stops_fails() -> None:
    """With the event that stopped it."""
    with pytest.raises(AssertionError, match=r"tasks was stopped: event \d+: ValueError: poison"):
        await PLAN.when(replace(TASKS, apply=_poisoned)).then()
