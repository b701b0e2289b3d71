"""Where a drill takes place: the application, all projections with the ledger, and what must have come of the log."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from src.projections import PROJECTIONS, Progress, Runner, control
from src.projections.generations import prepare
from src.projections.schedules import SCHEDULES
from src.projections.tables import tables
from src.queries.reading import wait_until
from src.wiring import App
from tests.drills.ledger import LEDGER, LedgerRow, expected
from tests.drills.size import SIZE
from tests.read_tables import dump, rebuilt

ALL = (*PROJECTIONS, LEDGER)
WORKERS = "tests.drills.work"


@dataclass(frozen=True)
class Site:
    """The application as the test has it; workers are elsewhere."""

    app: App
    runner: Runner

    async def active(self) -> dict[str, int]:
        """The generations that are read."""
        return {each.projection: each.generation for each in await self.runner.progress() if each.active}

    async def order_rebuild(self) -> None:
        """Asks for a new generation of everything."""
        for projection in ALL:
            await control.rebuild(self.app.models, projection)

    async def switched(self, before: dict[str, int]) -> None:
        """Waits until every read model has a newer generation, with patience for each of them."""
        left = {each.name for each in ALL}
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SIZE.patience) as waiting:
            while left:
                now = await self.active()
                newer = {name for name in left if now.get(name, 0) > before.get(name, 0)}
                if newer:
                    left -= newer
                    waiting.reschedule(loop.time() + SIZE.patience)
                await asyncio.sleep(0.1)

    async def level(self) -> list[Progress]:
        """Waits until everything that is read has come to the end of the log, schedules too."""
        async with asyncio.timeout(SIZE.patience):
            while True:
                standing = [each for each in await self.runner.progress() if each.active]
                if len(standing) == len(ALL) and not any(each.lag for each in standing):
                    break
                await asyncio.sleep(0.1)
        await wait_until(self.app.log, self.app.readers, (SCHEDULES,), await self.app.log.head(), SIZE.patience)
        return standing

    async def in_order_and_once(self) -> int:
        """The ledger is that of the log itself: every event of every project, in order, once. How many there are."""
        chains = await expected(self.app)
        table: Any = tables((await self.active())[LEDGER.name])[LedgerRow]
        async with self.app.readers.connect() as connection:
            rows = (await connection.execute(select(table))).all()
        assert {row.project: (row.events, row.chain) for row in rows} == chains
        return sum(events for events, _ in chains.values())

    async def undisturbed(self) -> None:
        """The rows are those of one quiet run over the same log."""
        found = await dump(self.app.readers)
        assert await rebuilt(self.app) == found


async def site(app: App) -> Site:
    """The site, with tables for the ledger."""
    await prepare(app.runner._owner, [LEDGER], await app.log.head())  # type: ignore[arg-type]
    return Site(app, Runner(app.log, app.models, ALL, app.runner._owner))
