"""Imports at once, imports that are cut off or crossed, and what is told meanwhile."""

import asyncio
from itertools import pairwise

import pytest

from src.commands.member import AddMember
from src.commands.plan import DeleteTask
from src.events.project import ProjectRole
from src.importing import PlanFile, plan_import
from src.importing.identities import Identities
from src.importing.plan_import import InterruptedImportError

from .made import MONDAY, leaf, plan, same_as_fresh
from .planning import Importer, importer


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
