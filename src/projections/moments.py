"""When what happened counted, where that is not when it was recorded: dated facts, and histories that were imported.

What was true at a moment follows from all events that count from then or before. Mostly that is a beginning of the log,
and the versions of rows tell it. A project that has events of other times is kept here, so that it is known without a
walk through its history how long that beginning is, and what comes later in the log and counts all the same.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from .projection import Projection
from .read_model import ReadModel
from .rows import Need, Rows
from .versions import where


class MomentRow(ReadModel):
    """An event that counts from before it was recorded (`dated`), or the first of others: of all, or after such.

    No event up to this one counts from later than `latest`. `late`: one before it may count from later.
    """

    __tablename__ = "moments"
    __table_args__ = (
        Index(None, "project", "position"),
        Index(None, "project", "latest", "position"),
        Index("ix_moments_late", "project", "effective_at", "position", **where("late")),
    )

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    project: Mapped[UUID]
    effective_at: Mapped[datetime]
    latest: Mapped[datetime]
    dated: Mapped[bool]
    late: Mapped[bool]


class LastMomentRow(ReadModel):
    """Of each project, what the last of its moments says."""

    __tablename__ = "last_moments"

    project: Mapped[UUID] = mapped_column(primary_key=True)
    latest: Mapped[datetime]
    dated: Mapped[bool]


def counts_from(recorded: RecordedEvent) -> datetime:
    """When what happened counts from: its effective time, and never later than it was recorded."""
    return min(recorded.effective_at, recorded.recorded_at)


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    if recorded.project is not None:
        yield LastMomentRow.project, recorded.project


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    if recorded.project is None:
        return
    last = rows.find(LastMomentRow, recorded.project)
    effective_at = counts_from(recorded)
    dated = effective_at < recorded.recorded_at
    if last is not None and not dated and not last["dated"]:
        return
    latest, late = effective_at, False
    if last is not None:
        before = last["latest"] if last["dated"] else recorded.recorded_at  # those between are not kept
        latest, late = max(before, effective_at), dated and effective_at < before
    told = {"project": recorded.project, "latest": latest, "dated": dated}
    rows.put(LastMomentRow, told)
    moment = {"position": recorded.position, "effective_at": effective_at, "late": late}
    rows.put(MomentRow, {**told, **moment})


MOMENTS = Projection("moments", 1, (MomentRow, LastMomentRow), None, _needs, _apply, bucketed=True)
