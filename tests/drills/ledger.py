"""A read model that tells whether the events of a project came in order and once: each row is a chain over them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from src.events import RecordedEvent
from src.events.task import TaskAdded, TaskProgressRecorded, TaskUpdated
from src.projections import Projection
from src.projections.read_model import ReadModel
from src.projections.rows import Need, Rows
from src.wiring import App

_FIRST = "nothing"
_EVENTS = (TaskAdded, TaskProgressRecorded, TaskUpdated)


class LedgerRow(ReadModel):
    __tablename__ = "ledger"

    project: Mapped[UUID] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)
    chain: Mapped[str]


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    yield LedgerRow.project, recorded.project


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    try:
        row = rows.get(LedgerRow, recorded.project)
    except KeyError:
        row = {"events": 0, "chain": _FIRST}
    chain = _next(row["chain"], recorded.position)
    rows.put(LedgerRow, {"project": recorded.project, "events": row["events"] + 1, "chain": chain})


def _next(chain: str, position: int) -> str:
    return hashlib.sha256(f"{chain}:{position}".encode()).hexdigest()


LEDGER = Projection("ledger", 1, (LedgerRow,), _EVENTS, _needs, _apply, bucketed=True)


async def expected(app: App) -> dict[UUID, tuple[int, str]]:
    """What the rows must be: the chains over the log itself."""
    found: defaultdict[UUID, tuple[int, str]] = defaultdict(lambda: (0, _FIRST))
    position = 0
    while recorded := await app.log.read(position, 5_000):
        position = recorded[-1].position
        for event in recorded:
            if event.project is not None and LEDGER.follows(event):
                events, chain = found[event.project]
                found[event.project] = events + 1, _next(chain, event.position)
    return dict(found)
