"""What the fields of a task say about its progress, as checked values."""

from dataclasses import dataclass
from datetime import datetime

from ..scheduling import Duration
from .field_text import Fields, integer, tenths, wall_clock

_PERCENT = integer(0, 100)
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class TaskProgress:
    percent: int
    physical_percent: int | None
    remaining: int | None  # None: what the percentage leaves
    actual_start: datetime | None
    actual_finish: datetime | None
    stop: datetime | None
    resume: datetime | None  # where it does not go on from where it stopped


def task_progress(fields: Fields, duration: Duration) -> TaskProgress:
    """The progress of a task. Raises ImportRefused for values that cannot be."""
    percent = fields.read("PercentComplete", _PERCENT, 0)
    start, finish = fields.read("ActualStart", wall_clock, None), fields.read("ActualFinish", wall_clock, None)
    if start is not None and finish is not None and finish < start:
        raise fields.refused("its <ActualFinish> is before its <ActualStart>")
    stop, resume = fields.read("Stop", wall_clock, None), fields.read("Resume", wall_clock, None)
    going = start is not None and finish is None and percent < _WHOLE
    return TaskProgress(
        percent=percent,
        physical_percent=fields.read("PhysicalPercentComplete", _PERCENT, 0) or None,
        remaining=_remaining(fields, duration, percent) if going else None,
        actual_start=start,
        actual_finish=finish,
        stop=stop if going else None,
        resume=resume if going and resume is not None and (stop is None or resume > stop) else None,
    )


def _remaining(fields: Fields, duration: Duration, percent: int) -> int | None:
    left = duration.tenths - round(duration.tenths * percent / _WHOLE)
    remaining = fields.read("RemainingDuration", tenths, left)
    return remaining if remaining not in (0, left) and remaining <= duration.tenths else None
