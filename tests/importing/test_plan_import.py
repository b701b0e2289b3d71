"""What an import does to a project: everything the first time, the differences after that."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from src.commands.codes import Code
from src.commands.member import AddMember
from src.events.project import ProjectRole
from src.importing import read_mspdi
from src.importing.differences import CommandRefusedError
from tests.acting import newcomer

from .made import MONDAY, leaf, plan, same_as_fresh
from .mspdi_text import SAMPLE, document, link, read, task
from .planning import Importer, importer
from .test_mspdi_real_plans import COUNTS, PLANS, plan_file

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
