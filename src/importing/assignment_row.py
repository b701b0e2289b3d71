"""An assignment element as checked values."""

from decimal import Decimal

from .field_text import Fields, decimal, integer, tenths
from .left_out import marks_of
from .left_out_staff import ASSIGNMENT_MARKS, NO_UNITS
from .plan_file import FileAssignment
from .resource_row import NOBODY
from .splits import TIMEPHASED
from .xml_stream import Item, Shape

_READ = "UID TaskUID ResourceUID Units Work ActualWork RemainingWork Delay"
ASSIGNMENT = Shape(
    fields=frozenset(_READ.split()).union(*(mark.fields for mark in ASSIGNMENT_MARKS)),
    parts={"TimephasedData": TIMEPHASED},
)

_NOT_ASSIGNED = -65535
_UID = integer(0, 2**31 - 1)
_RESOURCE = integer(_NOT_ASSIGNED, 2**31 - 1)
_LONGEST = 100 * 366 * 24 * 60 * 10
_DELAY = integer(0, _LONGEST)
_UNITS = decimal(4)
_MOST_UNITS = 1_000_000


def assignment_row(item: Item) -> tuple[FileAssignment | None, set[str]]:
    """The assignment of an element, None where it names no resource, and the kinds of content that it leaves behind.

    Raises ImportRefused for a value that cannot be.
    """
    fields = Fields(f"An assignment (UID {item.fields.get('UID', 'none')[:20]})", item.line, item.fields)
    resource = fields.read("ResourceUID", _RESOURCE, _NOT_ASSIGNED)
    if resource <= NOBODY:
        return None, set()
    uid, task = fields.read("UID", _UID, None), fields.read("TaskUID", _UID, None)
    if uid is None or task is None:
        raise fields.refused("it has no <UID>" if uid is None else "it has no <TaskUID>")
    marks = marks_of(item.fields, ASSIGNMENT_MARKS)
    units = fields.read("Units", _UNITS, None)
    if units is not None and units > _MOST_UNITS:
        raise fields.refused(f"its <Units> are more than {_MOST_UNITS:,}")
    if not units:
        marks.add(NO_UNITS)
    work, actual = _amount(fields, "Work", 0), _amount(fields, "ActualWork", 0)
    remaining = _amount(fields, "RemainingWork", max(work - actual, 0))
    delay = fields.read("Delay", _DELAY, 0)
    return FileAssignment(uid, task, resource, units or Decimal(1), work, actual, remaining, delay, item.line), marks


def _amount(fields: Fields, field: str, default: int) -> int:
    amount = fields.read(field, tenths, default)
    if amount > _LONGEST:
        raise fields.refused(f"its <{field}> is longer than a century")
    return amount
