"""Read models as a plain fold of events, in memory, with nothing but what projections say of one event."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from src.events import RecordedEvent
from src.projections import Projection
from src.projections.moments import counts_from
from src.projections.read_model import ReadModel
from src.projections.rows import Row, Rows

_NOWHERE = cast("AsyncConnection", None)


class Fold:
    """The rows of a projection after some events. What an event is about that is not there changes nothing."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._rows = Rows(_NOWHERE, 1)

    def apply(self, recorded: Iterable[RecordedEvent]) -> None:
        for event in recorded:
            if self._projection.follows(event):
                try:
                    self._projection.apply(event, self._rows)
                except KeyError:
                    assert counts_from(event) < event.recorded_at

    def rows(self, model: type[ReadModel], projects: Iterable[UUID] = ()) -> list[Row]:
        """In the order of their keys; for these projects with what is derived of them."""
        self._rows.marks |= set(projects)
        self._projection.settle(self._rows)
        key = [column.name for column in model.__table__.primary_key]
        return sorted((dict(row) for row in self._rows.all(model)), key=lambda row: [str(row[name]) for name in key])


def same_order(rows: Iterable[Any], model: type[ReadModel]) -> list[Row]:
    """Rows of a query in the same order."""
    key = [column.name for column in model.__table__.primary_key]
    return sorted((dict(row._mapping) for row in rows), key=lambda row: [str(row[name]) for name in key])
