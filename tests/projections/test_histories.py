"""Whatever happened, the read models tell what the command side knows, in whatever steps they got there."""

import random
from typing import Any, get_args
from uuid import UUID

import pytest
import structlog

from src.commands.breakdown import PLAN, PlanState
from src.commands.command import SYSTEM
from src.commands.link import LinkTasks, UnlinkTasks
from src.commands.member import AddMember
from src.commands.plan import DeleteTask
from src.commands.project import PROJECT, ProjectState
from src.commands.task_state import TASK, TaskState
from src.commands.user import USER, UserState
from src.config import Settings
from src.events.catalogue import BY_MODEL, CATALOGUE, NOTICES
from src.events.connection import ConnectionEvent
from src.events.housekeeping import SweepOrdered
from src.events.project import ProjectRole
from src.events.projection import ProjectionEvent
from src.events.user import PersonRecorded
from src.projections import PROJECTIONS, Runner
from src.projections.audit import AuditRow
from src.projections.links import LinkRow
from src.projections.projects import MemberRow, ProjectRow
from src.projections.tasks import TaskRow
from src.projections.users import UserRow
from src.wiring import App
from tests.acting import context, register
from tests.projections.lives import Life
from tests.read_tables import dump, rebuilt, rows_of

PLANNED = (
    {stored.name for stored in CATALOGUE}
    - {BY_MODEL[event].name for event in (*get_args(ProjectionEvent | ConnectionEvent), SweepOrdered, PersonRecorded)}
    - NOTICES
)
"""What happens to people and plans, and neither to the service nor elsewhere."""


@pytest.mark.parametrize("seed, rounds, batches", [(1, 3, (1, 7, 1000)), (2, 10, (7, 1000))])
async def test_every_history_is_projected_alike_in_any_steps(
    app: App, settings: Settings, seed: int, rounds: int, batches: tuple[int, ...]
) -> None:
    """Followed in steps of chance or rebuilt by 1, 7 or 1000 events at a time: the rows are the same."""
    life, dice = Life(app.commands, seed), random.Random(seed)
    await life.begin()
    for _ in range(rounds):
        await life.go_on(30)
        await Runner(app.log, app.models, PROJECTIONS, batch=dice.randrange(1, 40)).catch_up_all()
    followed = await dump(app.readers)
    assert len(followed["audit"]) == await app.log.head()
    for batch in batches:
        assert await rebuilt(app, batch) == followed


async def test_histories_of_chance_hold_every_event(app: App) -> None:
    """What is said of random histories is said of every type of event."""
    life = Life(app.commands, 7)
    await life.begin()
    seen: set[str] = set()
    for _ in range(20):
        await life.go_on(200)
        seen = {event.type for event in await app.log.read(0, 100_000)} - NOTICES
        if seen >= PLANNED:
            break
    assert seen == PLANNED


@pytest.mark.parametrize("seed", [3, 4])
async def test_read_models_tell_what_the_command_side_knows(app: App, seed: int) -> None:
    """Users, projects, members, tasks with their WBS codes, and links: row by row as the states that decide."""
    life = Life(app.commands, seed)
    await life.begin()
    await life.go_on(200)
    await app.runner.catch_up_all()
    session = app.commands.session(context(SYSTEM))
    users = {user: await session.load(USER.at(user)) for user in life.users}
    projects = {project: await session.load(PROJECT.at(project)) for project in life.projects}
    plans = {project: await session.load(PLAN.at(project)) for project in life.projects}
    tasks = {task: await session.load(TASK.at(task)) for all_ in life.tasks.values() for task in all_}
    _same_users(await rows_of(app.readers, UserRow), users)
    _same_projects(await rows_of(app.readers, ProjectRow), await rows_of(app.readers, MemberRow), projects)
    _same_tasks(await rows_of(app.readers, TaskRow), tasks, plans)
    _same_links(await rows_of(app.readers, LinkRow), plans)


def _same_users(rows: list[Any], users: dict[UUID, UserState]) -> None:
    assert {row.id: (row.roles, row.active, row.deleted, row.revision) for row in rows} == {
        user: (sorted(state.roles), state.active and state.registered, state.deleted, state.revision)
        for user, state in users.items()
        if state.registered or state.deleted
    }


def _same_projects(rows: list[Any], members: list[Any], projects: dict[UUID, ProjectState]) -> None:
    there = {project: state for project, state in projects.items() if state.owner}
    assert {row.id: (row.owner, row.name, row.start, row.archived, row.revision) for row in rows} == {
        project: (state.owner, state.name, state.start, state.archived, state.revision)
        for project, state in there.items()
    }
    assert {(row.project, row.user): row.role for row in members} == {
        (project, user): role.value for project, state in there.items() for user, role in state.members.items()
    }


def _same_tasks(rows: list[Any], tasks: dict[UUID, TaskState], plans: dict[UUID, PlanState]) -> None:
    assert {row.id for row in rows} == {task for task, state in tasks.items() if state.revision}
    for row in rows:
        state, plan = tasks[row.id], plans[row.project]
        assert (row.name, row.notes, row.revision) == (state.name, state.notes, state.revision)
        assert (row.duration_tenths, row.duration_elapsed) == (state.duration.tenths, state.duration.elapsed)
        assert (row.constraint_type, row.constraint_date) == (state.constraint.type, state.constraint.date)
        assert (row.percent_complete, row.physical_percent) == (state.percent_complete, state.physical_percent)
        assert (row.remaining_tenths, row.deadline, row.priority) == (state.remaining, state.deadline, state.priority)
        assert (row.mode, row.manual_start, row.manual_finish) == (state.mode, state.manual_start, state.manual_finish)
        calendar = (state.calendar, state.ignores_resource_calendars)
        assert (row.calendar, row.ignores_resource_calendars) == calendar
        assert (row.type, row.effort_driven) == (state.type, state.effort_driven)
        assert row.splits == [split.model_dump() for split in state.splits]
        assert (row.actual_start, row.actual_finish) == (state.actual_start, state.actual_finish)
        if row.id in plan.tasks:
            place = plan.tasks[row.id]
            assert (row.placed, row.parent, row.rank) == (True, place.parent, place.rank)
            assert (row.placement_revision, row.level) == (place.revision, plan.depth(place.parent))
            assert (row.wbs, row.summary) == (plan.wbs(row.id), plan.is_summary(row.id))
        else:
            assert (row.placed, row.sequence, row.wbs, row.summary, row.level) == (False, None, "", False, 0)
    for project, plan in plans.items():
        numbered = sorted((row.sequence, row.id) for row in rows if row.project == project and row.placed)
        outline = [task for _, top in plan.children.get(None, ()) for task in plan.subtree(top)]
        assert numbered == list(enumerate(outline, 1))


def _same_links(rows: list[Any], plans: dict[UUID, PlanState]) -> None:
    there = {link: (project, each) for project, plan in plans.items() for link, each in plan.links.items()}
    shown = {row.id: row for row in rows if not row.deleted}
    assert shown.keys() == there.keys()
    for id_, row in shown.items():
        project, link = there[id_]
        assert (row.project, row.predecessor, row.successor) == (project, link.predecessor, link.successor)
        assert (row.type, row.lag_amount, row.lag_unit) == (link.type, link.lag.amount, link.lag.unit)
        assert row.revision == link.revision
    gone = {id_ for plan in plans.values() for removed in plan.removed.values() for id_, _ in removed.links}
    assert gone <= {row.id for row in rows if row.deleted}


async def test_the_audit_trail_holds_the_log_byte_for_byte(app: App) -> None:
    """One row an event, with its canonical text and what was said of the circumstances."""
    life = Life(app.commands, 5)
    await life.begin()
    await app.runner.catch_up_all()
    rows = await rows_of(app.readers, AuditRow)
    stored = await app.log.read(0, 10_000)
    assert [(r.position, r.stream, r.version, r.type, r.schema, r.data) for r in rows] == [
        (e.position, e.stream, e.version, e.type, e.schema, e.data) for e in stored
    ]
    assert [(r.recorded_at, r.effective_at, r.project, r.branch) for r in rows] == [
        (e.recorded_at, e.effective_at, e.project, e.branch) for e in stored
    ]
    assert {(row.actor, row.correlation_id, row.reason) for row in rows} == {(SYSTEM, "test", "chance")}


async def test_members_and_projects_of_one_batch_are_written_in_an_order_that_stands(app: App) -> None:
    """A member of an old project before a new project with members: no batch has to be taken apart for that."""
    ann, bob = await register(app.commands, "ann"), await register(app.commands, "bob")
    project = await ann.project("Shed")
    await app.runner.catch_up_all()
    await ann.do(AddMember(project=project, user=bob.user, role=ProjectRole.VIEWER))
    await bob.project("Barn")
    with structlog.testing.capture_logs() as logged:
        await app.runner.catch_up_all()
    assert [entry["event"] for entry in logged] == []


async def test_links_of_two_projects_do_not_touch_each_other(app: App) -> None:
    """Ids of links are the callers': that another project has used one changes nothing."""
    ann, bob = await register(app.commands, "ann"), await register(app.commands, "bob")
    shed, barn = await ann.project("Shed"), await bob.project("Barn")
    link = UUID(int=7)
    for actor, project in ((ann, shed), (bob, barn)):
        first, second = await actor.task(project), await actor.task(project)
        await actor.do(LinkTasks(project=project, link=link, predecessor=first, successor=second))
    await app.runner.catch_up_all()
    assert {row.project for row in await rows_of(app.readers, LinkRow)} == {shed, barn}
    await bob.do(UnlinkTasks(project=barn, link=link))
    await app.runner.catch_up_all()
    assert {row.project for row in await rows_of(app.readers, LinkRow)} == {shed}


async def test_a_deleted_task_tells_the_same_whether_it_was_ever_numbered(app: App, settings: Settings) -> None:
    """A summary that is deleted in the batch that adds it, or long after: its row is the same."""
    ann = await register(app.commands)
    project = await ann.project()
    summary = await ann.task(project)
    await ann.task(project, parent=summary)
    await app.runner.catch_up_all()
    await ann.do(DeleteTask(project=project, task=summary))
    await app.runner.catch_up_all()
    followed = await dump(app.readers)
    assert await rebuilt(app, 1000) == followed
