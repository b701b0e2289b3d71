"""Golden rows: what each version of a projection makes of one history, kept for ever.

Rows or tables that come out otherwise mean something else than before. Whoever wants that gives the projection a new
version, so that it is built beside what is read; then `GOLDEN=write make test` keeps the new rows.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from src.config import Settings
from src.database import open_database
from src.events.catalogue import CATALOGUE
from src.events.tables import EVENTS
from src.projections import PROJECTIONS, Projection
from src.projections.tables import tables
from src.wiring import open_app
from tests.conftest import nobody_woken
from tests.read_tables import rows_of

FOLDER = Path(__file__).parent / "golden"
HISTORY = [orjson.loads(line) for line in (FOLDER / "history.jsonl").read_bytes().splitlines()]
"""Events as a log once recorded them. Lines are added, for new events, and never changed."""


async def written(settings: Settings) -> None:
    """Puts the history into the log as it was, with its positions and times."""
    database, log = open_database(settings)
    rows = [
        {
            **event,
            "project": event["project"] and UUID(event["project"]),
            "effective_at": datetime.fromisoformat(event["effective_at"]),
            "recorded_at": datetime.fromisoformat(event["recorded_at"]),
        }
        for event in HISTORY
    ]
    if settings.embedded:
        rows = [{**row, "project": row["project"] and str(row["project"])} for row in rows]
    async with (database.keys if settings.embedded else database.owner).begin() as connection:
        await connection.execute(insert(EVENTS), rows)
    await log.close()
    await database.dispose()


def shape(projection: Projection) -> list[str]:
    """The tables and indexes, in PostgreSQL's words."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    found = []
    for model in projection.tables:
        table = tables(1)[model]
        *columns, last = str(CreateTable(table).compile(dialect=dialect)).strip().removesuffix(")").split(", \n\t")
        found += sorted(line.strip() for line in (*columns, last))
        found += sorted(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
    return found


async def rows_told(settings: Settings, projection: Projection) -> dict[str, list[list[str]]]:
    """The rows of all its tables, in words."""
    async with open_app(settings, nobody_woken) as app:
        await app.runner.catch_up_all()
        return {
            model.__tablename__: [[str(value) for value in row] for row in await rows_of(app.readers, model)]
            for model in projection.tables
        }


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
async def test_a_version_makes_the_rows_that_it_always_made(settings: Settings, projection: Projection) -> None:
    """The same history gives the same rows in the same tables, on both databases."""
    await written(settings)
    found = {
        "version": projection.version,
        "shape": shape(projection),
        "rows": await rows_told(settings, projection),
    }
    file = FOLDER / f"{projection.name}.json"
    kept: dict[str, Any] = orjson.loads(file.read_bytes()) if file.exists() else {"version": 0}
    if os.environ.get("GOLDEN") == "write" and kept["version"] < projection.version:
        file.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
        return
    assert found == kept, f"{projection.name} means something else now: give it a new version"


def test_the_history_has_every_event_that_projections_follow() -> None:
    """A new event is in it, so that what projections make of it is kept."""
    followed = {stored.name for stored in CATALOGUE for p in PROJECTIONS if p.events and stored.model in p.events}
    assert followed <= {event["type"] for event in HISTORY}
