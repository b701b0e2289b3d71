"""Plans as files and back, and what has to be the same of two of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from src.exporting.mspdi import mspdi
from src.exporting.plan_rows import ExportedPlan, exported_plan
from src.importing import PlanFile, read_mspdi
from src.importing.file_plan import IDENTITIES, plan_of_file
from src.importing.plan_file import FileCalendar, FileDates, FileResource, FileTask
from src.queries.reading import reading
from src.scheduling import ScheduledTask, schedule
from tests.importing.planning import Importer

_NOTHING: dict[str, Any] = {"line": 0, "guid": None}
_NO_DATES = FileDates()


def results_of(file: PlanFile) -> dict[int, ScheduledTask]:
    """The schedule of a file by UID."""
    dates = schedule(plan_of_file(file)).tasks
    return {task.uid: dates[IDENTITIES.task(task.uid)] for task in file.tasks}


def written(folder: Path, plan: ExportedPlan) -> Path:
    """The plan as a file."""
    path = folder / "plan.xml"
    path.write_bytes(b"".join(mspdi(plan.file, plan.results, plan.schedule)))
    return path


async def exported(ann: Importer, project: UUID) -> ExportedPlan:
    """The project as its export holds it."""
    await ann.app.runner.catch_up_all()
    async with reading(ann.app.readers, at_once=True) as read:
        plan = await exported_plan(read, project, rates=True)
    assert plan is not None
    return plan


async def exported_file(ann: Importer, project: UUID, folder: Path) -> PlanFile:
    """The project as the file that its export writes."""
    return read_mspdi(written(folder, await exported(ann, project)))


def said(file: PlanFile) -> dict[str, Any]:
    """All that a file says of a plan, but for ids, lines, and which plan it is."""
    return {
        "head": (file.name, file.start, file.currency, file.calendar, file.status_date),
        "tasks": [replace(task, outline_number=None, **_NOTHING) for task in file.tasks],
        "links": {(link.predecessor, link.successor, link.type, link.lag) for link in file.links},
        "calendars": {calendar.uid: _calendar(calendar) for calendar in file.calendars},
        "resources": {resource.uid: _resource(resource) for resource in file.resources},
        "assignments": {(entry.task, entry.resource): replace(entry, line=0) for entry in file.assignments},
    }


def without_dates(content: dict[str, Any]) -> dict[str, Any]:
    """The same without what was computed; a progress that went on later is not kept."""
    tasks: list[FileTask] = content["tasks"]
    return content | {"tasks": [replace(task, dates=_NO_DATES, resume=None) for task in tasks]}


def _calendar(calendar: FileCalendar) -> FileCalendar:
    return replace(calendar, weekdays=dict(calendar.weekdays), **_NOTHING)


def _resource(resource: FileResource) -> FileResource:
    return replace(resource, **_NOTHING)
