"""What an import does to a project: everything the first time, the differences after that."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from src.commands.codes import Code
from src.commands.plan import DeleteTask, LinkTasks, MoveTask, RestoreTask
from src.commands.project import AddMember, SetProjectWindow
from src.commands.task import AddTask, RecordProgress, UpdateTask
from src.events.project import ProjectRole
from src.importing import ImportRefused, PlanFile, plan_import, read_mspdi
from src.importing.differences import CommandRefusedError, Identities
from src.importing.network import checked_links
from src.importing.plan_file import FileLink, FileTask
from src.importing.plan_import import InterruptedImportError
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType
from src.wiring import App

from .mspdi_text import SAMPLE, document, link, read, task
from .planning import Importer, importer
from .test_mspdi_real_plans import COUNTS, PLANS, plan_file

DAY = Duration(tenths=4800)
MONDAY = datetime.fromisoformat("2026-03-02T08:00:00")
MUST = Constraint(type=ConstraintType.MUST_START_ON, date=MONDAY)
LATER = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=MONDAY)


def plan(*tasks: FileTask, links: tuple[str, ...] = (), source: str = "plan", **rest: Any) -> PlanFile:
    """A plan file of these tasks; links are written 1>2, with their type and lag behind if they are others than FS."""
    fields = {"name": "Plan", "start": MONDAY, "currency": None, "left_out": ()} | rest
    return PlanFile(source=source, tasks=outlined(tasks), links=tuple(map(linked, links)), **fields)


def leaf(uid: int, parent: int | None = None, **fields: Any) -> FileTask:
    """A task of the file; what is below it makes it a summary."""
    default = FileTask(
        uid=uid,
        name=f"T{uid}",
        parent=parent,
        outline_number=None,
        duration=DAY,
        constraint=Constraint(),
        notes="",
        percent_complete=0,
        actual_start=None,
        actual_finish=None,
        line=uid,
    )
    return replace(default, **fields)


def outlined(tasks: tuple[FileTask, ...]) -> tuple[FileTask, ...]:
    """As the reader gives them: a summary has no duration, no progress and no must-dates of its own."""
    parents = {entry.parent for entry in tasks}
    bare = {"duration": None, "percent_complete": 0, "actual_start": None, "actual_finish": None}

    def of(entry: FileTask) -> FileTask:
        if entry.uid not in parents:
            return entry
        constraint = Constraint() if entry.constraint == MUST else entry.constraint
        return replace(entry, constraint=constraint, **bare)

    return tuple(of(entry) for entry in tasks)


def linked(text: str) -> FileLink:
    """1>2SS+10 is a link of the file."""
    ends, _, rest = text.partition(" ")
    before, after = ends.split(">")
    type_, lag = (rest[:2] or "FS", int(rest[2:] or 0))
    return FileLink(int(before), int(after), LinkType(type_), Lag(amount=lag, unit=LagUnit.WORKING), 1)


@pytest.fixture
async def ann(shared: App) -> Importer:
    """Somebody who imports."""
    return await importer(shared)


async def same_as_fresh(ann: Importer, project: UUID, file: PlanFile) -> None:
    """The project is what the file makes of nothing."""
    other = await importer(ann.app)
    fresh = await other.take(file)
    assert await ann.shown(project) == await other.shown(fresh.project)


# --- whole files --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not PLANS.is_dir(), reason=f"the real plans are not at {PLANS}")
@pytest.mark.parametrize("name", COUNTS)
async def test_a_real_plan_arrives_whole_and_once(ann: Importer, name: str) -> None:
    """All tasks and links are there, with the codes that Microsoft Project gave them; again does nothing."""
    file = read_mspdi(plan_file(name))
    report = await ann.take(file)
    assert (report.tasks, report.links) == COUNTS[name]
    tasks = await ann.tasks(report.project)
    assert [(entry.external_id, entry.wbs) for entry in tasks] == [
        (f"mspdi:{entry.uid}", entry.outline_number) for entry in file.tasks
    ]
    shown = await ann.shown(report.project)
    assert len(shown["links"]) == len(file.links)
    head = await ann.app.log.head()
    again = await ann.take(file)
    assert (again.project, again.done, await ann.app.log.head()) == (report.project, {}, head)


@pytest.mark.skipif(not PLANS.is_dir(), reason=f"the real plans are not at {PLANS}")
async def test_one_version_of_a_real_plan_becomes_the_other(ann: Importer) -> None:
    """The tracked version of a plan is the planned one with progress on it, and back again without."""
    planned, tracked = [
        replace(read_mspdi(plan_file(name)), source="software")
        for name in ("m05-software-development-plan", "m06-software-development-tracked")
    ]
    project = (await ann.take(planned)).project
    for file in (tracked, planned):
        report = await ann.take(file)
        assert report.project == project
        assert "AddTask" not in report.done
        await same_as_fresh(ann, project, file)


async def test_the_sample_plan_arrives_whole(ann: Importer) -> None:
    """What a first user sees: fifty tasks in the order and with the numbers of the file."""
    file = read_mspdi(SAMPLE)
    report = await ann.take(file)
    tasks = await ann.tasks(report.project)
    assert [entry.wbs for entry in tasks] == [entry.outline_number for entry in file.tasks]
    assert report.name == "Garden studio"


# --- edited files -------------------------------------------------------------------------------------------------

DONE = {"percent_complete": 100, "actual_start": MONDAY, "actual_finish": MONDAY}
BEGUN = {"percent_complete": 50, "actual_start": MONDAY}
STARTED = {"actual_start": MONDAY}
EDITS: dict[str, tuple[PlanFile, PlanFile]] = {
    "a task is renamed": (plan(leaf(1), leaf(2)), plan(leaf(1, name="New"), leaf(2, notes="said"))),
    "the start moves": (plan(leaf(1)), plan(leaf(1), start=datetime.fromisoformat("2027-01-04T08:00:00"))),
    "a task moves below another": (plan(leaf(1), leaf(2), leaf(3)), plan(leaf(1), leaf(3, 1), leaf(2))),
    "a task moves up": (plan(leaf(1), leaf(2, 1), leaf(3, 1)), plan(leaf(2), leaf(1), leaf(3, 1))),
    "the order is reversed": (plan(*map(leaf, range(1, 8))), plan(*map(leaf, range(7, 0, -1)))),
    "the last is first": (plan(*map(leaf, (1, 2, 3, 4))), plan(*map(leaf, (4, 1, 2, 3)))),
    "tasks are new everywhere": (
        plan(leaf(2), leaf(4, 2), leaf(6)),
        plan(leaf(1), leaf(2), leaf(3, 2), leaf(4, 2), leaf(5, 2), leaf(6), leaf(7)),
    ),
    "a task is gone": (plan(leaf(1), leaf(2), leaf(3), links=("1>2", "2>3")), plan(leaf(1), leaf(3))),
    "a summary is gone with all": (plan(leaf(1), leaf(2, 1), leaf(3, 2), leaf(4)), plan(leaf(4))),
    "a summary is gone and its tasks stay": (plan(leaf(1), leaf(2, 1), leaf(3, 2)), plan(leaf(3), leaf(2))),
    "everything is gone": (plan(leaf(1), leaf(2, 1), links=()), plan()),
    "everything is another": (plan(leaf(1), leaf(2, 1)), plan(leaf(3), leaf(4, 3), links=())),
    "a leaf becomes a summary": (plan(leaf(1), leaf(2)), plan(leaf(1), leaf(2, 1))),
    "a leaf with progress becomes a summary": (plan(leaf(1, **BEGUN), leaf(2)), plan(leaf(1), leaf(2, 1))),
    "a finished leaf becomes a summary": (plan(leaf(1, **DONE), leaf(2)), plan(leaf(1), leaf(3, 1), leaf(2))),
    "a started leaf becomes a summary": (plan(leaf(1, **STARTED), leaf(2)), plan(leaf(1), leaf(2, 1))),
    "a leaf that must start becomes a summary": (
        plan(leaf(1, constraint=MUST), leaf(2)),
        plan(leaf(1, constraint=LATER), leaf(2, 1)),
    ),
    "a linked leaf becomes the other's summary": (plan(leaf(1), leaf(2), links=("1>2",)), plan(leaf(1), leaf(2, 1))),
    "a summary becomes a leaf": (
        plan(leaf(1), leaf(2, 1), leaf(3)),
        plan(leaf(1, duration=Duration(tenths=600), constraint=MUST, **DONE), leaf(2), leaf(3)),
    ),
    "a summary becomes a leaf by a deletion": (
        plan(leaf(1, constraint=LATER), leaf(2, 1)),
        plan(leaf(1, constraint=MUST, **BEGUN)),
    ),
    "child and parent change places": (plan(leaf(1), leaf(2, 1), leaf(3, 2)), plan(leaf(3), leaf(2, 3), leaf(1, 2))),
    "links are new, changed and gone": (
        plan(*map(leaf, (1, 2, 3, 4)), links=("1>2", "2>3", "3>4")),
        plan(*map(leaf, (1, 2, 3, 4)), links=("1>2 SS", "2>3 FS-4800", "1>4 FF+10")),
    ),
    "a link is reversed": (plan(leaf(1), leaf(2), links=("1>2",)), plan(leaf(1), leaf(2), links=("2>1",))),
    "the chain is reversed": (
        plan(*map(leaf, (1, 2, 3)), links=("1>2", "2>3")),
        plan(*map(leaf, (1, 2, 3)), links=("3>2", "2>1")),
    ),
    "a linked pair moves behind a linked summary": (
        plan(leaf(1), leaf(3, 1), leaf(4, 1), leaf(5, 1), leaf(2), leaf(6, 2), links=("1>2", "3>4")),
        plan(leaf(1), leaf(5, 1), leaf(2), leaf(6, 2), leaf(3, 2), leaf(4, 2), links=("1>2", "3>4")),
    ),
    "a linked pair moves before a linked summary": (
        plan(leaf(1), leaf(5, 1), leaf(2), leaf(6, 2), leaf(3, 2), leaf(4, 2), links=("1>2", "3>4")),
        plan(leaf(1), leaf(5, 1), leaf(4, 1), leaf(3, 1), leaf(2), leaf(6, 2), links=("1>2", "3>4")),
    ),
    "durations and constraints change": (
        plan(leaf(1), leaf(2, constraint=LATER), leaf(3, constraint=MUST)),
        plan(
            leaf(1, duration=Duration(tenths=0)),
            leaf(2, duration=Duration(tenths=14400, elapsed=True), constraint=MUST),
            leaf(3, constraint=Constraint(type=ConstraintType.AS_LATE_AS_POSSIBLE)),
        ),
    ),
    "progress rises": (plan(leaf(1), leaf(2, **BEGUN)), plan(leaf(1, **BEGUN), leaf(2, **DONE))),
    "progress falls": (plan(leaf(1, **DONE), leaf(2, **BEGUN)), plan(leaf(1, **BEGUN), leaf(2))),
    "progress is taken back": (plan(leaf(1, **DONE), leaf(2, **STARTED)), plan(leaf(1), leaf(2))),
    "progress falls to a mere start": (plan(leaf(1, **DONE), leaf(2, **BEGUN)), plan(leaf(1, **STARTED), leaf(2))),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_an_edited_file_imports_its_differences(ann: Importer, edit: str) -> None:
    """After the edited file the project is what that file makes of nothing; and the same again does nothing."""
    before, after = EDITS[edit]
    project = (await ann.take(before)).project
    await ann.take(after)
    await same_as_fresh(ann, project, after)
    head = await ann.app.log.head()
    assert (await ann.take(after)).done == {}
    assert await ann.app.log.head() == head


@pytest.mark.parametrize("edit", EDITS)
async def test_an_edit_may_be_taken_back(ann: Importer, edit: str) -> None:
    """From one file to the other and back, and once more, however soon: the project is always that of the last."""
    for file in EDITS[edit][::-1] * 2:
        project = (await ann.take(file)).project
        await same_as_fresh(ann, project, file)


async def test_an_edit_does_no_more_than_it_has_to(ann: Importer) -> None:
    """What is the same is left alone: one renamed task is one command."""
    await ann.take(plan(*map(leaf, range(1, 6)), links=("1>2", "2>3")))
    report = await ann.take(plan(*map(leaf, range(1, 5)), leaf(5, name="New"), links=("1>2", "2>3")))
    assert report.done == {"UpdateTask": 1}
    assert (await ann.take(plan(*map(leaf, (5, 1, 2, 3, 4)), links=("1>2", "2>3")))).done["MoveTask"] <= 4


@st.composite
def plans(draw: st.DrawFn) -> PlanFile:
    """Any small plan: some of eight tasks in any tree and order, with links that hold, attributes and progress."""
    tasks: list[FileTask] = []
    path: list[int] = []
    for uid in draw(st.permutations(range(1, 9)))[: draw(st.integers(0, 8))]:
        path = path[: draw(st.integers(0, len(path)))]
        progress = draw(st.sampled_from(({}, BEGUN, DONE, STARTED)))
        constraint = draw(st.sampled_from((Constraint(), LATER, MUST)))
        tasks.append(leaf(uid, path[-1] if path else None, constraint=constraint, **progress))
        path.append(uid)
    outline = outlined(tuple(tasks))
    links: tuple[FileLink, ...] = ()
    uids = [entry.uid for entry in tasks]
    for _ in range(draw(st.integers(0, 8)) if uids else 0):
        text = f"{draw(st.sampled_from(uids))}>{draw(st.sampled_from(uids))} {draw(st.sampled_from(('FS', 'SS')))}"
        try:
            links = checked_links(outline, (*links, linked(text)))
        except ImportRefused:
            continue
    return replace(plan(), tasks=outline, links=links)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(plans(), min_size=2, max_size=3))
async def test_any_plan_becomes_any_other(shared: App, files: list[PlanFile]) -> None:
    """Whatever two files say: after the one and then the other the project is what the other makes of nothing."""
    ann = await importer(shared)
    for file in files:
        project = (await ann.take(file)).project
    await same_as_fresh(ann, project, files[-1])
    head = await shared.log.head()
    assert (await ann.take(files[-1])).done == {}
    assert await shared.log.head() == head
