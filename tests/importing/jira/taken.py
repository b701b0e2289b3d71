"""Importing histories of Jira as somebody, and reading out of the log what became of them."""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from src.commands.result import Failure
from src.commands.task_state import TASK, TaskState
from src.events import RecordedEvent
from src.events.codec import canonical_json
from src.importing.differences import CommandRefusedError
from src.importing.jira import JiraFile, read_jira
from src.importing.jira.taking import JiraReport, import_jira
from src.wiring import App
from tests.acting import Actor, newcomer

HISTORIES = Path(__file__).parents[3].parent / "shared" / "data" / "histories"
EVENTS = HISTORIES / "jira-apache-events.jsonl.gz"
FINAL = HISTORIES / "jira-apache-final-state.jsonl.gz"


def real_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a packed file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def written(folder: Path, *values: Any, name: str = "export.json") -> Path:
    """A file with one JSON value a line."""
    path = folder / name
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def read(*paths: Path, final: Path | None = None) -> JiraFile:
    """The files, now."""
    return read_jira(paths, datetime.now(UTC), final=final)


@dataclass(frozen=True)
class Mover:
    """An administrator who imports, and what the log holds of it."""

    app: App
    actor: Actor

    async def take(self, file: JiraFile, **rest: Any) -> JiraReport:
        """Imports the file."""
        context = self.actor.context()
        return await import_jira(file, self.app.commands, self.app.log, context, **rest)

    async def refused(self, file: JiraFile, **rest: Any) -> Failure:
        """Imports the file, which a rule must forbid."""
        try:
            report = await self.take(file, **rest)
        except CommandRefusedError as error:
            return error.failure
        raise AssertionError(f"taken over: {report}")

    async def events(self, project: UUID) -> list[RecordedEvent]:
        """All events of the project, in order of position."""
        found: list[RecordedEvent] = []
        while page := await self.app.log.read_project(project, found[-1].position if found else 0, 1_000):
            found += page
        return found

    async def told(self, project: UUID) -> list[tuple[str, str, Mapping[str, Any], Any]]:
        """(effective time, author, data, type) of all events, but for who and when imported them."""
        return [
            (
                each.effective_at.isoformat(),
                json.loads(each.metadata).get("author", ""),
                json.loads(each.data),
                each.type,
            )
            for each in await self.events(project)
        ]

    async def same(self, one: UUID, other: UUID) -> None:
        """Both projects have been told the same, in the same order of effective time."""
        tales = []
        for project in (one, other):
            names = {str(project): "the project"}
            told = []
            for at, author, data, kind in await self.told(project):
                if kind in ("ProjectCreated", "MemberAdded"):
                    continue
                for value in (data.get("task"), data.get("parent")):
                    if value is not None:
                        names.setdefault(value, f"task {len(names)}")
                text = canonical_json(data)
                for id_, name in names.items():
                    text = text.replace(id_, name)
                told.append((at, author, kind, text))
            tales.append(told)
        assert tales[0] == tales[1]


def states_at(events: Iterable[RecordedEvent], moment: datetime) -> dict[UUID, TaskState]:
    """The tasks as they were by effective time, folded in order of position."""
    found: dict[UUID, TaskState] = {}
    for each in events:
        if each.stream.startswith("task-") and each.effective_at <= moment:
            task = each.event.task  # type: ignore[attr-defined] # all of its events name it
            found[task] = TASK.evolve(found.get(task, TASK.initial), each.event, each.version)
    return found


async def mover(app: App) -> Mover:
    """Somebody new, whose projects nobody else has."""
    return Mover(app, await newcomer(app.commands, "administrator", "planner"))
