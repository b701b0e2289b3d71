"""The links of a plan. Links that went with a deleted task stay, marked, in case it is restored."""

from collections.abc import Iterable
from typing import assert_never, cast
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.plan import LinkChanged, TasksDeleted, TasksLinked, TasksRestored, TasksUnlinked
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Rows


class LinkRow(Stamped, ReadModel):
    """A link's id is unique within its project: callers may choose it."""

    versioned = True
    told_by = (("project", "predecessor"), ("project", "successor"))
    __tablename__ = "links"
    __table_args__ = (
        CheckConstraint("type IN ('FS', 'SS', 'FF', 'SF')", name="type_known"),
        CheckConstraint("predecessor <> successor", name="not_itself"),
        Index(None, "predecessor"),
        Index(None, "successor"),
    )

    project: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    predecessor: Mapped[UUID]
    successor: Mapped[UUID]
    type: Mapped[str]
    lag_amount: Mapped[int] = mapped_column(BigInteger)
    lag_unit: Mapped[str]
    deleted: Mapped[bool]
    revision: Mapped[int]


_Followed = TasksLinked | LinkChanged | TasksUnlinked | TasksDeleted | TasksRestored
_EVENTS = (TasksLinked, LinkChanged, TasksUnlinked, TasksDeleted, TasksRestored)


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("_Followed", recorded.event)
    match event:
        case TasksLinked():
            pass
        case LinkChanged() | TasksUnlinked():
            yield LinkRow.id, event.link
        case TasksDeleted() | TasksRestored():
            for link in event.links:
                yield LinkRow.id, link
        case _:
            assert_never(event)


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("_Followed", recorded.event)
    stamp = {"revision": recorded.version, "updated_at": recorded.recorded_at}
    match event:
        case TasksLinked():
            link = {
                "id": event.link,
                "project": recorded.project,
                "predecessor": event.predecessor,
                "successor": event.successor,
                "type": event.type.value,
                "lag_amount": event.lag.amount,
                "lag_unit": event.lag.unit.value,
                "deleted": False,
                "created_at": recorded.recorded_at,
            }
            rows.put(LinkRow, {**link, **stamp})
        case LinkChanged():
            lag = {"lag_amount": event.lag.amount, "lag_unit": event.lag.unit.value}
            rows.change(LinkRow, recorded.project, event.link, type=event.type.value, **lag, **stamp)
        case TasksUnlinked():
            rows.remove(LinkRow, recorded.project, event.link)
        case TasksDeleted():
            for id_ in event.links:
                rows.change(LinkRow, recorded.project, id_, deleted=True, **stamp)
        case TasksRestored():
            for id_ in event.links:
                rows.change(LinkRow, recorded.project, id_, deleted=False, **stamp)
        case _:
            assert_never(event)


LINKS = Projection("links", 2, (LinkRow,), _EVENTS, _needs, _apply, bucketed=True)
