"""The hours of a calendar: those of every week, of the weeks of a period, and of single dates."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from ..events.calendar import (
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
    CalendarWeekdaySet,
    WorkWeekRemoved,
    WorkWeekSet,
)
from ..scheduling import CalendarException, Hours, Weekday, WeekdayHours, WorkWeek
from ..scheduling.calendar_hours import refuse_disorder
from ..scheduling.recurrence import MOST_DATES, RecurrenceError, TooManyDatesError, dates_of
from .calendar import CalendarCommand, calendar_queue, calendar_tag, load_calendar, on_calendar
from .calendar_family import keep_working, load_family
from .calendar_state import CalendarState
from .codes import Code
from .command import Context, printable
from .handler import Handler
from .result import Failure, Result, Success
from .session import Session

MOST_EXCEPTIONS = 2_000
MOST_DATES_IN_ALL = 20_000
"""Of all exceptions of a calendar: each date is looked at when its hours change."""
MOST_WORK_WEEKS = 200

FIRST_DATE, LAST_DATE = date(1900, 1, 1), date(2199, 12, 31)
CalendarDate = Annotated[date, Field(ge=FIRST_DATE, le=LAST_DATE, description="From 1900 to 2199")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=512), AfterValidator(printable)]
"""A name that may be empty."""
DayIntervals = Annotated[Hours, Field(max_length=48, description="In order and apart; none at all: nobody works")]


class SetWeekday(CalendarCommand):
    """The hours of a weekday; None: as the base has them."""

    weekday: Weekday
    hours: DayIntervals | None


class SetWorkWeek(CalendarCommand):
    """Other hours for weekdays from one date to another, both included; in the place of the work week of that id."""

    work_week: UUID | None = None
    name: Label = ""
    start: CalendarDate
    finish: CalendarDate
    days: Annotated[tuple[WeekdayHours, ...], Field(min_length=1, max_length=7)]


class RemoveWorkWeek(CalendarCommand):
    work_week: UUID


class AddException(CalendarCommand):
    """Other hours on the dates from start to finish, both included, or on those that a recurrence gives in between.

    The recurrence is a rule of RFC 5545 that says on which dates, such as FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24; from
    when and until when is said by the dates.
    """

    exception: UUID | None = None
    name: Label = ""
    start: CalendarDate
    finish: CalendarDate
    hours: DayIntervals = ()
    recurrence: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class RemoveException(CalendarCommand):
    exception: UUID


def decide_set_weekday(command: SetWeekday, state: CalendarState) -> Result:
    if command.hours is not None and (failure := _refuse_hours(command.hours, command.weekday.name.capitalize())):
        return failure
    if state.weekdays.get(command.weekday) == command.hours:
        return Success()
    event = CalendarWeekdaySet(calendar=command.calendar, weekday=command.weekday, hours=command.hours)
    return on_calendar(command, event)


def decide_set_work_week(command: SetWorkWeek, id_: UUID, state: CalendarState) -> Result:
    failure = refuse_reversed(command.start, command.finish)
    for day in command.days:
        failure = failure or _refuse_hours(day.hours, day.weekday.name.capitalize())
    if failure:
        return failure
    if len({day.weekday for day in command.days}) < len(command.days):
        return Failure(Code.WEEKDAY_TWICE, "a work week names each weekday at most once")
    week = WorkWeek(id=id_, name=command.name, start=command.start, finish=command.finish, days=command.days)
    others = [each for each in state.work_weeks if each.id != id_]
    if week in state.work_weeks:
        return Success(ids={"work_week": str(id_)})
    if other := next((o for o in others if o.start <= week.finish and week.start <= o.finish), None):
        told = f"the work week {other.name!r} is from {other.start} to {other.finish}; choose dates before or after it"
        return Failure(Code.WORK_WEEKS_OVERLAP, told, {"work_week": str(other.id)})
    if len(others) >= MOST_WORK_WEEKS:
        return too_much(f"{MOST_WORK_WEEKS} work weeks")
    success = on_calendar(command, WorkWeekSet(calendar=command.calendar, work_week=week))
    return Success(success.events, ids={"work_week": str(id_)})


def decide_remove_work_week(command: RemoveWorkWeek, state: CalendarState) -> Result:
    if not any(each.id == command.work_week for each in state.work_weeks):
        return Success()
    return on_calendar(command, WorkWeekRemoved(calendar=command.calendar, work_week=command.work_week))


def decide_add_exception(command: AddException, id_: UUID, state: CalendarState) -> Result:
    if failure := refuse_reversed(command.start, command.finish) or _refuse_hours(command.hours, "the exception"):
        return failure
    exception = CalendarException(id=id_, **command.model_dump(exclude={"calendar", "project", "exception"}))
    if exception in state.exceptions:
        return Success(ids={"exception": str(id_)})
    if any(each.id == id_ for each in state.exceptions):
        return Failure(Code.ALREADY_EXISTS, f"the calendar has another exception {id_}; leave the id out")
    if failure := _refuse_dates(exception, state):
        return failure
    success = on_calendar(command, CalendarExceptionAdded(calendar=command.calendar, exception=exception))
    return Success(success.events, ids={"exception": str(id_)})


def decide_remove_exception(command: RemoveException, state: CalendarState) -> Result:
    if not any(each.id == command.exception for each in state.exceptions):
        return Success()
    return on_calendar(command, CalendarExceptionRemoved(calendar=command.calendar, exception=command.exception))


def refuse_reversed(start: object, finish: object) -> Failure | None:
    """The refusal of a period that ends before it begins; both are dates, or both are moments."""
    if finish < start:  # type: ignore[operator] # of one kind
        return Failure(
            Code.PERIOD_REVERSED, f"it ends ({finish}) before it begins ({start}); give an end not before that"
        )
    return None


def too_much(what: str) -> Failure:
    return Failure(Code.CALENDAR_FULL, f"a calendar has at most {what}; remove what is no longer needed")


def _refuse_hours(hours: Hours, whose: str) -> Failure | None:
    wrong = refuse_disorder(hours)
    return Failure(Code.HOURS_DISORDERED, f"{whose}: {wrong}; give hours in order and apart") if wrong else None


def _refuse_dates(exception: CalendarException, state: CalendarState) -> Failure | None:
    try:
        dates = dates_of(exception)
    except RecurrenceError as error:
        return Failure(Code.RECURRENCE_INVALID, str(error))
    except TooManyDatesError as error:
        return Failure(Code.TOO_MANY_DATES, f"{error}; an exception is for at most {MOST_DATES}: shorten it")
    if not dates:
        told = f"{exception.recurrence} gives no date from {exception.start} to {exception.finish}; correct one of them"
        return Failure(Code.EXCEPTION_WITHOUT_DATES, told)
    if len(state.exceptions) >= MOST_EXCEPTIONS:
        return too_much(f"{MOST_EXCEPTIONS} exceptions")
    if len(dates) + sum(len(dates_of(each)) for each in state.exceptions) > MOST_DATES_IN_ALL:
        return too_much(f"{MOST_DATES_IN_ALL} dates with exceptions")
    return None


_HoursCommand = SetWeekday | SetWorkWeek | RemoveWorkWeek | AddException | RemoveException


async def _hours(command: _HoursCommand, session: Session, context: Context) -> Result:
    state, refusal = await load_calendar(command, session)
    return refusal or keep_working(await load_family(session, command.calendar), _decide(command, state, context))


def _decide(command: _HoursCommand, state: CalendarState, context: Context) -> Result:
    match command:
        case SetWeekday():
            return decide_set_weekday(command, state)
        case SetWorkWeek():
            return decide_set_work_week(command, command.work_week or context.new_id, state)
        case RemoveWorkWeek():
            return decide_remove_work_week(command, state)
        case AddException():
            return decide_add_exception(command, command.exception or context.new_id, state)
        case RemoveException():
            return decide_remove_exception(command, state)


HANDLERS = tuple(
    Handler(command.__name__, command, _hours, calendar_queue, calendar_tag)
    for command in (SetWeekday, SetWorkWeek, RemoveWorkWeek, AddException, RemoveException)
)
