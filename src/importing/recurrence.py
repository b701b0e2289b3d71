"""How exceptions of a calendar recur: the numbers of the exchange format, and the rules of RFC 5545 for them.

Found by comparing recurring exceptions that Microsoft Project wrote with the dates that it expanded them to: months
are numbered from 0, and a week of a weekly exception begins on a Sunday whatever the project says.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum

from ..scheduling import CalendarException
from ..scheduling.recurrence import RecurrenceError, TooManyDatesError, dates_of
from .field_text import Fields, integer, one_of
from .plan_file import ImportRefused

RECURRENCE_FIELDS = frozenset(("Type", "Period", "DaysOfWeek", "MonthItem", "MonthPosition", "Month", "MonthDay"))


class Recurring(Enum):
    """What no rule says."""

    IN_NO_RULE = "by weekday count"


PLAIN, YEARLY, YEARLY_BY_POSITION, MONTHLY, MONTHLY_BY_POSITION, WEEKLY, EVERY_N_DAYS = 1, 2, 3, 4, 5, 6, 7
_BY_WEEKDAY_COUNT, _NONE = 8, 9

SUNDAY_FIRST = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
"""By their bits in DaysOfWeek; from 3 on, by their numbers in MonthItem."""

POSITIONS = (1, 2, 3, 4, -1)
"""By their numbers in MonthPosition: the first to the fourth, and the last."""

WORKDAYS, WEEKEND = "MO,TU,WE,TH,FR", "SA,SU"
DAY, WORKDAY, WEEKEND_DAY, FIRST_WEEKDAY = 0, 1, 2, 3
_SHORTEST_MONTH = 28

_TYPE = one_of({number: number for number in range(1, 10)})
_PERIOD = integer(1, 999)
_DAYS = integer(0, 127)
_ITEM = integer(0, 9)
_POSITION = integer(0, 4)
_MONTH = integer(0, 11)
_MONTH_DAY = integer(1, 31)


def recurrence_of(fields: Fields) -> str | Recurring | None:
    """The rule of an exception, None: all dates from its first to its last."""
    kind = fields.read("Type", _TYPE, PLAIN)
    if kind == _BY_WEEKDAY_COUNT:
        return Recurring.IN_NO_RULE
    period = fields.read("Period", _PERIOD, 1)
    if kind in (PLAIN, _NONE) or (kind == EVERY_N_DAYS and period == 1):
        return None
    return ";".join(_parts(kind, period, fields))


def _parts(kind: int, period: int, fields: Fields) -> list[str]:
    every = [f"INTERVAL={period}"] if period > 1 else []
    match kind:
        case 7:
            return ["FREQ=DAILY", *every]
        case 6:
            bits = fields.read("DaysOfWeek", _DAYS, 0)
            days = [day for number, day in enumerate(SUNDAY_FIRST) if bits & 1 << number]
            by_day = [f"BYDAY={','.join(days)}"] if days else []
            return ["FREQ=WEEKLY", *every, *by_day, "WKST=SU"]
        case 4 | 5:
            return ["FREQ=MONTHLY", *every, *_days(kind, fields)]
        case _:
            month = fields.read("Month", _MONTH, 0) + 1
            return ["FREQ=YEARLY", *every, f"BYMONTH={month}", *_days(kind, fields)]


def _days(kind: int, fields: Fields) -> list[str]:
    """The days of a month, by number or by position."""
    if kind in (YEARLY, MONTHLY):
        return by_number(fields.read("MonthDay", _MONTH_DAY, 1))
    return by_position(fields.read("MonthItem", _ITEM, 0), POSITIONS[fields.read("MonthPosition", _POSITION, 0)])


def by_number(day: int) -> list[str]:
    """A day of each month; where a month is shorter, its last."""
    if day <= _SHORTEST_MONTH:
        return [f"BYMONTHDAY={day}"]
    if day == 31:  # noqa: PLR2004 - no month has more
        return ["BYMONTHDAY=-1"]
    days = ",".join(map(str, range(_SHORTEST_MONTH, day + 1)))
    return [f"BYMONTHDAY={days}", "BYSETPOS=-1"]


def by_position(item: int, position: int) -> list[str]:
    """The first, …, fourth or last day, workday, day of a weekend, or weekday of each month."""
    if item == DAY:
        return [f"BYMONTHDAY={position}"]
    if item in (WORKDAY, WEEKEND_DAY):
        return [f"BYDAY={WORKDAYS if item == WORKDAY else WEEKEND}", f"BYSETPOS={position}"]
    return [f"BYDAY={position}{SUNDAY_FIRST[item - FIRST_WEEKDAY]}"]


def written(exception: CalendarException) -> list[tuple[CalendarException, dict[str, str]]]:
    """The exception as the format can say it, with the fields for that: as one, or else as runs of its dates."""
    if exception.recurrence is None:
        return [(exception, {"Type": str(PLAIN)})]
    fields = _fields_of(exception)
    try:
        rule = recurrence_of(Fields("", 0, fields))
        same = exception.model_copy(update={"recurrence": rule if isinstance(rule, str) else None})
        if dates_of(same) == dates_of(exception):
            return [(same, fields if rule else {"Type": str(PLAIN)})]
        return [
            (
                exception.model_copy(update={"recurrence": None, "start": first, "finish": last}),
                {"Type": str(PLAIN)},
            )
            for first, last in _runs(sorted(dates_of(exception)))
        ]
    except (ImportRefused, RecurrenceError, TooManyDatesError):
        return []


def _fields_of(exception: CalendarException) -> dict[str, str]:
    """What a rule would be in the format; only right where it gives the same dates."""
    rule = dict(part.split("=", 1) for part in (exception.recurrence or "").upper().split(";") if "=" in part)
    frequency, found = rule.get("FREQ"), {"Period": rule.get("INTERVAL", "1")}
    if frequency == "DAILY":
        return found | {"Type": str(EVERY_N_DAYS)}
    if frequency == "WEEKLY":
        days = rule.get("BYDAY", SUNDAY_FIRST[exception.start.isoweekday() % 7]).split(",")
        bits = sum(1 << number for number, day in enumerate(SUNDAY_FIRST) if day in days)
        return found | {"Type": str(WEEKLY), "DaysOfWeek": str(bits)}
    yearly = frequency == "YEARLY"
    if yearly:
        found["Month"] = str(_number(rule.get("BYMONTH"), exception.start.month) - 1)
    if "BYDAY" in rule:
        item, position = _item_and_position(rule["BYDAY"], rule.get("BYSETPOS"))
        kind = YEARLY_BY_POSITION if yearly else MONTHLY_BY_POSITION
        return found | {"Type": str(kind), "MonthItem": str(item), "MonthPosition": str(position)}
    day = _number(rule.get("BYMONTHDAY", "").rpartition(",")[2], exception.start.day)
    return found | {"Type": str(YEARLY if yearly else MONTHLY), "MonthDay": str(31 if day == -1 else day)}


def _item_and_position(by_day: str, by_position: str | None) -> tuple[int, int]:
    position = _number(by_position or by_day[:-2], 1)
    place = POSITIONS.index(position) if position in POSITIONS else 0
    if by_day in (WORKDAYS, WEEKEND):
        return WORKDAY if by_day == WORKDAYS else WEEKEND_DAY, place
    day = by_day[-2:]
    return FIRST_WEEKDAY + (SUNDAY_FIRST.index(day) if day in SUNDAY_FIRST else 0), place


def _number(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default


def _runs(dates: list[date]) -> Iterator[tuple[date, date]]:
    """Each stretch of dates that follow on each other."""
    first = last = None
    for day in dates:
        if first is None or last is None:
            first = last = day
        elif day - last == timedelta(days=1):
            last = day
        else:
            yield first, last
            first = last = day
    if first is not None and last is not None:
        yield first, last
