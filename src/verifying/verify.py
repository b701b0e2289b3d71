"""The verification of log and audit trail: page by page, while writers write, on either database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events import EventLog, LogUnavailableError, RecordedEvent
from ..events.witnesses import Witnesses
from ..projections.registry import ACTIVE, BUILDING, CheckpointRow, GenerationRow
from .checkpoints import KeptCheckpoint
from .findings import Finding, Findings, What, Where
from .trail import Raw, Standing, Trail, named, position_of
from .walk import Walk

PAGE = 1_000
_NAMED = 100
"""Of rows that are cut off, so many streams are remembered."""

Told = Callable[[int, int], None]
"""How many positions are done, and of how many."""


@dataclass(frozen=True)
class Verification:
    """What was verified, and what was found. `more` counts findings by kind that were too many to keep."""

    head: int
    standing: Standing
    checkpoints: Sequence[KeptCheckpoint]
    findings: Sequence[Finding]
    more: Mapping[str, int]

    @property
    def sound(self) -> bool:
        return not self.findings


async def verify(
    log: EventLog,
    witnesses: Witnesses,
    readers: AsyncEngine,
    checkpoints: Sequence[KeptCheckpoint] = (),
    told: Told = lambda _done, _of: None,
) -> Verification:
    """Recomputes the chain from the log, and compares it with every audit row and every checkpoint.

    What is appended meanwhile is left to the next verification. Raises LogUnavailableError.
    """
    trail = Trail(readers)
    # In this order: what is known to have been there is looked at before that which must hold it.
    known = max(await witnesses.position(), await _projected(readers))
    standing = await trail.standing()
    head = await log.head()
    last = await trail.below(standing.position + 1, 1)
    end = position_of(last[0]) if last else 0
    return await _Verifier(log, witnesses, trail, standing, end, head, checkpoints).run(known, told)


async def _projected(readers: AsyncEngine) -> int:
    """How far any read model has come."""
    wanted = (
        select(func.max(CheckpointRow.position))
        .join(
            GenerationRow,
            (GenerationRow.projection == CheckpointRow.projection)
            & (GenerationRow.generation == CheckpointRow.generation),
        )
        .where(GenerationRow.state.in_([ACTIVE, BUILDING]))
    )
    async with readers.connect() as connection:
        return await connection.scalar(wanted) or 0


class _Verifier:
    def __init__(
        self,
        log: EventLog,
        witnesses: Witnesses,
        trail: Trail,
        standing: Standing,
        end: int,
        head: int,
        checkpoints: Sequence[KeptCheckpoint],
    ) -> None:
        """`end` is the position of the last audit row that is there, of those that must be."""
        self._log = log
        self._witnesses = witnesses
        self._trail = trail
        self._standing = standing
        self._end = max(end, 0)
        self._head = head
        self._checkpoints = checkpoints
        self._findings = Findings()
        self._walk = Walk(trail, self._findings, {each.position: each.hash for each in checkpoints})

    async def run(self, known: int, told: Told) -> Verification:
        await self._before_the_first()
        after = 0
        while after < self._head:
            until = min(after + PAGE, self._head)
            events, bad = await self._events(after, until)
            rows = await self._trail.page(after, until, PAGE)
            if not events and not bad and not rows:
                until = await self._gap(after)
            else:
                self._page(after, until, events, bad, {position_of(raw): raw for raw in rows})
            after = until
            told(after, self._head)
        await self._behind_the_end(known)
        await self._heads()
        self._findings.settle()
        return Verification(self._head, self._standing, self._checkpoints, self._findings.kept, self._findings.counted)

    def _page(
        self, after: int, until: int, events: Mapping[int, RecordedEvent], bad: set[int], rows: Mapping[int, Raw]
    ) -> None:
        for position in range(after + 1, until + 1):
            event, raw = events.get(position), rows.get(position)
            if position > self._end:
                self._alone(position, event, unreadable=position in bad)
            elif raw is not None and (event is not None or position in bad):
                self._walk.step(position, event, raw, unreadable=position in bad)
            elif raw is not None:
                why = "the audit trail has it"
                found = Finding(What.REMOVED, Where.LOG, position, *named(None, raw), why=why)
                self._walk.removed(found, None, raw)
            elif event is not None:
                why = "the log has it"
                found = Finding(What.REMOVED, Where.AUDIT, position, event.stream, event.type, why=why)
                self._walk.removed(found, event, None)
            else:
                self._lost(position, unreadable=position in bad)

    def _alone(self, position: int, event: RecordedEvent | None, *, unreadable: bool) -> None:
        """The audit trail has nothing from here on: it has not come so far, or what it had was cut off."""
        if position == self._end + 1 and position <= self._standing.position:
            self._cut_off(Where.AUDIT, self._standing.position, "it had come so far", *named(event), after=self._end)
        if event is not None:
            self._walk.pass_log(event)
        else:
            self._lost(position, unreadable=unreadable)

    def _cut_off(
        self, where: Where, until: int, why: str, stream: str | None = None, type_: str | None = None, *, after: int
    ) -> None:
        self._findings.add(Finding(What.CUT_OFF, where, after + 1, stream, type_, until=until, why=why))

    def _lost(self, position: int, *, unreadable: bool) -> None:
        """What was there is known to nobody."""
        if unreadable:
            why, what, where = "it cannot be read, and the audit trail has nothing there", What.CHANGED, Where.LOG
        else:
            why, what, where = "positions have no gaps, and neither has it", What.REMOVED, Where.BOTH
        self._findings.add(Finding(what, where, position, why=why))
        self._walk.lost()

    async def _gap(self, after: int) -> int:
        """Nothing is in either for a page or more: goes to where something is again."""
        event, rows = await self._witnesses.following(after), await self._trail.page(after, None, 1)
        ahead = [position for position in (event, *(position_of(raw) for raw in rows)) if position is not None]
        until = min([*ahead, self._head + 1]) - 1
        why = "positions have no gaps, and neither has any of them"
        self._findings.add(Finding(What.REMOVED, Where.BOTH, after + 1, until=until, why=why))
        self._walk.lost()
        return until

    async def _events(self, after: int, until: int) -> tuple[dict[int, RecordedEvent], set[int]]:
        """The events by their positions, and the positions of those that cannot be read."""
        try:
            return {each.position: each for each in await self._log.read(after, until - after)}, set()
        except LogUnavailableError:
            raise
        except (ValueError, TypeError, OverflowError, AttributeError):
            if until - after == 1:
                return {}, {until}
        middle = (after + until) // 2
        (left, bad), (right, worse) = await self._events(after, middle), await self._events(middle, until)
        return left | right, bad | worse

    async def _before_the_first(self) -> None:
        """Positions begin with 1."""
        for raw in await self._trail.below(1, _NAMED):
            self._inserted(raw, "positions begin with 1")

    async def _behind_the_end(self, known: int) -> None:
        """What the audit trail, or anything else, knows of behind the end of the log."""
        last = self._standing.position
        ends = f"the log ends at {self._head}"
        if last > self._head:
            rows = await self._trail.page(self._head, last, 1)
            why = f"{ends}, and the audit trail had come to {last}"
            self._cut_off(Where.LOG, last, why, *named(None, rows[0] if rows else None), after=self._head)
            if self._end < last and self._end <= self._head:
                self._cut_off(Where.AUDIT, last, "it had come so far", after=max(self._end, self._head))
        elif known > self._head:
            why = f"{ends}; outcomes of commands, or read models, know of position {known}"
            self._cut_off(Where.LOG, known, why, after=self._head)
        for each in self._checkpoints:
            if each.position > max(self._head, last):
                where = Where.BOTH if self._standing.generation is not None else Where.LOG
                why = f"{ends}, and there is a checkpoint of position {each.position}"
                self._cut_off(where, each.position, why, after=self._head)
        # What projections have written meanwhile is looked for first, and then how far they say that they have come.
        end = max(self._head, last)
        beyond = await self._trail.page(end, None, _NAMED)
        if beyond:
            now = (await self._trail.standing()).position
            for raw in beyond:
                if position_of(raw) > now:
                    self._inserted(raw, f"the audit trail has come to position {now}, and the log has nothing there")

    def _inserted(self, raw: Raw, why: str) -> None:
        self._findings.add(Finding(What.INSERTED, Where.AUDIT, position_of(raw), *named(None, raw), why=why))

    async def _heads(self) -> None:
        """Every stream ends where its head says."""
        named = self._findings.streams()
        after = ""
        while page := await self._witnesses.heads(after, PAGE):
            for head in page:
                if head.version != head.found and head.stream not in named:
                    why = f"its head says version {head.version}, and its last event has {head.found}"
                    self._cut_off(Where.LOG, self._head + 1, why, head.stream, after=self._head)
            after = page[-1].stream
