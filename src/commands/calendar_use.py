"""Who uses a calendar: kept beside the calendar, so that those who take it do not wait for those who change it.

Whoever takes a calendar reads its state and writes here; whoever deletes it reads this and writes there. So of two who
do both at once, one is decided afresh.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from immutables import Map

from ..events import Event
from ..events.calendar import CalendarLeft, CalendarTaken, CalendarUse, CalendarUseEvent
from .aggregate import Aggregate, Ref
from .calendar_state import CALENDAR, CalendarState
from .codes import Code
from .result import Failure
from .session import Session


@dataclass(frozen=True, slots=True)
class CalendarUseState:
    """Each use, with who it is."""

    users: Map[tuple[CalendarUse, UUID], bool] = Map()  # noqa: RUF009 - immutable


def _evolve(state: CalendarUseState, event: CalendarUseEvent, _version: int) -> CalendarUseState:
    key = (event.use, event.by)
    match event:
        case CalendarTaken():
            return CalendarUseState(state.users.set(key, True))
        case CalendarLeft():
            return CalendarUseState(state.users.delete(key)) if key in state.users else state
        case _:
            assert_never(event)


CALENDAR_USE = Aggregate("calendar-use", CalendarUseState(), _evolve)


def change_calendar_use(
    use: CalendarUse, by: UUID, old: UUID | None, new: UUID | None
) -> tuple[tuple[str, Event], ...]:
    """The events by which `by` leaves one calendar and takes another; none if it stays with the one it has."""
    if old == new:
        return ()
    events: list[tuple[str, Event]] = []
    if old is not None:
        events.append((CALENDAR_USE.at(old).stream, CalendarLeft(calendar=old, use=use, by=by)))
    if new is not None:
        events.append((CALENDAR_USE.at(new).stream, CalendarTaken(calendar=new, use=use, by=by)))
    return tuple(events)


async def load_calendar_use(session: Session, old: UUID | None, new: UUID | None) -> CalendarState | None:
    """Reads what `change_calendar_use` writes to. The state of the new calendar, for `refuse_calendar`; None if none.

    It is to be called before the events are applied, and whenever `change_calendar_use` may give some.
    """
    refs: list[Ref[Any]] = [CALENDAR_USE.at(each) for each in {old, new} - {None} if each is not None]
    if new is None:
        await session.load_all(refs)
        return None
    await session.load_all([CALENDAR.at(new), *refs])
    return session.state(CALENDAR.at(new))


def refuse_used(state: CalendarUseState) -> Failure | None:
    """The refusal to delete a calendar that something uses."""
    if not state.users:
        return None
    counts = Counter(use.value for use, _ in state.users)
    told = ", ".join(f"{count} × {use}" for use, count in sorted(counts.items()))
    return Failure(
        Code.CALENDAR_IN_USE,
        f"the calendar is in use ({told}); give those another one first. Deleted tasks count too while they can be"
        " restored: restore them, and then give them another one",
        dict(sorted(counts.items())),
    )
