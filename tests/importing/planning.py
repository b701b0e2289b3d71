"""Importing plan files as somebody, and seeing what became of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from src.commands.result import Failure
from src.importing import PlanFile
from src.importing.differences import CommandRefusedError
from src.importing.plan_import import ImportReport, import_plan
from src.queries.link import list_links
from src.queries.project import get_project
from src.queries.reading import reading
from src.queries.task import TaskView, list_tasks
from src.wiring import App
from tests.acting import Actor, newcomer

Shown = dict[str, Any]


@dataclass(frozen=True)
class Importer:
    """A user who imports."""

    app: App
    actor: Actor

    async def take(self, file: PlanFile, project: UUID | None = None, **rest: Any) -> ImportReport:
        """Imports the file."""
        context = self.actor.context(reason="import of a test")
        return await import_plan(file, self.app.commands, context, project=project, **rest)

    async def refused(self, file: PlanFile, project: UUID | None = None) -> Failure | None:
        """Imports the file; the refusal, if a rule forbids it."""
        try:
            await self.take(file, project)
        except CommandRefusedError as error:
            return error.failure
        return None

    async def tasks(self, project: UUID) -> list[TaskView]:
        """The tasks in order, as the read model shows them now."""
        await self.app.runner.catch_up_all()
        async with reading(self.app.readers) as read:
            return list((await list_tasks(read, project, limit=10_000)).items)

    async def shown(self, project: UUID) -> Shown:
        """Everything of the plan but ids, revisions and times: what makes two plans the same."""
        tasks = await self.tasks(project)
        codes = {task.id: task.wbs for task in tasks}
        async with reading(self.app.readers) as read:
            links = (await list_links(read, project, limit=10_000)).items
            view = await get_project(read, project, self.actor.user)
        assert view is not None
        return {
            "start": view.start,
            "tasks": [_shown(task) for task in tasks],
            "links": sorted(
                (codes[a.predecessor], codes[a.successor], a.type, a.lag.amount, a.lag.unit) for a in links
            ),
        }


def _shown(task: TaskView) -> tuple[Any, ...]:
    """A summary's own duration and progress mean nothing."""
    progress = (task.duration, task.percent_complete, task.actual_start, task.actual_finish)
    own = () if task.summary else progress
    return (task.wbs, task.external_id, task.name, task.notes, task.constraint, *own)


async def importer(app: App) -> Importer:
    """Somebody new, whose projects nobody else has."""
    return Importer(app, await newcomer(app.commands))
