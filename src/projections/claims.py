"""Which buckets have news, and the locks that admit one worker to each.

A bucket that another worker holds is passed over: whoever holds one looks again after its batch, at what was in
the log by then, so nothing that was there when it was passed over is left behind.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ..events import EventLog, RecordedEvent
from ..events.log import WHOLE
from .projection import Projection
from .registry import CheckpointRow, FaultRow, checkpoint_of

_PARKED = """
    (SELECT count(*) FROM faults f WHERE f.projection = c.projection AND f.generation = c.generation
        AND f.bucket = c.bucket) AS parked
"""
_WANTED = "WHERE g.state = :state AND NOT g.paused AND c.state = 'running' AND c.position < h.head ORDER BY c.position"
_POSTGRESQL = text(f"""
SELECT c.projection, c.generation, c.bucket, c.position, {_PARKED}
FROM checkpoints c JOIN generations g ON g.projection = c.projection AND g.generation = c.generation
JOIN unnest(CAST(:names AS text[]), CAST(:versions AS integer[])) v (name, version)
    ON v.name = g.projection AND v.version = g.version
JOIN unnest(CAST(:buckets AS integer[]), CAST(:positions AS bigint[])) h (bucket, head) ON h.bucket = c.bucket
{_WANTED} LIMIT :most FOR UPDATE OF c SKIP LOCKED
""")  # noqa: S608 - constants
_SQLITE = text(f"""
SELECT c.projection, c.generation, c.bucket, c.position, {_PARKED}
FROM checkpoints c JOIN generations g ON g.projection = c.projection AND g.generation = c.generation
JOIN (SELECT key AS name, value AS version FROM json_each(:versions)) v
    ON v.name = g.projection AND v.version = g.version
JOIN (SELECT CAST(key AS INTEGER) AS bucket, value AS head FROM json_each(:heads)) h ON h.bucket = c.bucket
{_WANTED} LIMIT :most
""")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Claim:
    """A bucket of a generation that is ours until the end of the transaction."""

    projection: Projection
    generation: int
    bucket: int
    position: int
    parked: frozenset[UUID]
    """The projects of it that wait at an event which could not be applied."""


async def claim(
    connection: AsyncConnection, projections: Sequence[Projection], state: str, heads: Mapping[int, int], most: int
) -> list[Claim]:
    """Takes up to `most` buckets with news, those first that are furthest behind."""
    by_name = {projection.name: projection for projection in projections}
    versions = {projection.name: projection.version for projection in projections}
    if connection.dialect.name == "postgresql":
        given = {
            "names": list(versions),
            "versions": list(versions.values()),
            "buckets": list(heads),
            "positions": list(heads.values()),
        }
        rows = (await connection.execute(_POSTGRESQL, {**given, "state": state, "most": most})).all()
    else:
        keyed = orjson.dumps({str(bucket): head for bucket, head in heads.items()}).decode()
        given = {"versions": orjson.dumps(versions).decode(), "heads": keyed, "state": state, "most": most}
        rows = (await connection.execute(_SQLITE, given)).all()
    parked = await _parked(connection, [row for row in rows if row.parked])
    return [
        Claim(
            by_name[row.projection], row.generation, row.bucket, row.position, parked.get(tuple(row[:3]), frozenset())
        )
        for row in rows
    ]


async def read(log: EventLog, after: Mapping[int, int], limit: int) -> list[RecordedEvent]:
    """Up to `limit` events of each bucket above its position, and as many of the whole log where that is among them."""
    buckets = {bucket: position for bucket, position in after.items() if bucket != WHOLE}
    found = list(await log.read_buckets(buckets, limit)) if buckets else []
    return [*found, *await log.read(after[WHOLE], limit)] if WHOLE in after else found


async def _parked(connection: AsyncConnection, rows: Sequence[Any]) -> dict[tuple[Any, ...], frozenset[UUID]]:
    """The projects that wait, by projection, generation and bucket, of the rows that have any."""
    if not rows:
        return {}
    key = FaultRow.projection, FaultRow.generation, FaultRow.bucket
    found: dict[tuple[Any, ...], set[UUID]] = defaultdict(set)
    wanted = select(*key, FaultRow.project).where(tuple_(*key).in_([tuple(row[:3]) for row in rows]))
    for *of, project in await connection.execute(wanted):
        found[tuple(of)].add(project)
    return {of: frozenset(projects) for of, projects in found.items()}


async def wait_a_while(connection: AsyncConnection) -> None:
    """Bounds every wait for a lock in this transaction."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL lock_timeout = '10s'"))


async def lock(connection: AsyncConnection, projection: str, generation: int, bucket: int) -> Any:
    """The checkpoint's row, ours until the end of the transaction, after a bounded wait for who has it; None: gone."""
    await wait_a_while(connection)
    wanted = select(CheckpointRow.__table__).where(checkpoint_of(projection, generation, bucket))
    return (await connection.execute(wanted.with_for_update())).one_or_none()


_MOVE = (
    update(CheckpointRow.__table__)  # type: ignore[arg-type] # a Table it is
    .where(
        CheckpointRow.projection == bindparam("of_projection"),
        CheckpointRow.generation == bindparam("of_generation"),
        CheckpointRow.bucket == bindparam("of_bucket"),
    )
    .values(
        position=bindparam("to"),
        events=CheckpointRow.events + bindparam("passed"),
        state=bindparam("to_state"),
        updated_at=bindparam("now"),
    )
)


async def move(connection: AsyncConnection, moves: Sequence[tuple[Claim, int, int]], state: str) -> None:
    """Writes (claim, new position, events passed): the batch's rows count from here on."""
    now = datetime.now(UTC)
    rows = [
        {
            "of_projection": claim.projection.name,
            "of_generation": claim.generation,
            "of_bucket": claim.bucket,
            "to": position,
            "passed": passed,
            "to_state": state,
            "now": now,
        }
        for claim, position, passed in moves
    ]
    if rows:
        await connection.execute(_MOVE, rows)
