"""What a copy of the log has: its tables, and each row as values that are the same whichever database they are from."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from enum import Enum, auto
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Table, Text, Uuid

from ..events import RecordedEvent
from ..events.instant import Instant, from_micros
from ..events.tables import (
    AUTHORISATIONS,
    CREDENTIALS,
    EVENTS,
    KEYS,
    LEASES,
    OUTCOMES,
    REACTIONS,
    REFRESHES,
    STREAMS,
)

COPIED = (EVENTS, OUTCOMES, KEYS, CREDENTIALS, REFRESHES, REACTIONS)
"""In the order in which they are copied, each by its primary key."""
LEFT_OUT = (STREAMS, LEASES, AUTHORISATIONS)
"""The heads of streams follow from the events; who holds a lease, and who is at a provider, is true for minutes."""
PAGE = 5_000

Row = tuple[int | str | bytes | None, ...]
"""The columns of a table in their order: numbers; texts; instants in microseconds since 1970; ids with hyphens, in
small letters; bytes."""


class Tables(Protocol):
    """The tables of a log, all in one transaction."""

    @property
    def by_bytes(self) -> str:
        """What is written behind a text that is compared or ordered by its bytes."""
        ...

    async def ask(self, sql: str, *arguments: Any) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement in the SQL that both databases have; its parameters are $1, $2 and so on."""
        ...

    def rows(self, table: Table) -> AsyncGenerator[Sequence[Row], None]:
        """All rows in the order of the primary key, in pages."""
        ...


class Target(Tables, Protocol):
    """Those of a log that is being written; the transaction holds off everybody else who would write it."""

    async def write(self, table: Table, rows: Sequence[Row]) -> None: ...

    async def run(self, sql: str) -> None: ...

    async def reset_read_models(self) -> int:
        """Has read models that are level with an empty log filled before they are read. Where one of them is."""
        ...


Pages = AsyncIterator[tuple[Table, Sequence[Row]]]
"""The rows of all that is copied: table by table, in pages."""


class Kind(Enum):
    """What the values of a column are."""

    NUMBER = auto()
    TEXT = auto()
    INSTANT = auto()
    ID = auto()
    BYTES = auto()


def kind_of(column: Column[Any]) -> Kind:
    match column.type:
        case Instant():
            return Kind.INSTANT
        case Uuid():
            return Kind.ID
        case LargeBinary():
            return Kind.BYTES
        case Text():
            return Kind.TEXT
        case _:
            return Kind.NUMBER


def no_rows() -> Counter[str]:
    """How many rows of each table there are, before any is counted."""
    return Counter({str(table.name): 0 for table in COPIED})


async def pages(tables: Tables) -> Pages:
    """All that a copy has."""
    for table in COPIED:
        async for page in tables.rows(table):
            yield table, page


def columns_of(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def recorded(row: Row) -> RecordedEvent:
    """The event of a row of EVENTS. ValueError, TypeError or OverflowError when its values make no sense."""
    values: Any = row
    position, stream, version, type_, schema, data, metadata, project, branch, effective_at, recorded_at = values
    return RecordedEvent(
        position, stream, version, type_, schema, data, metadata, project and UUID(project), branch,
        from_micros(effective_at), from_micros(recorded_at),
    )  # fmt: skip
