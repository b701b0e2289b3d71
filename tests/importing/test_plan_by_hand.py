"""What hands have changed since a file was imported, and what the next import makes of it."""

from src.commands.link import LinkTasks
from src.commands.plan import DeleteTask, MoveTask, RestoreTask
from src.commands.progress import RecordProgress
from src.commands.task import UpdateTask
from src.importing.identities import Identities

from .made import BEGUN, leaf, plan, same_as_fresh
from .planning import Importer


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
