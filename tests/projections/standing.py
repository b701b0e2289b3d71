"""Where projections stand, and plans to try them with."""

from datetime import timedelta
from uuid import UUID

from src.commands.task import UpdateTask
from src.config import Settings
from src.projections import Progress, Projection
from src.wiring import App
from tests.acting import Actor, register
from tests.databases import as_owner
from tests.histories import edit

NOW = timedelta(0)


async def generations_of(app: App, projection: Projection) -> list[Progress]:
    """Its generations that live."""
    return [each for each in await app.runner.progress() if each.projection == projection.name]


async def planned(app: App) -> tuple[Actor, UUID]:
    """A project with some life behind it, projected."""
    ann = await register(app.commands)
    project = await ann.project()
    await edit(ann, project, 1, 30)
    await app.runner.catch_up_all()
    return ann, project


async def tables_there(settings: Settings) -> set[str]:
    """The tables of the read models' database."""
    known = "SELECT name FROM sqlite_master" if settings.embedded else "SELECT relname FROM pg_class"
    return {row[0] for row in await as_owner(settings, known, read_file=True)}


async def progress_of(app: App, projection: Projection) -> Progress:
    """Where it stands."""
    return {each.projection: each for each in await app.runner.progress()}[projection.name]


async def with_task(app: App) -> tuple[Actor, UpdateTask]:
    """A planner, and an update of her task that anybody would fail to project."""
    ann = await register(app.commands)
    project = await ann.project()
    return ann, UpdateTask(project=project, task=await ann.task(project), notes="poison")
