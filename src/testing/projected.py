"""Projections and the rows that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..commands.loop import CommandLoop
from ..config import Settings
from ..projections import Projection
from ..projections.read_model import ReadModel
from .decision import Play
from .differences import same
from .memory import KEYRING
from .read_models import ReadModels, a_database, read_models


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
        async with a_database(self.settings) as settings, read_models(settings, self.projections) as models:
            await self.play(models.log, KEYRING, CommandLoop(models.log, KEYRING))
            await models.follow()
            for each in expected:
                await _check(models, each)
            one_by_one = await self._rows(models)
            await models.rebuild()
            same("rows after all events at once", one_by_one, await self._rows(models))
            await models.follow_again()
            same("rows after the same events again", one_by_one, await self._rows(models))

    async def _rows(self, models: ReadModels) -> Sequence[tuple[str, Any]]:
        tables = [model for projection in self.projections for model in projection.tables]
        return [(model.__tablename__, row) for model in tables for row in await models.rows(model)]


async def _check(models: ReadModels, expected: RowsOf) -> None:
    found = await models.rows(expected.model)
    actual = [tuple(row[name] for name in expected.columns) for row in found]
    what = f"rows of {expected.model.__tablename__}"
    same(what, sorted(expected.expected, key=repr), sorted(actual, key=repr))
