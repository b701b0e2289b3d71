"""A task element and its links as checked values, before it is known where in the tree they belong."""

from dataclasses import dataclass
from functools import lru_cache

from ..scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType, TaskMode, TaskType
from .field_text import Fields, boolean, guid, integer, name, notes, one_of, tenths, wall_clock
from .left_out import CUT_NOTES, EXTERNAL, INACTIVE, MARKS, MILESTONE_FLAGS, OWN_WBS, UNNAMED, marks_of
from .limits import MAX_DEPTH, MAX_NOTES, MAX_PERCENT_LAG
from .plan_file import FileDates, FileLink, FileTask, ImportRefused, RefusalCode
from .task_progress import task_progress
from .xml_stream import LINK, Item, Shape

_READ = (
    "UID GUID IsNull Name Active ExternalTask OutlineLevel OutlineNumber WBS Duration DurationFormat Milestone "
    "ConstraintType ConstraintDate Notes PercentComplete ActualStart ActualFinish Deadline Manual ManualStart "
    "ManualFinish CalendarUID IgnoreResourceCalendar Priority Type EffortDriven PhysicalPercentComplete "
    "RemainingDuration Stop Resume Start Finish EarlyStart EarlyFinish LateStart LateFinish"
)
TASK = Shape(
    fields=frozenset(_READ.split()).union(*(mark.fields for mark in MARKS)),
    parts={LINK: Shape(fields=frozenset(("PredecessorUID", "Type", "CrossProject", "LinkLag", "LagFormat")))},
)

LINK_TYPES = {
    0: LinkType.FINISH_FINISH,
    1: LinkType.FINISH_START,
    2: LinkType.START_FINISH,
    3: LinkType.START_START,
}
CONSTRAINT_TYPES = {
    0: ConstraintType.AS_SOON_AS_POSSIBLE,
    1: ConstraintType.AS_LATE_AS_POSSIBLE,
    2: ConstraintType.MUST_START_ON,
    3: ConstraintType.MUST_FINISH_ON,
    4: ConstraintType.START_NO_EARLIER_THAN,
    5: ConstraintType.START_NO_LATER_THAN,
    6: ConstraintType.FINISH_NO_EARLIER_THAN,
    7: ConstraintType.FINISH_NO_LATER_THAN,
}
TASK_TYPES = {0: TaskType.FIXED_UNITS, 1: TaskType.FIXED_DURATION, 2: TaskType.FIXED_WORK}
_LINK_TYPE, _CONSTRAINT_TYPE, _TYPE = one_of(LINK_TYPES), one_of(CONSTRAINT_TYPES), one_of(TASK_TYPES)

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

_CALENDAR = integer(-1, 2**31 - 1)
_PRIORITY = integer(0, 1000)
_UID = integer(0, 2**31 - 1)
_LEVEL = integer(0, 2**15)
_AMOUNT = integer(-(2**31), 2**31 - 1)
_ASAP = Constraint()
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as its element says, with the kinds of content that it leaves behind."""

    task: FileTask  # as it would be at the top and a leaf
    level: int
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
    progress = task_progress(fields, duration)
    manual, calendar = fields.read("Manual", boolean, default=False), fields.read("CalendarUID", _CALENDAR, -1)
    dates = _dates(fields)
    type_ = fields.read("Type", _TYPE, TaskType.FIXED_UNITS)
    task = FileTask(
        uid=uid,
        name=title or f"Task {uid}",
        parent=None,
        outline_number=number,
        duration=duration,
        constraint=_constraint(fields),
        notes=text[:MAX_NOTES],
        percent_complete=progress.percent,
        actual_start=progress.actual_start,
        actual_finish=progress.actual_finish,
        line=item.line,
        deadline=fields.read("Deadline", wall_clock, None),
        mode=TaskMode.MANUAL if manual else TaskMode.AUTO,
        manual_start=fields.read("ManualStart", wall_clock, dates.start) if manual else None,
        manual_finish=fields.read("ManualFinish", wall_clock, dates.finish) if manual and duration.tenths else None,
        calendar=calendar if calendar >= 0 else None,
        ignores_resource_calendars=fields.read("IgnoreResourceCalendar", boolean, default=False),
        priority=fields.read("Priority", _PRIORITY, 500),
        type=type_,
        effort_driven=type_ is TaskType.FIXED_WORK or fields.read("EffortDriven", boolean, default=False),
        physical_percent=progress.physical_percent,
        remaining=progress.remaining,
        stop=progress.stop if progress.resume else None,
        resume=progress.resume,
        dates=dates,
        guid=fields.read("GUID", guid, None),
    )
    if task.manual_start and task.manual_finish and task.manual_finish < task.manual_start:
        raise fields.refused("its <ManualFinish> is before its <ManualStart>")
    return TaskRow(task, _level(fields, uid, number), _absent_as(fields), frozenset(marks))


def _dates(fields: Fields) -> FileDates:
    start, finish, *others = (
        fields.read(name, wall_clock, None)
        for name in ("Start", "Finish", "EarlyStart", "EarlyFinish", "LateStart", "LateFinish")
    )
    return FileDates(start, finish, *others)


def link_row(item: Item, successor: FileTask) -> FileLink | None:
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


def _absent_as(fields: Fields) -> str | None:
    if fields.read("ExternalTask", boolean, default=False):
        return EXTERNAL
    return None if fields.read("Active", boolean, default=True) else INACTIVE


def _owner(item: Item) -> str:
    """The task as messages call it, from texts that are not checked yet."""
    title = " ".join(item.fields.get("Name", "").split())[:_LONGEST_SHOWN]
    return f"Task “{title}” (UID {item.fields.get('UID', 'none')[:_LONGEST_SHOWN]})"
