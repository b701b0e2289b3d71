"""What an import does to a project: everything the first time, the differences after that."""

import asyncio
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.commands.codes import Code
from src.commands.command import Command
from src.commands.plan import DeleteTask, LinkTasks, MoveTask, RestoreTask
from src.commands.project import AddMember
from src.commands.task import AddTask, RecordProgress, UpdateTask
from src.events.project import ProjectRole
from src.importing import ImportRefused, PlanFile, plan_import, read_mspdi
from src.importing.differences import CommandRefusedError, Identities
from src.importing.network import checked_links
from src.importing.plan_file import FileLink, FileTask
from src.importing.plan_import import InterruptedImportError
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType
from src.wiring import App
from tests.acting import newcomer

from .mspdi_text import SAMPLE, document, link, read, task
from .planning import Importer, Shown, importer
from .test_mspdi_real_plans import COUNTS, PLANS, plan_file

DAY = Duration(tenths=4800)
MONDAY = datetime.fromisoformat("2026-03-02T08:00:00")
MUST = Constraint(type=ConstraintType.MUST_START_ON, date=MONDAY)
LATER = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=MONDAY)


def plan(*tasks: FileTask, links: tuple[str, ...] = (), source: str = "plan", **rest: Any) -> PlanFile:
    """A plan file of these tasks; links are written 1>2, with their type and lag behind if they are others than FS."""
    fields: dict[str, Any] = {"name": "Plan", "start": MONDAY, "currency": None, "left_out": ()} | rest
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
    bare: dict[str, Any] = {"duration": None, "percent_complete": 0, "actual_start": None, "actual_finish": None}

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


async def made_of_nothing(app: App, file: PlanFile) -> Shown:
    """What the file makes of nothing."""
    other = await importer(app)
    return await other.shown((await other.take(file)).project)


async def same_as_fresh(ann: Importer, project: UUID, file: PlanFile) -> None:
    """The project is what the file makes of nothing."""
    assert await ann.shown(project) == await made_of_nothing(ann.app, file)


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

DONE: dict[str, Any] = {"percent_complete": 100, "actual_start": MONDAY, "actual_finish": MONDAY}
BEGUN: dict[str, Any] = {"percent_complete": 50, "actual_start": MONDAY}
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


EXAMPLES = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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


# --- what people do in between ------------------------------------------------------------------------------------


async def test_tasks_made_by_hand_stay(ann: Importer) -> None:
    """A task made by hand, with its place and its links, is left alone by any later import."""
    before = plan(leaf(1), leaf(2, 1), leaf(3, 1), leaf(4))
    project = (await ann.take(before)).project
    ids = Identities(project)
    inside = await ann.actor.task(project, "By hand", parent=ids.task(1), position=2)
    top = await ann.actor.task(project, "On top", position=1)
    await ann.actor.do(LinkTasks(project=project, predecessor=inside, successor=top))
    await ann.actor.do(LinkTasks(project=project, predecessor=inside, successor=ids.task(4)))
    assert (await ann.take(before)).done == {}
    await ann.take(plan(leaf(4), leaf(1), leaf(3, 1), leaf(2, 1)))
    tasks = {entry.id: entry for entry in await ann.tasks(project)}
    assert tasks[inside].parent == ids.task(1)
    assert (tasks[top].parent, tasks[top].wbs) == (None, "1")
    ours = [entry.external_id for entry in tasks.values() if entry.external_id]
    assert ours == ["mspdi:4", "mspdi:1", "mspdi:3", "mspdi:2"]
    assert len((await ann.shown(project))["links"]) == 2


async def test_tasks_made_by_hand_outlive_the_summary_that_they_are_in(ann: Importer) -> None:
    """Where the file drops a summary, what was made by hand in it moves up to what is left above it."""
    project = (await ann.take(plan(leaf(1), leaf(2, 1), leaf(3, 2), leaf(4, 3)))).project
    ids = Identities(project)
    box = await ann.actor.task(project, "Box", parent=ids.task(3))
    inside = await ann.actor.task(project, "In the box", parent=box)
    await ann.take(plan(leaf(1), leaf(5, 1)))
    tasks = {entry.id: entry for entry in await ann.tasks(project)}
    assert set(tasks) == {ids.task(1), ids.task(5), box, inside}
    assert (tasks[box].parent, tasks[inside].parent) == (ids.task(1), box)
    await ann.take(plan())
    tasks = {entry.id: entry for entry in await ann.tasks(project)}
    assert {id_: entry.parent for id_, entry in tasks.items()} == {box: None, inside: box}


async def test_tasks_deleted_by_hand_come_back(ann: Importer) -> None:
    """The file wins: what was deleted, moved, renamed or unlinked by hand is as the file says again."""
    file = plan(leaf(1), leaf(2, 1), leaf(3, 1), leaf(4, **BEGUN), links=("2>3", "3>4"))
    project = (await ann.take(file)).project
    ids = Identities(project)
    await ann.actor.do(UpdateTask(project=project, task=ids.task(3), name="Renamed"))
    await ann.actor.do(DeleteTask(project=project, task=ids.task(1)))
    await ann.actor.do(DeleteTask(project=project, task=ids.task(4)))
    report = await ann.take(file)
    assert report.done["RestoreTask"] == 2
    await same_as_fresh(ann, project, file)
    await ann.actor.do(MoveTask(project=project, task=ids.task(2), parent=None, position=1))
    await ann.take(file)
    await same_as_fresh(ann, project, file)


async def test_what_the_file_dropped_does_not_come_back_with_what_it_kept(ann: Importer) -> None:
    """A task that comes back brings neither links nor neighbours that the file does not have any more."""
    before = plan(leaf(1), leaf(2, 1), leaf(3, 1), leaf(4), links=("2>3", "3>4"))
    project = (await ann.take(before)).project
    ids = Identities(project)
    await ann.actor.do(DeleteTask(project=project, task=ids.task(1)))
    after = plan(leaf(2), leaf(4), links=())
    await ann.take(after)
    await same_as_fresh(ann, project, after)


async def test_what_was_deleted_by_hand_around_a_task_stays_deleted(ann: Importer) -> None:
    """A task of the file comes back out of a summary made by hand, which stays deleted with what it holds."""
    file = plan(leaf(1), leaf(2))
    project = (await ann.take(file)).project
    ids = Identities(project)
    box = await ann.actor.task(project, "Box")
    await ann.actor.task(project, "In the box", parent=box)
    await ann.actor.do(MoveTask(project=project, task=ids.task(1), parent=box))
    await ann.actor.do(DeleteTask(project=project, task=box))
    await ann.take(file)
    await same_as_fresh(ann, project, file)
    await ann.actor.do(RestoreTask(project=project, task=box))
    assert [entry.name for entry in await ann.tasks(project)][2:] == ["Box", "In the box"]


async def test_a_link_made_by_hand_serves_the_file(ann: Importer) -> None:
    """Where two tasks are linked by hand already, the file's link between them changes that link."""
    project = (await ann.take(plan(leaf(1), leaf(2)))).project
    ids = Identities(project)
    await ann.actor.do(LinkTasks(project=project, predecessor=ids.task(1), successor=ids.task(2)))
    file = plan(leaf(1), leaf(2), links=("1>2 SS+10",))
    assert (await ann.take(file)).done == {"ChangeLink": 1}
    await same_as_fresh(ann, project, file)


async def test_a_started_task_may_have_been_finished_by_hand(ann: Importer) -> None:
    """Progress reported in the service is overwritten by what the file reports."""
    file = plan(leaf(1, **BEGUN), leaf(2))
    project = (await ann.take(file)).project
    for uid in (1, 2):
        await ann.actor.do(RecordProgress(project=project, task=Identities(project).task(uid), percent_complete=100))
    await ann.take(file)
    await same_as_fresh(ann, project, file)


# --- refusals -----------------------------------------------------------------------------------------------------


async def test_a_file_that_a_rule_forbids_does_nothing(ann: Importer) -> None:
    """An actual start in the future is found before the first command; no project is made and nothing changed."""
    future = datetime.fromisoformat("2140-03-02T08:00:00")
    bad = plan(leaf(1), leaf(2, line=17, name="Fly", percent_complete=10, actual_start=future))
    head = await ann.app.log.head()
    with pytest.raises(CommandRefusedError, match="line 17, task 'Fly'") as refused:
        await ann.take(bad)
    assert refused.value.failure.code is Code.ACTUAL_IN_FUTURE
    assert await ann.app.log.head() == head
    project = (await ann.take(plan(leaf(1)))).project
    head = await ann.app.log.head()
    with pytest.raises(CommandRefusedError):
        await ann.take(replace(bad, tasks=(leaf(1, name="New"), *bad.tasks[1:])))
    assert await ann.app.log.head() == head
    await same_as_fresh(ann, project, plan(leaf(1)))


async def test_who_may_not_edit_imports_nothing(ann: Importer) -> None:
    """A viewer is refused, an outsider does not learn of the project, even by a file that would change nothing."""
    file = plan(leaf(1))
    project = (await ann.take(file)).project
    viewer, outsider = await importer(ann.app), await importer(ann.app)
    await ann.actor.do(AddMember(project=project, user=viewer.actor.user, role=ProjectRole.VIEWER))
    head = await ann.app.log.head()
    for who, code in ((viewer, Code.FORBIDDEN), (outsider, Code.NOT_FOUND)):
        for content in (file, plan(), plan(leaf(1, name="New"))):
            with pytest.raises(CommandRefusedError) as refused:
                await who.take(content, project)
            assert refused.value.failure.code is code
    assert await ann.app.log.head() == head


async def test_who_may_create_no_project_imports_none(ann: Importer) -> None:
    """A new project needs the permission to create one."""
    visitor = Importer(ann.app, await newcomer(ann.app.commands, "administrator"))
    await visitor.take(plan(leaf(1)))
    nobody = Importer(ann.app, replace(visitor.actor, user=UUID(int=1)))
    with pytest.raises(CommandRefusedError) as refused:
        await nobody.take(plan(leaf(1)))
    assert refused.value.failure.code is Code.ACTOR_UNKNOWN


# --- which project ------------------------------------------------------------------------------------------------


async def test_an_editor_imports_into_a_given_project(ann: Importer) -> None:
    """Into a project that was named go the tasks of a file; its own tasks, name and owner stay."""
    project = await ann.actor.project("Mine", start=MONDAY)
    mine = await ann.actor.task(project, "By hand")
    editor = await importer(ann.app)
    await ann.actor.do(AddMember(project=project, user=editor.actor.user, role=ProjectRole.EDITOR))
    report = await editor.take(plan(leaf(1), leaf(2), links=("1>2",)), project)
    assert (report.project, report.name) == (project, "Mine")
    assert [entry.name for entry in await ann.tasks(project)] == ["T1", "T2", "By hand"]
    assert (await ann.take(plan(leaf(1), leaf(2), links=("1>2",)), project)).done == {}
    assert mine in {entry.id for entry in await ann.tasks(project)}


async def test_a_project_that_is_named_has_to_exist(ann: Importer) -> None:
    """An id that is nobody's project makes none."""
    with pytest.raises(CommandRefusedError) as refused:
        await ann.take(plan(leaf(1)), UUID(int=4711))
    assert refused.value.failure.code is Code.NOT_FOUND


async def test_one_file_may_go_to_two_projects(ann: Importer) -> None:
    """What came from a file in one project has nothing to do with what came from it in another."""
    file = plan(leaf(1), leaf(2), links=("1>2",))
    own = (await ann.take(file)).project
    other = await ann.actor.project("Other", start=MONDAY)
    await ann.take(file, other)
    await ann.take(plan(leaf(2)), other)
    await same_as_fresh(ann, own, file)
    await same_as_fresh(ann, other, plan(leaf(2)))


async def test_two_plans_of_one_title_are_two_projects(ann: Importer) -> None:
    """The second is numbered, and each file finds its own project again; however long the title is."""
    for title in ("Garden", "x" * 512):
        files = [plan(leaf(number), source=f"{title} {number}", name=title) for number in (1, 2, 3)]
        reports = [await ann.take(file) for file in files]
        assert len({report.project for report in reports}) == 3
        assert [report.name for report in reports] == [title, f"{title[:508]} (2)", f"{title[:508]} (3)"]
        for file, report in zip(files, reports, strict=True):
            again = await ann.take(file)
            assert (again.project, again.done) == (report.project, {})


async def test_a_file_of_two_people_is_two_projects(ann: Importer) -> None:
    """Nobody imports into another's project by having the same file."""
    bob = await importer(ann.app)
    assert (await ann.take(plan(leaf(1)))).project != (await bob.take(plan(leaf(1)))).project


# --- interruptions ------------------------------------------------------------------------------------------------


def large(count: int) -> PlanFile:
    """A file of so many tasks in summaries of ten, each linked to the one before."""
    tasks = [leaf(uid, None if uid % 10 == 1 else uid - (uid - 1) % 10) for uid in range(1, count + 1)]
    leaves = [entry.uid for entry in tasks if entry.parent]
    return plan(*tasks, links=tuple(f"{before}>{after}" for before, after in pairwise(leaves)))


async def test_imports_at_once_make_one_plan(ann: Importer) -> None:
    """The same file imported three times at the same moment arrives once."""
    file = large(60)
    reports = await asyncio.gather(*(ann.take(file) for _ in range(3)))
    assert len({report.project for report in reports}) == 1
    await same_as_fresh(ann, reports[0].project, file)


async def test_two_people_import_into_one_project_at_once(ann: Importer) -> None:
    """Both succeed, whoever is first, and the plan is that of the file."""
    project = await ann.actor.project("Ours", start=MONDAY)
    bob = await importer(ann.app)
    await ann.actor.do(AddMember(project=project, user=bob.actor.user, role=ProjectRole.EDITOR))
    file = large(60)
    await asyncio.gather(ann.take(file, project), bob.take(file, project))
    await same_as_fresh(ann, project, file)


@pytest.mark.parametrize("batches", [1, 4])
async def test_an_import_that_was_cut_off_goes_on(ann: Importer, monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    """After a crash between two batches the same import does the rest, and no more than the rest."""
    monkeypatch.setattr(plan_import, "BATCH", 10)
    file, log = large(60), ann.app.log
    begin = await log.head()
    import_ = asyncio.ensure_future(ann.take(file))
    while await log.head() < begin + batches * 10 and not import_.done():
        await asyncio.sleep(0)
    import_.cancel()
    await asyncio.gather(import_, return_exceptions=True)
    report = await ann.take(file)
    await same_as_fresh(ann, report.project, file)
    left, whole = sum(report.done.values()), 1 + 60 + 53
    assert (left < whole, (whole - left) % 10) == (True, 0)


async def test_an_import_that_somebody_crosses_can_be_repeated(ann: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who deletes what a later batch needs makes the import stop with words; repeated it ends as the file says."""
    monkeypatch.setattr(plan_import, "BATCH", 5)
    project = await ann.actor.project("Ours", start=MONDAY)
    file, log = large(100), ann.app.log
    begin = await log.head()
    import_ = asyncio.ensure_future(ann.take(file, project))
    while await log.head() < begin + 200 and not import_.done():  # all tasks are there, most links are not
        await asyncio.sleep(0)
    await ann.actor.do(DeleteTask(project=project, task=Identities(project).task(91)))
    with pytest.raises(InterruptedImportError, match="import again"):
        await import_
    await ann.take(file, project)
    await same_as_fresh(ann, project, file)


async def test_progress_is_told_to_the_end(ann: Importer) -> None:
    """The caller is told of every task and link, in order."""
    told: list[int] = []
    await ann.take(large(20), progress=told.append)
    assert told == list(range(1, 20 + 17 + 1))


async def test_an_edited_file_on_disk(ann: Importer, tmp_path: Path) -> None:
    """From the text of a file to the plan, and from its edited text to the differences."""
    head = "<Title>Shed</Title><StartDate>2026-03-02T08:00:00</StartDate>"
    first = read(tmp_path, document(task(1), task(2, level=2), task(3, link(1)), head=head))
    report = await ann.take(first)
    second = read(tmp_path, document(task(1), task(3, link(1, LinkLag=600)), task(2, name="Out"), head=head))
    again = await ann.take(second)
    assert (again.project, again.done) == (
        report.project,
        {"MoveTask": 1, "UpdateTask": 1, "SetDuration": 1, "ChangeLink": 1},
    )
    await same_as_fresh(ann, report.project, second)
