"""Plan files made for tests, and what an import must make of them."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from src.importing import PlanFile
from src.importing.plan_file import FileLink, FileTask
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType
from src.wiring import App

from .planning import Importer, Shown, importer

DAY = Duration(tenths=4800)


MONDAY = datetime.fromisoformat("2026-03-02T08:00:00")
BEGUN: dict[str, Any] = {"percent_complete": 50, "actual_start": MONDAY}


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


async def made_of_nothing(app: App, file: PlanFile) -> Shown:
    """What the file makes of nothing."""
    other = await importer(app)
    return await other.shown((await other.take(file)).project)


async def same_as_fresh(ann: Importer, project: UUID, file: PlanFile) -> None:
    """The project is what the file makes of nothing."""
    assert await ann.shown(project) == await made_of_nothing(ann.app, file)
