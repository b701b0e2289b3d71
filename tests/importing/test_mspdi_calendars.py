"""What is read of the calendars in a Microsoft Project XML file."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.importing import PlanFile
from src.importing.plan_file import FileCalendar
from src.importing.recurrence import written
from src.scheduling import CalendarException, Weekday, WorkingInterval
from src.scheduling.recurrence import dates_of

from .mspdi_text import document, left_out, read, refusal, task

WEEKDAYS = "<WeekDays>{}</WeekDays>"
EXCEPTIONS = "<Exceptions>{}</Exceptions>"
PERIOD = "<TimePeriod><FromDate>2026-01-01T00:00:00</FromDate><ToDate>2026-12-31T23:59:00</ToDate></TimePeriod>"


def times(*pairs: str) -> str:
    """Working times such as 08:00-12:00."""
    rows = [pair.split("-") for pair in pairs]
    found = (f"<WorkingTime><FromTime>{a}:00</FromTime><ToTime>{b}:00</ToTime></WorkingTime>" for a, b in rows)
    return f"<DayWorking>1</DayWorking><WorkingTimes>{''.join(found)}</WorkingTimes>"


def calendar(uid: int, *inside: str, base: int = -1) -> str:
    """A calendar element."""
    head = f"<UID>{uid}</UID><Name>C{uid}</Name><BaseCalendarUID>{base}</BaseCalendarUID>"
    return f"<Calendar>{head}{''.join(inside)}</Calendar>"


def with_calendars(*calendars: str, head: str = "") -> str:
    """A file of one task with these calendars."""
    return document(task(1), head=head, rest=f"<Calendars>{''.join(calendars)}</Calendars>")


def only(folder: Path, *inside: str) -> FileCalendar:
    """The only calendar of a file."""
    return read(folder, with_calendars(calendar(1, *inside))).calendars[0]


def exception(*inside: str) -> str:
    """An exception element in 2026."""
    return f"<Exception>{PERIOD}{''.join(inside)}</Exception>"


def test_weekdays_have_hours(tmp_path: Path) -> None:
    """Days count from Sunday; what ends at midnight ends at 24:00; a working day without hours has the usual ones."""
    days = (
        f"<WeekDay><DayType>1</DayType>{times('22:00-00:00')}</WeekDay>"
        "<WeekDay><DayType>2</DayType><DayWorking>1</DayWorking></WeekDay>"
        "<WeekDay><DayType>7</DayType><DayWorking>0</DayWorking></WeekDay>"
    )
    found = only(tmp_path, WEEKDAYS.format(days)).weekdays
    assert found[Weekday.SUNDAY] == (WorkingInterval(start="22:00", finish="24:00"),)
    assert [interval.start for interval in found[Weekday.MONDAY]] == ["08:00", "13:00"]
    assert (found[Weekday.SATURDAY], len(found)) == ((), 3)


def test_exceptions_of_older_files_are_days(tmp_path: Path) -> None:
    """Up to Project 2003 an exception is a day of the type 0; newer files have them twice, and once is enough."""
    old = WEEKDAYS.format(f"<WeekDay><DayType>0</DayType><DayWorking>0</DayWorking>{PERIOD}</WeekDay>")
    (found,) = only(tmp_path, old).exceptions
    assert (found.start, found.finish, found.hours) == (date(2026, 1, 1), date(2026, 12, 31), ())
    new = EXCEPTIONS.format(exception("<Name>Off</Name><DayWorking>0</DayWorking>"))
    assert [each.name for each in only(tmp_path, old, new).exceptions] == ["Off"]


def test_work_weeks_are_read(tmp_path: Path) -> None:
    """A work week has dates, a name and hours for some weekdays."""
    days = WEEKDAYS.format(f"<WeekDay><DayType>3</DayType>{times('09:00-10:30')}</WeekDay>")
    weeks = f"<WorkWeeks><WorkWeek>{PERIOD}<Name>Short</Name>{days}</WorkWeek></WorkWeeks>"
    (found,) = only(tmp_path, weeks).work_weeks
    assert (found.name, found.start, found.days[0].weekday) == ("Short", date(2026, 1, 1), "TU")
    assert found.days[0].hours[0].finish == "10:30"


@pytest.mark.parametrize(
    "fields, rule",
    [
        ("<Type>1</Type>", None),
        ("<Type>7</Type><Period>3</Period>", "FREQ=DAILY;INTERVAL=3"),
        ("<Type>6</Type><DaysOfWeek>42</DaysOfWeek>", "FREQ=WEEKLY;BYDAY=MO,WE,FR;WKST=SU"),
        ("<Type>4</Type><MonthDay>31</MonthDay>", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("<Type>4</Type><MonthDay>30</MonthDay>", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"),
        ("<Type>5</Type><MonthItem>1</MonthItem>", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1"),
        ("<Type>5</Type><MonthPosition>4</MonthPosition>", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("<Type>2</Type><Month>11</Month><MonthDay>24</MonthDay>", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"),
        ("<Type>3</Type><MonthItem>3</MonthItem><MonthPosition>4</MonthPosition>", "FREQ=YEARLY;BYMONTH=1;BYDAY=-1SU"),
    ],
)
def test_recurring_exceptions_are_rules(tmp_path: Path, fields: str, rule: str | None) -> None:
    """Each type of recurrence is a rule of RFC 5545; writing it gives the same rule."""
    (found,) = only(tmp_path, EXCEPTIONS.format(exception(fields, "<DayWorking>0</DayWorking>"))).exceptions
    assert found.recurrence == rule
    assert [same.recurrence for same, _ in written(found)] == [rule]


@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 4),
    st.sampled_from(["", ";BYDAY=MO,TH", ";BYDAY=2TU", ";BYMONTHDAY=15", ";BYMONTH=2,3;BYMONTHDAY=29,1", ";BYMONTH=5"]),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
)
def test_any_rule_is_written_with_its_dates(frequency: str, interval: int, rest: str, start: date) -> None:
    """What the format cannot say is written as runs of its dates."""
    rule = f"FREQ={frequency};INTERVAL={interval}{rest}"
    whole = CalendarException.model_validate(
        {"id": "00000000-0000-0000-0000-000000000001", "start": start, "finish": start + timedelta(900)}
    ).model_copy(update={"recurrence": rule})
    try:
        expected = dates_of(whole)
    except ValueError:
        return
    found = [day for same, _ in written(whole) for day in dates_of(same)]
    assert sorted(found) == sorted(expected)


def test_what_no_rule_says_is_counted(tmp_path: Path) -> None:
    """An exception by weekday count stays behind, and is told."""
    text = with_calendars(calendar(1, EXCEPTIONS.format(exception("<Type>8</Type>"))))
    plan = read(tmp_path, text)
    assert plan.calendars[0].exceptions == ()
    assert left_out(plan) == {"recurrences without a rule": 1}


def test_bases_come_first(tmp_path: Path) -> None:
    """Whatever the order in the file, a calendar stands behind the one that it is based on."""
    plan = read(tmp_path, with_calendars(calendar(3, base=2), calendar(2, base=1), calendar(1)))
    assert [(each.uid, each.base) for each in plan.calendars] == [(1, None), (2, 1), (3, 2)]


def test_calendars_that_are_not_there_are_told(tmp_path: Path) -> None:
    """A base, a task or the project may name a calendar that the file does not have: they follow the project's."""
    plan: PlanFile = read(tmp_path, with_calendars(calendar(1, base=9), head="<CalendarUID>8</CalendarUID>"))
    assert (plan.calendar, plan.calendars[0].base) == (None, None)
    assert left_out(plan) == {"missing calendars": 2}


@pytest.mark.parametrize(
    "inside",
    [
        WEEKDAYS.format(f"<WeekDay><DayType>2</DayType>{times('08:00-12:00', '11:00-13:00')}</WeekDay>"),
        WEEKDAYS.format(f"<WeekDay><DayType>2</DayType>{times('12:00-08:00')}</WeekDay>"),
        WEEKDAYS.format(f"<WeekDay><DayType>2</DayType>{times('8 am-9 am')}</WeekDay>"),
        WEEKDAYS.format("<WeekDay><DayType>8</DayType></WeekDay>"),
        WEEKDAYS.format("<WeekDay><DayType>0</DayType></WeekDay>"),
        EXCEPTIONS.format("<Exception><Name>x</Name></Exception>"),
        EXCEPTIONS.format(exception("<Type>6</Type><DaysOfWeek>128</DaysOfWeek>")),
        EXCEPTIONS.format(exception("<Type>2</Type><Month>12</Month>")),
        EXCEPTIONS.format(exception("<Type>7</Type><Period>0</Period>")),
        EXCEPTIONS.format(exception("<Type>10</Type>")),
        EXCEPTIONS.format(exception().replace("2026-01-01", "2027-01-01")),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(tmp_path: Path, inside: str) -> None:
    """The refusal names the calendar and the line."""
    refused = refusal(tmp_path, with_calendars(calendar(1, inside)))
    assert (refused.code, refused.line) == ("BAD_VALUE", 3)
    assert "C1" in refused.message


def test_calendars_have_uids_of_their_own_and_no_circles(tmp_path: Path) -> None:
    """Two with one UID are refused, and so are bases that lead back."""
    assert refusal(tmp_path, with_calendars(calendar(1), calendar(1))).code == "DUPLICATE_UID"
    assert refusal(tmp_path, with_calendars(calendar(1, base=2), calendar(2, base=1))).code == "CALENDAR_CYCLE"
    assert refusal(tmp_path, with_calendars(calendar(1, base=1))).code == "CALENDAR_CYCLE"


def test_hours_are_to_the_minute() -> None:
    """A day that ends a second before midnight ends at midnight."""
    from src.importing.field_text import clock_time

    assert (clock_time("23:59:59"), clock_time("08:00:29")) == (time(0, 0), time(8, 0))
    assert datetime.combine(date(2026, 1, 1), clock_time("00:00:00")).minute == 0
