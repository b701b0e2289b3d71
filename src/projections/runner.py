"""Runs projections: reads the log, applies a batch to rows in memory, writes rows and checkpoints together.

So each event counts once, however often the runner is woken and wherever it is stopped. One transaction takes all
buckets with news, of all projections; far behind, it takes few and goes deep, so that workers share the rest.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import EventLog, LogUnavailableError, RecordedEvent
from ..events.log import WHOLE, bucket_of
from . import generations
from .claims import Claim, claim, move, read
from .faults import go_carefully, mend, stop_beyond_the_end
from .outages import is_outage
from .progress import Progress, measure, progress
from .projection import Projection
from .registry import ACTIVE, BUILDING, RETIRED, RUNNING, WANTED
from .steps import unless_out, whole
from .switch import switch

BATCH = 1_000
_DEEP = 4
"""How many times that a batch of few claims is."""
_ALL = 4_096
"""More buckets than there are."""
_FEWER = 8
"""By how many times fewer buckets the next batch takes when one was full, down to one."""

_logger = structlog.get_logger(__name__)


class _NotApplicableError(Exception):
    """An event of these claims could not be applied, or not together with the others."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        super().__init__(claims)
        self.claims = claims


class Runner:
    """Brings projections up to date. Any number of them, in any number of processes, may run at once.

    `owner` makes and drops tables; without it no generation is begun.
    """

    def __init__(
        self,
        log: EventLog,
        engine: AsyncEngine,
        projections: Sequence[Projection],
        owner: AsyncEngine | None = None,
        batch: int = BATCH,
    ) -> None:
        self.projections = projections
        self._log = log
        self._engine = engine
        self._owner = owner
        self._batch = batch
        # Those who wait within this process hold no connection meanwhile.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def catch_up(self, *projections: Projection) -> int:
        """Applies all that is in the log to what is read; the number of events passed. Raises LogUnavailableError."""
        return await self._follow(ACTIVE, projections or self.projections)

    async def build(self) -> int:
        """Fills generations that are not read yet, and switches to those that are level; the events passed."""
        found = await unless_out(generations.states(self._engine, self.projections))
        wanted = [each for each in self.projections if (each.name, True, WANTED) in found]
        if self._owner is not None and wanted:
            await unless_out(generations.make_wanted(self._engine, self._owner, wanted))
        coming = [each for each in self.projections if each in wanted or (each.name, True, BUILDING) in found]
        if not coming:
            return 0
        passed = await self._follow(BUILDING, coming)
        for projection in coming:
            await self._derive(BUILDING, [projection])
            await unless_out(switch(self._log, self._engine, projection, self._batch))
        return passed

    async def derive(self) -> int:
        """Does what the projections have marked as due, as far as nobody else has it in hand; how much was done."""
        return await self._derive(ACTIVE, self.projections)

    async def upkeep(self, grace: timedelta = generations.GRACE) -> int:
        """What is to be done now and then: retries that were asked for, measurements, tables nobody reads any more."""
        await unless_out(stop_beyond_the_end(self._log, self._engine, self.projections))
        passed = await unless_out(mend(self._log, self._engine, self.projections, self._batch))
        await unless_out(measure(self._engine))
        found = await unless_out(generations.states(self._engine, self.projections))
        others = [each for each in self.projections if any(name == each.name and not ours for name, ours, _ in found)]
        for projection in others:
            await unless_out(generations.retire_superseded(self._engine, projection))
        if self._owner is not None and (others or any(state == RETIRED for _, _, state in found)):
            await unless_out(generations.drop_retired(self._owner, grace))
        return passed

    async def catch_up_all(self) -> int:
        """Everything that there is to do, once; the number of events passed."""
        passed = await self.upkeep() + await self.catch_up()
        await self.derive()
        return passed + await self.build()

    async def progress(self) -> list[Progress]:
        """Where each generation of each projection stands, measured against the end of the log."""
        return await progress(self._log, self._engine, self.projections)

    async def _derive(self, state: str, projections: Sequence[Projection]) -> int:
        """What is read and what is built at once: whoever waits for the one shall not wait for the other."""
        done = 0
        deriving = [(each, each.derivation) for each in projections if each.derivation is not None]
        async with self._turns[f"derive {state}"]:
            for projection, derivation in deriving:
                for generation in await unless_out(generations.living(self._engine, projection, state)):
                    done += await derivation.derive(self._engine, generation)
        return done

    async def _follow(self, state: str, projections: Sequence[Projection]) -> int:
        """Batch after batch, until nothing is left that nobody else has in hand; what is built, until it is close."""
        passed, width = 0, _ALL
        async with self._turns[state]:
            heads = await self._log.heads()
            while True:
                step = await whole(self._step(state, projections, heads, width))
                if step is None:
                    return passed
                events, full = step
                passed += events
                before, heads = heads, await self._log.heads()
                if width == _ALL and not full and (state == BUILDING or heads == before):
                    return passed
                width = max(1, width // _FEWER) if full else min(_ALL, width * _FEWER)

    async def _step(
        self, state: str, projections: Sequence[Projection], heads: Mapping[int, int], width: int
    ) -> tuple[int, bool] | None:
        """One batch: the events passed, and whether there may be more. None: there was nothing to do."""
        try:
            return await self._batch_of(state, projections, heads, width)
        except _NotApplicableError as error:
            _logger.warning("batch rolled back", projection=error.claims[0].projection.name)
            claims = error.claims
        passed = 0
        for each in claims:
            passed += await self._careful(each, state, heads)
        return passed, True

    async def _batch_of(
        self, state: str, projections: Sequence[Projection], heads: Mapping[int, int], width: int
    ) -> tuple[int, bool] | None:
        failed: Sequence[Claim] = ()
        try:
            async with self._engine.begin() as connection:
                claims = await claim(connection, projections, state, heads, width)
                if not claims:
                    return None
                limits = self._limits(claims)
                news = await self._read(claims, *limits)
                for group in _by_generation(claims):
                    failed = group
                    await _project(connection, group, news)
                failed = claims
                moves = [(each, news[each][-1].position, len(news[each])) for each in claims if news[each]]
                await move(connection, moves, RUNNING)
            full = any(passed >= limits[each.bucket != WHOLE] for each, _, passed in moves)
            return sum(passed for _, _, passed in moves), full
        except LogUnavailableError:
            raise
        except Exception as error:
            if is_outage(error):
                raise LogUnavailableError(str(error) or type(error).__name__) from error
            if not failed:
                raise
            raise _NotApplicableError(failed) from error

    def _limits(self, claims: Sequence[Claim]) -> tuple[int, int]:
        """How many events a batch takes of the whole log at most, and how many of each bucket.

        All claims of a bucket share what is read of it, so it counts once, however many projections there are; of the
        few that one worker goes deep with, each counts.
        """
        if len(claims) <= _FEWER:
            each = max(1, self._batch * _DEEP // len(claims))
            return each, each
        buckets = {each.bucket for each in claims if each.bucket != WHOLE}
        return self._batch, max(1, self._batch // max(1, len(buckets)))

    async def _read(self, claims: Sequence[Claim], most: int, of_bucket: int) -> dict[Claim, list[RecordedEvent]]:
        """The events that each claim has yet to pass: so many of the whole log at most, so many of each bucket."""
        after: dict[int, int] = {}
        for each in claims:
            after[each.bucket] = min(each.position, after.get(each.bucket, each.position))
        whole = {WHOLE: after.pop(WHOLE)} if WHOLE in after else {}
        found = {WHOLE: await read(self._log, whole, most)}
        for event in await read(self._log, after, of_bucket):
            assert event.project is not None  # noqa: S101 - buckets hold no others
            found.setdefault(bucket_of(event.project), []).append(event)
        return {each: [e for e in found.get(each.bucket, ()) if e.position > each.position] for each in claims}

    async def _careful(self, wanted: Claim, state: str, heads: Mapping[int, int]) -> int:
        """A batch of one bucket, of which something could not be applied."""
        only = {wanted.bucket: heads[wanted.bucket]}
        try:
            async with self._engine.begin() as connection:
                claims = await claim(connection, [wanted.projection], state, only, _ALL)
                for each in claims:
                    if each.generation == wanted.generation:
                        recorded = (await self._read([each], self._batch, self._batch))[each]
                        await go_carefully(connection, each, recorded)
                        return len(recorded)
        except LogUnavailableError:
            raise
        except Exception as error:
            if is_outage(error):
                raise LogUnavailableError(str(error) or type(error).__name__) from error
            raise
        return 0


def _by_generation(claims: Sequence[Claim]) -> list[list[Claim]]:
    groups: dict[tuple[str, int], list[Claim]] = defaultdict(list)
    for each in claims:
        groups[each.projection.name, each.generation].append(each)
    return list(groups.values())


async def _project(
    connection: AsyncConnection, group: Sequence[Claim], news: Mapping[Claim, Sequence[RecordedEvent]]
) -> None:
    """Applies the news of all buckets of one generation in the order of the log; what waits is left out."""
    recorded = [event for each in group for event in news[each] if event.project not in each.parked]
    recorded.sort(key=lambda event: event.position)
    await group[0].projection.project(recorded, connection, group[0].generation)
