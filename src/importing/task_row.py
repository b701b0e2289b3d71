"""A task element and its links as checked values, before it is known where in the tree they belong."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ..scheduling.values import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType
from .field_text import Fields, boolean, integer, name, notes, one_of, tenths, wall_clock
from .left_out import CUT_NOTES, EXTERNAL, INACTIVE, MARKS, MILESTONE_FLAGS, OWN_WBS, UNNAMED, marks_of
from .limits import MAX_DEPTH, MAX_NOTES, MAX_PERCENT_LAG
from .plan_file import FileLink, ImportRefused, RefusalCode
from .xml_stream import Item

_READ = (
    "UID IsNull Name Active ExternalTask OutlineLevel OutlineNumber WBS Duration DurationFormat Milestone "
    "ConstraintType ConstraintDate Notes PercentComplete ActualStart ActualFinish"
)
TASK_FIELDS = frozenset(_READ.split()).union(*(mark.fields for mark in MARKS))
LINK_FIELDS = frozenset(("PredecessorUID", "Type", "CrossProject", "LinkLag", "LagFormat"))

_LINK_TYPE = one_of(
    {
        0: LinkType.FINISH_FINISH,
        1: LinkType.FINISH_START,
        2: LinkType.START_FINISH,
        3: LinkType.START_START,
    }
)
_CONSTRAINT_TYPE = one_of(
    {
        0: ConstraintType.AS_SOON_AS_POSSIBLE,
        1: ConstraintType.AS_LATE_AS_POSSIBLE,
        2: ConstraintType.MUST_START_ON,
        3: ConstraintType.MUST_FINISH_ON,
        4: ConstraintType.START_NO_EARLIER_THAN,
        5: ConstraintType.START_NO_LATER_THAN,
        6: ConstraintType.FINISH_NO_EARLIER_THAN,
        7: ConstraintType.FINISH_NO_LATER_THAN,
    }
)

# Formats are 3 to 12 for minutes to months, each followed by its elapsed sibling, then 19 and 20 for
# per cent and 21 for none; the same plus 32 is the same with a question mark.
_UNITS = {
    **dict.fromkeys((3, 5, 7, 9, 11, 21), LagUnit.WORKING),
    **dict.fromkeys((4, 6, 8, 10, 12), LagUnit.ELAPSED),
    19: LagUnit.PERCENT,
    20: LagUnit.ELAPSED_PERCENT,
}
_UNITS |= {number + 32: unit for number, unit in _UNITS.items()}
_UNIT = one_of(_UNITS)
_PER_CENT = (LagUnit.PERCENT, LagUnit.ELAPSED_PERCENT)

_UID = integer(0, 2**31 - 1)
_LEVEL = integer(0, 2**15)
_PERCENT = integer(0, 100)
_AMOUNT = integer(-(2**31), 2**31 - 1)
_ASAP = Constraint()
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as its element says, with the kinds of content that it leaves behind."""

    uid: int
    name: str
    level: int
    outline_number: str | None
    duration: Duration
    constraint: Constraint
    notes: str
    percent_complete: int
    actual_start: datetime | None
    actual_finish: datetime | None
    line: int
    absent_as: str | None  # why the task itself stays behind
    marks: frozenset[str]


def task_row(item: Item) -> TaskRow | None:
    """The task of an element; None for a blank row. Raises ImportRefused for a value that cannot be."""
    fields = Fields(_owner(item), item.line, item.fields)
    if fields.read("IsNull", boolean, default=False):
        return None
    uid = fields.read("UID", _UID, 0)
    title, text = fields.read("Name", name, ""), fields.read("Notes", notes, "")
    duration = _duration(fields)
    marks = marks_of(item.fields)
    marks |= {CUT_NOTES} if len(text) > MAX_NOTES else set()
    marks |= {UNNAMED} if not title else set()
    marks |= {MILESTONE_FLAGS} if duration.tenths and fields.read("Milestone", boolean, default=False) else set()
    number = fields.read("OutlineNumber", name, None)
    marks |= {OWN_WBS} if number and fields.read("WBS", name, number) != number else set()
    start, finish = _actuals(fields)
    return TaskRow(
        uid=uid,
        name=title or f"Task {uid}",
        level=_level(fields, uid, number),
        outline_number=number,
        duration=duration,
        constraint=_constraint(fields),
        notes=text[:MAX_NOTES],
        percent_complete=fields.read("PercentComplete", _PERCENT, 0),
        actual_start=start,
        actual_finish=finish,
        line=item.line,
        absent_as=_absent_as(fields),
        marks=frozenset(marks),
    )


def link_row(item: Item, successor: TaskRow) -> FileLink | None:
    """The link of an element below its successor; None for one from another project."""
    fields = Fields(f"A link of “{successor.name}” (UID {successor.uid})", item.line, item.fields)
    if fields.read("CrossProject", boolean, default=False):
        return None
    predecessor = fields.read("PredecessorUID", _UID, None)
    if predecessor is None:
        raise fields.refused("it has no <PredecessorUID>")
    link_type = fields.read("Type", _LINK_TYPE, LinkType.FINISH_START)
    return FileLink(predecessor, successor.uid, link_type, _lag(fields), item.line)


def _lag(fields: Fields) -> Lag:
    # Tenths of a minute whatever the format says, but whole per cents where it says per cent: a lag of
    # -75 in format 19 starts the successor when a quarter of the predecessor is done.
    unit = _unit(fields, "LagFormat")
    amount = fields.read("LinkLag", _AMOUNT, 0)
    if unit in _PER_CENT and abs(amount) > MAX_PERCENT_LAG:
        raise fields.refused(f"its lag of {amount:,} % is beyond {MAX_PERCENT_LAG:,} %")
    try:
        return _shared_lag(amount, unit)
    except ValueError:
        raise fields.refused(f"its lag of {amount:,} tenths of a minute is longer than a century") from None


def _duration(fields: Fields) -> Duration:
    amount = fields.read("Duration", tenths, 0)
    elapsed = _unit(fields, "DurationFormat") in (LagUnit.ELAPSED, LagUnit.ELAPSED_PERCENT)
    try:
        return _shared_duration(amount, elapsed)
    except ValueError:
        raise fields.refused("its <Duration> is longer than a century") from None


# A plan has few different durations and lags, and a value object for each of 100,000 tasks is 100 MB.
@lru_cache(maxsize=4096)
def _shared_duration(amount: int, elapsed: bool) -> Duration:
    return Duration(tenths=amount, elapsed=elapsed)


@lru_cache(maxsize=4096)
def _shared_lag(amount: int, unit: LagUnit) -> Lag:
    return Lag(amount=amount, unit=unit)


def _constraint(fields: Fields) -> Constraint:
    kind = fields.read("ConstraintType", _CONSTRAINT_TYPE, _ASAP.type)
    if kind is _ASAP.type:
        return _ASAP
    if not kind.dated:
        return Constraint(type=kind)
    date = fields.read("ConstraintDate", wall_clock, None)
    if date is None:
        raise fields.refused(f"its constraint {kind} needs a <ConstraintDate>")
    return Constraint(type=kind, date=date)


def _unit(fields: Fields, field: str) -> LagUnit:
    return fields.read(field, _UNIT, LagUnit.WORKING)


def _level(fields: Fields, uid: int, number: str | None) -> int:
    from_number = number.count(".") + 1 if number else 1
    level = fields.read("OutlineLevel", _LEVEL, from_number if uid else 0)
    if uid == 0 and level != 0:
        raise fields.refused("it has no <UID> of its own (0 is the whole project's)")
    if level > MAX_DEPTH:
        message = f"{fields.owner} is {level} levels deep; {MAX_DEPTH} is the most that is read."
        raise ImportRefused(RefusalCode.BAD_OUTLINE, message, fields.line, "Flatten the outline there.")
    return level


def _actuals(fields: Fields) -> tuple[datetime | None, datetime | None]:
    start, finish = fields.read("ActualStart", wall_clock, None), fields.read("ActualFinish", wall_clock, None)
    if start is not None and finish is not None and finish < start:
        raise fields.refused("its <ActualFinish> is before its <ActualStart>")
    return start, finish


def _absent_as(fields: Fields) -> str | None:
    if fields.read("ExternalTask", boolean, default=False):
        return EXTERNAL
    return None if fields.read("Active", boolean, default=True) else INACTIVE


def _owner(item: Item) -> str:
    """The task as messages call it, from texts that are not checked yet."""
    title = " ".join(item.fields.get("Name", "").split())[:_LONGEST_SHOWN]
    return f"Task “{title}” (UID {item.fields.get('UID', 'none')[:_LONGEST_SHOWN]})"
