"""The rows of the audit trail as the database has them, page by page: nothing that stands there can break reading."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Table, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events import RecordedEvent
from ..events.log import WHOLE
from ..projections.audit import AUDIT, AuditRow, recorded_of
from ..projections.generations import generations_of
from ..projections.registry import BUILDING, CheckpointRow, FaultRow, GenerationRow, checkpoint_of
from ..projections.rows import Row
from ..projections.tables import tables
from ..queries.reading import BuildingError, ReadSession, reading

COLUMNS = tuple(column.name for column in AuditRow.__table__.columns)
_POSITION, _LINK, _STREAM, _TYPE = (COLUMNS.index(name) for name in ("position", "link", "stream", "type"))
_UNREADABLE = (ValueError, TypeError, KeyError, OverflowError, AttributeError, LookupError)

Raw = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the audit trail has come. `reading` False: its rows are being built anew, and are not read yet."""

    generation: int | None
    position: int
    reading: bool
    paused: bool = False
    error: str | None = None


class Trail:
    """The audit trail that is read, or the one that is being built where none is."""

    def __init__(self, readers: AsyncEngine) -> None:
        self._readers = readers
        self._encoders, self._decoders = _processors(readers.dialect)

    async def standing(self) -> Standing:
        """Rows up to its position must be there; those behind it may be."""
        async with reading(self._readers) as read:
            generation, active = await self._generation(read)
            if generation is None:
                return Standing(None, 0, reading=False)
            of = checkpoint_of(AUDIT.name, generation, WHOLE)
            position = await read.scalar(select(CheckpointRow.position).where(of))
            paused = await read.scalar(
                select(GenerationRow.paused).where(
                    GenerationRow.projection == AUDIT.name, GenerationRow.generation == generation
                )
            )
            error = await read.scalar(
                select(FaultRow.error)
                .where(FaultRow.projection == AUDIT.name, FaultRow.generation == generation)
                .limit(1)
            )
        return Standing(generation, position or 0, active, bool(paused), error)

    async def page(self, after: int, until: int | None, limit: int) -> Sequence[Raw]:
        """Up to `limit` rows above `after`, and up to `until` where it is given."""
        rest = "" if until is None else " AND position <= :until"
        given = {"after": after, "limit": limit} | ({} if until is None else {"until": until})
        return await self._rows(f"position > :after{rest} ORDER BY position LIMIT :limit", given)

    async def below(self, position: int, limit: int) -> Sequence[Raw]:
        """Up to `limit` rows below the position, the last ones first."""
        given = {"position": position, "limit": limit}
        return await self._rows("position < :position ORDER BY position DESC LIMIT :limit", given)

    async def _rows(self, which: str, given: Mapping[str, int]) -> Sequence[Raw]:
        async with reading(self._readers) as read:
            generation, _ = await self._generation(read)
            if generation is None:
                return ()
            table = tables(generation)[AuditRow]
            sql = f"SELECT {_names(table, self._readers.dialect)} FROM {table.name} WHERE {which}"  # noqa: S608 - constants
            return [tuple(row) for row in await read.execute(text(sql), given)]

    async def _generation(self, read: ReadSession) -> tuple[int | None, bool]:
        try:
            return read.generation(AUDIT), True
        except BuildingError:
            newest = generations_of(AUDIT).where(GenerationRow.state == BUILDING)
            return await read.scalar(newest.order_by(GenerationRow.generation.desc()).limit(1)), False

    def encoded(self, row: Row) -> Raw:
        """The row as the database would have it."""
        return tuple(
            value if encode is None else encode(value)
            for encode, value in zip(self._encoders, (row[name] for name in COLUMNS), strict=True)
        )

    def event_of(self, raw: Raw | None) -> RecordedEvent | None:
        """The event that the row tells of; None: there are values in it that no event has, or there is no row."""
        if raw is None:
            return None
        try:
            values = (
                value if decode is None else decode(value) for decode, value in zip(self._decoders, raw, strict=True)
            )
            return recorded_of(dict(zip(COLUMNS, values, strict=True)))
        except _UNREADABLE:
            return None


def position_of(raw: Raw) -> int:
    return int(raw[_POSITION])


def link_of(raw: Raw | None) -> bytes | None:
    """The link in the row, if it can be one."""
    found = raw and raw[_LINK]
    return bytes(found) if isinstance(found, (bytes, memoryview)) and len(found) == len(bytes(32)) else None


def named(event: RecordedEvent | None, raw: Raw | None = None) -> tuple[str | None, str | None]:
    """Stream and type, as the log says them, or else the audit trail."""
    if event is not None:
        return event.stream, event.type
    return (str(raw[_STREAM]), str(raw[_TYPE])) if raw else (None, None)


@cache
def _names(table: Table, dialect: Dialect) -> str:
    return ", ".join(dialect.identifier_preparer.quote(column.name) for column in table.columns)


_Processor = Callable[[Any], Any] | None


def _processors(dialect: Dialect) -> tuple[list[_Processor], list[_Processor]]:
    kinds = [column.type.dialect_impl(dialect) for column in AuditRow.__table__.columns]
    encoders: list[_Processor] = [kind.bind_processor(dialect) for kind in kinds]
    return encoders, [kind.result_processor(dialect, None) for kind in kinds]
