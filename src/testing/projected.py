"""Projections and the rows that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from ..commands.loop import CommandLoop
from ..config import Settings
from ..projections import Projection
from ..projections.read_model import ReadModel
from . import read_models
from .decision import Play
from .differences import same
from .memory import KEYRING


@dataclass(frozen=True)
class RowsOf:
    """Rows that a table must have, as tuples of the columns named."""

    model: type[ReadModel]
    columns: tuple[str, ...]
    expected: tuple[tuple[Any, ...], ...] = ()

    def are(self, *rows: tuple[Any, ...]) -> "RowsOf":
        """These, in any order, and no others."""
        return replace(self, expected=rows)


def rows_of(model: type[ReadModel], *columns: str) -> RowsOf:
    """The rows of a table: `rows_of(TaskRow, "wbs", "name").are(("1", "Dig"))`. Without `are` there are none."""
    return RowsOf(model, columns)


@dataclass(frozen=True)
class Projected:
    """Projections that have passed all that was given, on a real database.

    Whatever the rows are, applying the same events again must change none, and one by one must give the same as
    all at once. What is only ever added to is not applied again: the database refuses it.
    """

    play: Play
    projections: tuple[Projection, ...]
    settings: Settings | None = None

    async def then(self, *expected: RowsOf) -> None:
        """The tables have these rows."""
        async with read_models.a_database(self.settings) as settings:
            async with read_models.opened(settings) as (log, engine):
                if await log.head():
                    raise ValueError("the database holds events already: name an empty one, its tables are made anew")
                await self.play(log, KEYRING, CommandLoop(log, KEYRING))
                await read_models.project(log, engine, self.projections)
                for each in expected:
                    await _check(engine, each)
                at_once = await self._rows(engine)
                await self._again(engine)
                await read_models.project(log, engine, self.projections)
                same("rows after the same events again", at_once, await self._rows(engine))
            await read_models.empty(settings)
            async with read_models.opened(settings) as (log, engine):
                await read_models.project(read_models.one_by_one(log), engine, self.projections)
                same("rows after the events one by one", at_once, await self._rows(engine))

    async def _again(self, engine: AsyncEngine) -> None:
        repeatable = [p for p in self.projections if not any(model.append_only for model in p.tables)]
        await read_models.rewind(engine, repeatable)

    async def _rows(self, engine: AsyncEngine) -> Sequence[tuple[str, Any]]:
        tables = [model for projection in self.projections for model in projection.tables]
        return [(t.__tablename__, row) for t in tables for row in await read_models.rows(engine, t)]


async def _check(engine: AsyncEngine, expected: RowsOf) -> None:
    found = await read_models.rows(engine, expected.model)
    actual = [tuple(row[name] for name in expected.columns) for row in found]
    same(f"rows of {expected.model.__tablename__}", sorted(expected.expected, key=repr), sorted(actual, key=repr))
