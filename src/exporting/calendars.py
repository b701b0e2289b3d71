"""Calendars as elements."""

from collections.abc import Mapping

from lxml import etree

from ..importing.calendar_row import DAY_TYPES
from ..importing.plan_file import FileCalendar
from ..importing.recurrence import written
from ..scheduling import CalendarException, Hours, Weekday, WorkWeek
from .elements import add, element, last_minute, midnight, text_of, within

_FIELDS = ("Type", "Period", "DaysOfWeek", "Month", "MonthItem", "MonthPosition", "MonthDay")


def calendar_element(calendar: FileCalendar) -> etree._Element:
    """A calendar. One that is based on another is what the format calls a resource's."""
    made = element("Calendar")
    add(
        made,
        (
            ("UID", calendar.uid),
            ("GUID", _guid(calendar)),
            ("Name", calendar.name),
            ("IsBaseCalendar", calendar.base is None),
            ("IsBaselineCalendar", False),
            ("BaseCalendarUID", -1 if calendar.base is None else calendar.base),
        ),
    )
    _weekdays(made, calendar.weekdays)
    if calendar.exceptions:
        exceptions = within(made, "Exceptions")
        for exception in calendar.exceptions:
            for same, fields in written(exception):
                _exception(exceptions, same, fields)
    if calendar.work_weeks:
        weeks = within(made, "WorkWeeks")
        for week in calendar.work_weeks:
            _work_week(weeks, week)
    return made


def _guid(calendar: FileCalendar) -> str | None:
    return str(calendar.guid).upper() if calendar.guid else None


def _weekdays(parent: etree._Element, days: Mapping[Weekday, Hours]) -> None:
    if not days:
        return
    inside = within(parent, "WeekDays")
    for number, weekday in DAY_TYPES.items():
        if weekday in days:
            day = within(inside, "WeekDay")
            add(day, [("DayType", number)])
            _hours(day, days[weekday])


def _hours(day: etree._Element, hours: Hours) -> None:
    add(day, [("DayWorking", bool(hours))])
    if not hours:
        return
    times = within(day, "WorkingTimes")
    for interval in hours:
        finish = "00:00" if interval.finish == "24:00" else interval.finish
        add(within(times, "WorkingTime"), [("FromTime", f"{interval.start}:00"), ("ToTime", f"{finish}:00")])


def _time_period(parent: etree._Element, of: CalendarException | WorkWeek) -> None:
    dates = (("FromDate", midnight(of.start)), ("ToDate", last_minute(of.finish)))
    add(within(parent, "TimePeriod"), dates)


def _exception(parent: etree._Element, exception: CalendarException, fields: Mapping[str, str]) -> None:
    made = within(parent, "Exception")
    add(made, [("EnteredByOccurrences", False)])
    _time_period(made, exception)
    add(made, [("Name", exception.name or None), *((name, fields.get(name)) for name in _FIELDS)])
    _hours(made, exception.hours)


def _work_week(parent: etree._Element, week: WorkWeek) -> None:
    made = within(parent, "WorkWeek")
    _time_period(made, week)
    within(made, "Name").text = text_of(week.name)
    _weekdays(made, {day.weekday: day.hours for day in week.days})
