"""Import into projects: all of a new plan, nothing of an unchanged one, the differences of an edited one."""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from src.commands.breakdown import PLAN, PlanState
from src.commands.codes import Code
from src.commands.plan import DeleteTask
from src.commands.project import AddMember
from src.commands.task import RecordProgress, UpdateTask
from src.commands.task_state import TASK
from src.events.project import ProjectRole
from src.importing import FileLink, FileTask, PlanFile, plan_import, read_mspdi
from src.importing.differences import CommandRefusedError, Identities
from src.importing.plan_import import ImportReport, InterruptedImportError, import_plan
from src.queries.task import list_tasks
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LinkType
from src.wiring import App
from tests.acting import Actor, register

PLANS = Path(__file__).parents[2].parent / "shared" / "data" / "plans"
DAY = Duration(tenths=4800)


def task(uid: int, parent: int | None = None, **fields: Any) -> FileTask:
    """A task of a file; a leaf of a day unless said otherwise."""
    said: dict[str, Any] = {
        "name": f"Task {uid}", "outline_number": None, "duration": DAY, "constraint": Constraint(), "notes": "",
        "percent_complete": 0, "actual_start": None, "actual_finish": None, "line": uid,
    }  # fmt: skip
    return FileTask(uid=uid, parent=parent, **(said | fields))


def link(predecessor: int, successor: int, type_: LinkType = LinkType.FINISH_START, lag: int = 0) -> FileLink:
    """A link of a file."""
    return FileLink(predecessor, successor, type_, Lag(amount=lag), line=0)


def plan_file(tasks: list[FileTask], links: list[FileLink], source: str = "garden") -> PlanFile:
    """A file with these tasks and links; `source` tells it from others."""
    return PlanFile(source, "Garden", datetime(2026, 3, 2, 8), None, tuple(tasks), tuple(links), ())


BEFORE = plan_file(
    [
        task(1, duration=None),
        task(2, 1),
        task(3, 1, percent_complete=50, actual_start=datetime(2026, 3, 2, 8)),
        task(4, 1, constraint=Constraint(type=ConstraintType.MUST_START_ON, date=datetime(2026, 4, 1, 8))),
        task(5, duration=None),
        task(6, 5),
        task(7, notes="as it was"),
        task(8),
    ],
    [link(2, 3), link(3, 4), link(4, 6, lag=4800), link(6, 7)],
)
AFTER = plan_file(
    [
        task(7, duration=Duration(tenths=9600), notes="as it is"),
        task(5),
        task(1, duration=None),
        task(4, 1, duration=None),
        task(9, 4, name="New below what must start on a date"),
        task(3, 1, duration=None),
        task(10, 3, name="New below what had progress"),
        task(2, 3, name="Renamed and deeper", percent_complete=100, actual_start=datetime(2026, 3, 2, 8),
             actual_finish=datetime(2026, 3, 3, 17)),
        task(6, 1),
    ],
    [link(4, 6, LinkType.START_START), link(7, 2), link(6, 5), link(5, 7)],
)  # fmt: skip


async def run_import(file: PlanFile, actor: Actor, project: UUID | None = None) -> ImportReport:
    """Imports as this actor, into the file's own project or a given one."""
    return await import_plan(file, actor.commands, actor.context(reason="import"), project=project)


async def contents(actor: Actor, report: ImportReport, file: PlanFile) -> list[Any]:
    """What a project holds, told in the words of the file: to compare projects that have other ids."""
    ids = Identities(report.project)
    numbers = {ids.task(each.uid): each.uid for each in file.tasks}
    session = actor.commands.session(actor.context())
    plan: PlanState = await session.load(PLAN.at(report.project))
    found: list[Any] = []
    for id_ in (each for _, top in plan.children.get(None, ()) for each in plan.subtree(top)):
        state = await session.load(TASK.at(id_))
        attributes = (state.name, state.notes, state.constraint, state.percent_complete, state.actual_start)
        leaf = None if plan.is_summary(id_) else (state.duration, state.actual_finish)
        found.append((plan.wbs(id_), numbers.get(id_), attributes, leaf))
    ends = {(numbers[each.predecessor], numbers[each.successor], each.type, each.lag) for each in plan.links.values()}
    return [*found, sorted(ends)]


async def test_a_new_plan_is_what_the_file_says(app: App) -> None:
    """Hierarchy, order, attributes, links and progress are taken over."""
    ann = await register(app.commands)
    report = await run_import(BEFORE, ann)
    found = await contents(ann, report, BEFORE)
    assert [(wbs, uid) for wbs, uid, *_ in found[:-1]] == [
        ("1", 1), ("1.1", 2), ("1.2", 3), ("1.3", 4), ("2", 5), ("2.1", 6), ("3", 7), ("4", 8),
    ]  # fmt: skip
    assert report.done == {"CreateProject": 1, "AddTask": 8, "LinkTasks": 4, "RecordProgress": 1}


async def test_the_same_file_again_changes_nothing(app: App) -> None:
    """Not one event more."""
    ann = await register(app.commands)
    first = await run_import(BEFORE, ann)
    head = await app.log.head()
    again = await run_import(BEFORE, ann)
    assert (again.project, again.done, await app.log.head()) == (first.project, {}, head)


async def test_an_edited_file_imports_its_differences(app: App) -> None:
    """The project ends as a fresh import of the edited file does, and back again, and forth."""
    ann, bob = await register(app.commands, "ann"), await register(app.commands, "bob")
    fresh = {
        id(file): await contents(bob, await run_import(replace(file, source=f"{n}"), bob), file)
        for n, file in enumerate((BEFORE, AFTER))
    }
    for file in (BEFORE, AFTER, BEFORE, AFTER, BEFORE):
        report = await run_import(file, ann)
        assert await contents(ann, report, file) == fresh[id(file)]


async def test_what_was_made_by_hand_stays(app: App) -> None:
    """Tasks that did not come from the file keep their place, also when their neighbours go."""
    ann = await register(app.commands)
    report = await run_import(BEFORE, ann)
    mine = await ann.task(report.project, "Mine", parent=Identities(report.project).task(1))
    await run_import(AFTER, ann)
    plan = await app.commands.session(ann.context()).load(PLAN.at(report.project))
    assert plan.tasks[mine].parent == Identities(report.project).task(1)


async def test_what_was_changed_by_hand_is_as_in_the_file_again(app: App) -> None:
    """The file wins for its own tasks: changed, deleted and reported ones are set back."""
    ann = await register(app.commands)
    report = await run_import(BEFORE, ann)
    before, ids = await contents(ann, report, BEFORE), Identities(report.project)
    await ann.do(UpdateTask(project=report.project, task=ids.task(2), name="Other"))
    await ann.do(RecordProgress(project=report.project, task=ids.task(8), percent_complete=30))
    await ann.do(DeleteTask(project=report.project, task=ids.task(1)))
    again = await run_import(BEFORE, ann)
    assert await contents(ann, again, BEFORE) == before
    assert {"RestoreTask": 1, "UpdateTask": 1}.items() <= again.done.items()


async def test_a_broken_rule_is_told_before_the_first_command(app: App) -> None:
    """An actual start in the future: refused with the task's line, and the log is as it was."""
    ann = await register(app.commands)
    future = task(99, name="Too early", percent_complete=10, actual_start=datetime(2140, 1, 1, 8))
    head = await app.log.head()
    with pytest.raises(CommandRefusedError, match=r"line 99, task 'Too early', progress: .*in the future") as refused:
        await run_import(plan_file([*BEFORE.tasks, future], []), ann)
    assert refused.value.failure.code is Code.ACTUAL_IN_FUTURE
    assert await app.log.head() == head


async def test_viewers_import_nothing(app: App) -> None:
    """The rights of who imports count."""
    ann, bob = await register(app.commands, "ann"), await register(app.commands, "bob")
    report = await run_import(BEFORE, ann)
    await ann.do(AddMember(project=report.project, user=bob.user, role=ProjectRole.VIEWER))
    head = await app.log.head()
    with pytest.raises(CommandRefusedError) as refused:
        await run_import(AFTER, bob, report.project)
    assert (refused.value.failure.code, await app.log.head()) == (Code.FORBIDDEN, head)


async def test_plans_of_one_title_become_two_projects(app: App) -> None:
    """Another file with the same title gets a number, and keeps it at the next import."""
    ann = await register(app.commands)
    names = [(await run_import(plan_file([task(1)], [], source), ann)).name for source in ("a", "b", "b")]
    assert names == ["Garden", "Garden (2)", "Garden (2)"]


async def test_an_interrupted_import_is_completed_by_the_next(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused between batches is said, and the same import goes on from there."""
    monkeypatch.setattr(plan_import, "BATCH", 3)
    ann, bob = await register(app.commands, "ann"), await register(app.commands, "bob")
    wanted = await contents(bob, await run_import(replace(BEFORE, source="other"), bob), BEFORE)
    execute, calls = ann.commands.execute_all, 0

    async def meddling(*arguments: Any) -> Any:
        """Somebody deletes the summary that later batches put tasks under."""
        nonlocal calls
        calls += 1
        if calls == 2:
            project = arguments[0][0].project
            await ann.do(DeleteTask(project=project, task=Identities(project).task(1)))
        return await execute(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(ann.commands, "execute_all", meddling)
        with pytest.raises(InterruptedImportError, match="import again to go on"):
            await run_import(BEFORE, ann)
    report = await run_import(BEFORE, ann)
    assert await contents(ann, report, BEFORE) == wanted


async def test_two_imports_of_one_file_at_once_make_one_plan(app: App) -> None:
    """The second finds what the first has done."""
    ann = await register(app.commands)
    first, second = await asyncio.gather(run_import(BEFORE, ann), run_import(BEFORE, ann))
    assert first.project == second.project
    assert (await run_import(BEFORE, ann)).done == {}


REAL = sorted(path.name for path in PLANS.glob("*.xml")) or ["none"]


@pytest.mark.parametrize("name", REAL)
async def test_real_plans_are_taken_over(app: App, name: str) -> None:
    """WBS codes are the file's outline numbers, links are all there, and a second import changes nothing."""
    if name == "none":
        pytest.skip("the real plans are not beside this checkout (../shared/data/plans)")
    file = read_mspdi(PLANS / name)
    ann = await register(app.commands)
    report = await run_import(file, ann)
    head = await app.log.head()
    assert (await run_import(file, ann)).done == {}
    assert await app.log.head() == head
    await app.runner.catch_up_all()
    async with app.readers.connect() as read:
        page = await list_tasks(read, report.project, limit=1000)  # type: ignore[arg-type]
    numbers = {Identities(report.project).task(each.uid): each.outline_number for each in file.tasks}
    assert {view.id: view.wbs for view in page.items} == numbers
    plan = await app.commands.session(ann.context()).load(PLAN.at(report.project))
    assert len(plan.links) == len(file.links)
    if name.startswith("m01"):
        assert (len(page.items), len(plan.links)) == (145, 176)
