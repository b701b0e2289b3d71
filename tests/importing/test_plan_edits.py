"""An edited file, and a plan that people have worked on: the differences arrive, and what is theirs stays."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.commands.codes import Code
from src.commands.command import Command
from src.commands.link import LinkTasks
from src.commands.plan import DeleteTask, MoveTask
from src.commands.task import AddTask
from src.importing import ImportRefused, PlanFile
from src.importing.identities import Identities
from src.importing.network import checked_links
from src.importing.plan_file import FileLink, FileTask
from src.scheduling import Constraint, ConstraintType, Duration
from src.wiring import App
from tests.examples import examples

from .made import BEGUN, LATER, MONDAY, MUST, leaf, linked, made_of_nothing, outlined, plan, same_as_fresh
from .planning import Importer, importer

DONE: dict[str, Any] = {"percent_complete": 100, "actual_start": MONDAY, "actual_finish": MONDAY}


STARTED: dict[str, Any] = {"actual_start": MONDAY}


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
    """From one file to the other, and back, and again, however soon: the project is what the last makes of nothing."""
    before, after = EDITS[edit]
    project = (await ann.take(before)).project
    fresh = {id(file): await made_of_nothing(ann.app, file) for file in (before, after)}
    for file in (after, before, after):
        await ann.take(file)
        assert await ann.shown(project) == fresh[id(file)]
        head = await ann.app.log.head()
        assert (await ann.take(file)).done == {}
        assert await ann.app.log.head() == head


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
        progress: dict[str, Any] = draw(st.sampled_from(({}, BEGUN, DONE, STARTED)))
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


EXAMPLES = settings(examples(8), derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EXAMPLES
@given(st.lists(plans(), min_size=2, max_size=3))
async def test_any_plan_becomes_any_other(shared: App, files: list[PlanFile]) -> None:
    """Whatever two files say: after the one and then the other the project is what the other makes of nothing."""
    ann = await importer(shared)
    project = [(await ann.take(file)).project for file in files][-1]
    await same_as_fresh(ann, project, files[-1])
    head = await shared.log.head()
    assert (await ann.take(files[-1])).done == {}
    assert await shared.log.head() == head


@EXAMPLES
@given(plans(), plans(), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 20)), max_size=6))
async def test_any_plan_survives_what_hands_do(
    shared: App, before: PlanFile, after: PlanFile, deeds: list[tuple[int, int, int]]
) -> None:
    """Whatever was added, moved, deleted or linked by hand: the file's tasks are as the file says, the others stay.

    Where a rule stands between what hands did and what the file says, nothing is done.
    """
    ann = await importer(shared)
    project = (await ann.take(before)).project
    for deed, first, second in deeds:
        await by_hand(ann, project, deed, first, second)
    mine = {entry.id for entry in await ann.tasks(project) if entry.external_id is None}
    head = await shared.log.head()
    if refusal := await ann.refused(after):
        assert refusal.code in BETWEEN, refusal
        assert await shared.log.head() == head
        return
    tasks = {entry.id: entry for entry in await ann.tasks(project)}
    assert mine <= set(tasks)
    ids = Identities(project)
    ours = [(entry.id, entry.parent, entry.name) for entry in tasks.values() if entry.external_id]
    parents = {entry.uid: ids.task(entry.parent) if entry.parent else None for entry in after.tasks}
    assert ours == [(ids.task(entry.uid), parents[entry.uid], entry.name) for entry in after.tasks]
    assert (await ann.take(after)).done == {}


BETWEEN = {Code.SUMMARY_HAS_NO_OWN_PROGRESS, Code.SUMMARY_CONSTRAINT, Code.LINK_CYCLE, Code.LINK_TO_ANCESTOR}


async def by_hand(ann: Importer, project: UUID, deed: int, first: int, second: int) -> None:
    """One thing that somebody does to tasks of the plan, if it is allowed."""
    tasks = [entry.id for entry in await ann.tasks(project)]
    one, other = (tasks[number % len(tasks)] if tasks else None for number in (first, second))
    if deed == 0 or one is None or other is None:
        command: Command = AddTask(project=project, name="By hand", parent=one if first % 2 else None)
    elif deed == 1:
        command = MoveTask(project=project, task=one, parent=other if second % 3 else None, position=1)
    elif deed == 2:
        command = DeleteTask(project=project, task=one)
    else:
        command = LinkTasks(project=project, predecessor=one, successor=other)
    await ann.actor.commands.execute(command, ann.actor.context())
