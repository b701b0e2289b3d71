"""The events of a calendar: meetings and notes, which have no effect on the schedule."""

from uuid import UUID

from ..events.calendar import CalendarEventAdded, CalendarEventRemoved
from .calendar import CalendarCommand, calendar_queue, calendar_tag, load_calendar, on_calendar
from .calendar_hours import refuse_reversed, too_much
from .calendar_state import CalendarState
from .codes import Code
from .command import Context, Moment, Name, Notes
from .handler import Handler
from .result import Failure, Result, Success
from .session import Session

MOST_ENTRIES = 5_000


class AddCalendarEvent(CalendarCommand):
    """Puts down a meeting or a note, from one moment to another."""

    entry: UUID | None = None
    title: Name
    notes: Notes = ""
    start: Moment
    end: Moment


class RemoveCalendarEvent(CalendarCommand):
    entry: UUID


def decide_add_entry(command: AddCalendarEvent, entry: UUID, state: CalendarState) -> Result:
    if failure := refuse_reversed(command.start, command.end):
        return failure
    event = CalendarEventAdded(
        calendar=command.calendar,
        entry=entry,
        title=command.title,
        notes=command.notes,
        start=command.start,
        end=command.end,
    )
    if there := state.entries.get(entry):
        if there == event:
            return Success(ids={"entry": str(entry)})
        return Failure(Code.ALREADY_EXISTS, f"the calendar has another event {entry}; leave the id out")
    if len(state.entries) >= MOST_ENTRIES:
        return too_much(f"{MOST_ENTRIES} events")
    return Success(on_calendar(command, event).events, ids={"entry": str(entry)})


def decide_remove_entry(command: RemoveCalendarEvent, state: CalendarState) -> Result:
    if command.entry not in state.entries:
        return Success()
    return on_calendar(command, CalendarEventRemoved(calendar=command.calendar, entry=command.entry))


async def _add(command: AddCalendarEvent, session: Session, context: Context) -> Result:
    state, refusal = await load_calendar(command, session)
    return refusal or decide_add_entry(command, command.entry or context.new_id, state)


async def _remove(command: RemoveCalendarEvent, session: Session, _context: Context) -> Result:
    state, refusal = await load_calendar(command, session)
    return refusal or decide_remove_entry(command, state)


HANDLERS = (
    Handler("AddCalendarEvent", AddCalendarEvent, _add, calendar_queue, calendar_tag),
    Handler("RemoveCalendarEvent", RemoveCalendarEvent, _remove, calendar_queue, calendar_tag),
)
