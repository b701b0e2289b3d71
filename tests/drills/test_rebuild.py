"""A rebuild of everything beside what is read: nobody who writes or reads notices."""

import asyncio
import time
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from sqlalchemy import func, select

from src.config import Settings
from src.projections.audit import AuditRow
from src.projections.follower import Follower
from src.projections.projects import ProjectRow
from src.projections.tasks import TaskRow
from src.queries.reading import reading
from src.wiring import App, open_app
from tests.conftest import nobody_woken
from tests.drills.history import Plan, Writers, write
from tests.drills.site import WORKERS, Site, site
from tests.drills.size import SEED, SIZE, told
from tests.workers.processes import Crew

_LOOK_SECONDS = 0.05


class Readers:
    """They look every 50 ms at some projects and at the audit trail: what is seen only ever grows."""

    def __init__(self, app: App, plans: list[Plan]) -> None:
        self._app = app
        self._projects = [plan.project for plan in plans[:: max(1, len(plans) // 8)]]
        self._seen: dict[Any, Any] = {}
        self._task: asyncio.Task[None] | None = None
        self.looks = 0
        self.slowest = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._task is not None
        if self._task.done():
            self._task.result()
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _look(self) -> None:
        while True:
            began = time.perf_counter()
            for project in self._projects:
                await self._look_at(project)
            await self._look_at_audit()
            self.looks += 1
            self.slowest = max(self.slowest, time.perf_counter() - began)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look_at(self, project: UUID) -> None:
        async with reading(self._app.readers) as read:
            projects, tasks = read[ProjectRow], read[TaskRow]
            revision = await read.scalar(select(projects.c.revision).where(projects.c.id == project))
            grown = func.sum(tasks.c.revision + tasks.c.placement_revision)
            numbered = func.count(tasks.c.sequence)
            row = (
                await read.execute(
                    select(func.count(), grown, numbered, func.max(tasks.c.sequence)).where(tasks.c.project == project)
                )
            ).one()
        assert row[2] == row[3], "an outline with gaps"
        self._grows(project, (revision, row[0], int(row[1])))

    async def _look_at_audit(self) -> None:
        async with reading(self._app.readers) as read:
            audit = read[AuditRow]
            count, last = (await read.execute(select(func.count(), func.max(audit.c.position)))).one()
        assert count == last, "an audit trail with gaps"
        self._grows("audit", (count,))

    def _grows(self, what: Any, now: tuple[Any, ...]) -> None:
        before = self._seen.get(what, now)
        assert all(new >= old for new, old in zip(now, before, strict=True)), f"{what} was {before} and is {now}"
        self._seen[what] = now


async def _drill(place: Site, plans: list[Plan], writers: int) -> None:
    await place.runner.catch_up_all()
    await place.level()
    before, head = await place.active(), await place.app.log.head()
    began = time.perf_counter()
    async with Readers(place.app, plans) as readers, Writers(plans, writers, pause=0.01):
        await place.order_rebuild()
        await place.switched(before)
        seconds = time.perf_counter() - began
    await place.level()
    events = await place.in_order_and_once()
    written = await place.app.log.head() - head
    assert readers.looks > 3
    told(
        f"rebuild beside: {head:,} events over {len(plans)} projects, {written:,} more by {writers} writers meanwhile, "
        f"switched after {seconds:.1f} s; {readers.looks} looks, the slowest {readers.slowest * 1000:.0f} ms; "
        f"{events:,} events of the ledger in order and once"
    )


async def test_a_rebuild_by_workers_is_noticed_by_nobody(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """Never a half-filled or an older state, never an error; after the switch the rows of a fresh build."""
    plans = await write(waking, SIZE.projects, SIZE.events, SEED)
    place = await site(waking)
    async with Crew(with_redis, tmp_path, masters=2, module=WORKERS):
        await _drill(place, plans, SIZE.writers)
    await place.undisturbed()


async def test_a_rebuild_by_the_embedded_service_is_noticed_by_nobody(sqlite_settings: Settings) -> None:
    """The same in one process on SQLite, by what the embedded service runs."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        plans = await write(app, SIZE.projects // 4, SIZE.events // 4, SEED)
        place = await site(app)
        follower = Follower(place.runner)
        follower.start()
        try:
            await _drill(place, plans, 2)
        finally:
            await follower.stop()
        await place.undisturbed()
