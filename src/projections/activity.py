"""What happened in each project, for its members: no refusals, no addresses, nothing personal, no rates.

It is a read model of its own and not a view of the audit trail: members may not read that, it knows no tasks, and
its filters would go through a project's whole history.
"""

from collections.abc import Iterable, Iterator, Sized
from datetime import datetime
from itertools import islice
from typing import Any, get_args
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.calendar import CalendarLeft, CalendarTaken
from ..events.catalogue import BY_MODEL, BY_TYPE, CATALOGUE, NOTICES, UNSHOWN
from ..events.codec import canonical_json
from ..events.project import ProjectEvent
from ..events.staffing import TaskStaffed, TaskUnstaffed
from .projection import Projection
from .read_model import ReadModel
from .rows import Need, Rows

_ELSEWHERE = {"user", "role", "access", "connection", "reservation", "projection", "housekeeping", "notice"}
"""Events of these modules happen to people and to the service, not in a project."""
_GUARDS = (CalendarTaken, CalendarLeft, TaskStaffed, TaskUnstaffed)
"""They say once more what another event says."""
KINDS = ("task", "link", "resource", "calendar", "user")
"""What an event can be about, what is most its subject first; if it is none of them, the project."""
_OF_PROJECT = frozenset(BY_MODEL[model].name for model in get_args(ProjectEvent))
"""Events of the project itself, which name a calendar or an owner as what they set."""
_MORE = ("owner", "predecessor", "successor", "parent")
_INTERNAL = UNSHOWN | {"name_reservation", "rank", "subtree", "links"}
MOST_LETTERS, MOST_VALUES, _FEWEST = 1_000, 20, 50
"""Of a text so many letters are kept, of a list or an object so many values, which share the letters but have at least
so many each, as ids and times have: the whole is with the entity."""
_POSITION = BigInteger().with_variant(Integer(), "sqlite")


class ActivityRow(ReadModel):
    """One event. `by` is who did it: the author elsewhere, if somebody else imported it; `data` is JSON of values."""

    __tablename__ = "activity"
    __table_args__ = (
        Index(None, "project", "position"),
        Index(None, "project", "by", "position"),
        Index(None, "project", "kind", "position"),
    )

    position: Mapped[int] = mapped_column(_POSITION, primary_key=True, autoincrement=False)
    project: Mapped[UUID]
    recorded_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    actor: Mapped[UUID]
    author: Mapped[UUID | None]
    by: Mapped[UUID]
    command: Mapped[str]
    command_id: Mapped[UUID]
    reason: Mapped[str | None]
    type: Mapped[str]
    kind: Mapped[str]
    entity: Mapped[UUID]
    data: Mapped[str]


class AboutRow(ReadModel):
    """What an event is about, each of them; `by` as above."""

    __tablename__ = "activity_about"

    project: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(_POSITION, primary_key=True, autoincrement=False)
    by: Mapped[UUID]


def _needs(_recorded: RecordedEvent) -> Iterable[Need]:
    return ()


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    metadata, data = orjson.loads(recorded.metadata), orjson.loads(recorded.data)
    author = metadata.get("author")
    kinds = ("user",) if recorded.type in _OF_PROJECT else KINDS
    kind = next((kind for kind in kinds if data.get(kind)), "project")
    entity = UUID(data[kind]) if kind in data else recorded.project
    by = UUID(author or metadata["actor"])
    rows.put(
        ActivityRow,
        {
            "position": recorded.position,
            "project": recorded.project,
            "recorded_at": recorded.recorded_at,
            "effective_at": recorded.effective_at,
            "actor": UUID(metadata["actor"]),
            "author": author and UUID(author),
            "by": by,
            "command": metadata["command"],
            "command_id": UUID(metadata["command_id"]),
            "reason": metadata.get("reason"),
            "type": recorded.type,
            "kind": kind,
            "entity": entity,
            "data": canonical_json(_shown(recorded.type, kind, data)),
        },
    )
    for about in {entity, *_about(data)}:
        rows.put(AboutRow, {"project": recorded.project, "entity": about, "position": recorded.position, "by": by})


def _about(data: dict[str, Any]) -> Iterator[UUID]:
    for name in (*KINDS, *_MORE):
        if data.get(name):
            yield UUID(data[name])
    yield from (UUID(task) for task in data.get("subtree", ()))


def _shown(type_: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """The values that the event has, but for what it is about; texts are cut."""
    hidden = {kind, "project", *_INTERNAL, *BY_TYPE[type_].personal}
    shown = {name: _cut(value) for name, value in data.items() if name not in hidden}
    return shown | ({"tasks": len(data["subtree"])} if "subtree" in data else {})


def _cut(value: Any, most: int = MOST_LETTERS) -> Any:
    """What is kept of a value; `…` stands where something was left out."""
    match value:
        case str() if len(value) > most:
            return f"{value[:most]}…"
        case list() if value:
            kept = [_cut(each, _share(most, value)) for each in value[:MOST_VALUES]]
            return kept if len(value) <= MOST_VALUES else [*kept, "…"]
        case dict() if value:
            shown = {name: _cut(each, _share(most, value)) for name, each in islice(value.items(), MOST_VALUES)}
            return shown if len(value) <= MOST_VALUES else shown | {"…": len(value) - MOST_VALUES}
        case _:
            return value


def _share(letters: int, values: Sized) -> int:
    return max(letters // min(len(values), MOST_VALUES), _FEWEST)


_EVENTS = tuple(
    stored.model
    for stored in CATALOGUE
    if stored.model.__module__.rpartition(".")[2] not in _ELSEWHERE
    and stored.name not in NOTICES
    and stored.model not in _GUARDS
)
ACTIVITY = Projection("activity", 2, (ActivityRow, AboutRow), _EVENTS, _needs, _apply, bucketed=True)
