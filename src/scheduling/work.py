"""Work = duration × units: which of the three moves when another does.

As Microsoft Project does it ("Change the task type Project uses to calculate task duration" on support.microsoft.com):

| type           | other duration | other units | other work |
|----------------|----------------|-------------|------------|
| fixed units    | work           | duration    | duration   |
| fixed work     | units          | duration    | duration   |
| fixed duration | work           | work        | units      |

Where the effort drives (and always with fixed work), whoever joins or leaves does not change the work of all: it is
divided anew by units, and the duration follows; with a fixed duration the units do. Else whoever joins works for the
whole duration, and the others go on as they did.

Amounts are tenths of a minute. A task lasts as long as the last of its shares, which begin after their delays; a
share that is done moves no more. What follows is rounded to a tenth, units to four places.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from .values import TaskType, Tenths, Units

_PLACES = Decimal("0.0001")
_FIXED_DURATION, _FIXED_WORK = TaskType.FIXED_DURATION, TaskType.FIXED_WORK
_TENTHS: TypeAdapter[int] = TypeAdapter(Tenths)
_UNITS: TypeAdapter[Decimal] = TypeAdapter(Units)


@dataclass(frozen=True, slots=True)
class Share:
    """What one resource does on a task: so much of it, for so much work, so long after the task's start."""

    units: Decimal
    work: int
    delay: int = 0
    done: bool = False

    @property
    def reach(self) -> int:
        """When it is over, counted from the task's start."""
        return self.delay + duration_of(self.work, self.units)


@dataclass(frozen=True, slots=True)
class Effort:
    """The duration of a task and the shares of the work resources on it."""

    duration: int
    shares: Mapping[UUID, Share] = field(default_factory=dict)

    @property
    def work(self) -> int:
        return sum(share.work for share in self.shares.values())

    @property
    def possible(self) -> bool:
        """Whether a task can have all this: no endless units, nothing longer than a century."""
        try:
            _TENTHS.validate_python(self.duration)
            for share in self.shares.values():
                _TENTHS.validate_python(share.work)
                _UNITS.validate_python(share.units)
        except ValidationError:
            return False
        return True


def work_of(duration: int, units: Decimal) -> int:
    return _whole(duration * units)


def duration_of(work: int, units: Decimal) -> int:
    return _whole(work / units)


def units_of(work: int, duration: int) -> Decimal:
    """Never none at all; without end where there is work and no time for it."""
    if duration == 0:
        return Decimal("Infinity")
    units = max(_PLACES, (Decimal(work) / duration).quantize(_PLACES, ROUND_HALF_UP)).normalize()
    return units if units != units.to_integral() else units.quantize(Decimal(1))  # 2.5 and 20, not 2.5000 and 2E+1


def with_duration(effort: Effort, type_: TaskType, duration: int) -> Effort:
    """The task is to last so long. A share that is shorter than the task stays as much shorter in proportion."""
    shares = {}
    for resource, share in effort.shares.items():
        span, old = _span(effort, share, duration), effort.duration
        if share.done or (type_ is _FIXED_WORK and not share.work):
            shares[resource] = share
        elif type_ is _FIXED_WORK:
            part = (
                (share.work, span) if span is not None else (share.work * old, duration * (share.reach - share.delay))
            )
            shares[resource] = replace(share, units=units_of(*part))
        else:
            work = work_of(span, share.units) if span is not None else _whole(Decimal(share.work) * duration / old)
            shares[resource] = replace(share, work=work)
    return Effort(duration, shares)


def with_units(effort: Effort, type_: TaskType, resource: UUID, units: Decimal) -> Effort:
    """So much of the resource is to work on it."""
    share = effort.shares[resource]
    if type_ is not _FIXED_DURATION:
        return _lasting(effort, {**effort.shares, resource: replace(share, units=units)})
    span = _span(effort, share, effort.duration)
    work = work_of(duration_of(share.work, share.units) if span is None else span, units)
    return replace(effort, shares={**effort.shares, resource: replace(share, units=units, work=work)})


def with_work(effort: Effort, type_: TaskType, resource: UUID, work: int) -> Effort:
    """The resource is to do so much."""
    share = effort.shares[resource]
    if type_ is not _FIXED_DURATION:
        return _lasting(effort, {**effort.shares, resource: replace(share, work=work)})
    units = units_of(work, max(effort.duration - share.delay, 0)) if work else share.units
    return replace(effort, shares={**effort.shares, resource: replace(share, units=units, work=work)})


def with_delay(effort: Effort, type_: TaskType, resource: UUID, delay: int) -> Effort:
    """The resource is to begin so long after the task."""
    shares = {**effort.shares, resource: replace(effort.shares[resource], delay=delay)}
    return replace(effort, shares=shares) if type_ is _FIXED_DURATION else _lasting(effort, shares)


def joined(
    effort: Effort, type_: TaskType, resource: UUID, units: Decimal, *, delay: int = 0, effort_driven: bool = False
) -> Effort:
    """Another resource works on it, and nobody said how much."""
    newcomer = Share(units, work_of(max(effort.duration - delay, 0), units), delay)
    shares = {**effort.shares, resource: newcomer}
    if effort.work and (effort_driven or type_ is _FIXED_WORK):
        return _divided(effort.work, replace(effort, shares=shares), type_)
    return replace(effort, shares=shares)


def left(effort: Effort, type_: TaskType, resource: UUID, *, effort_driven: bool = False, kept: int = 0) -> Effort:
    """A resource works on it no more; `kept` is the work that it has done. Without any other, the duration stays."""
    shares = {other: share for other, share in effort.shares.items() if other != resource}
    rest, gone = replace(effort, shares=shares), effort.shares[resource]
    if effort_driven or type_ is _FIXED_WORK:
        return _divided(effort.work - kept, rest, type_)
    if type_ is not _FIXED_DURATION and shares and gone.reach >= effort.duration:
        return _lasting(rest, shares)
    return rest


def _span(effort: Effort, share: Share, duration: int) -> int | None:
    """How long the share would go on in a task of that duration, if it lasts to the end of it now; else None."""
    span = max(effort.duration - share.delay, 0)
    whole = share.work == work_of(span, share.units) or duration_of(share.work, share.units) == span
    whole = whole or (span > 0 and units_of(share.work, span) == share.units)
    return max(duration - share.delay, 0) if whole or effort.duration == 0 else None


def _lasting(effort: Effort, shares: Mapping[UUID, Share]) -> Effort:
    """The duration that the shares come to."""
    return Effort(max((share.reach for share in shares.values()), default=effort.duration), shares)


def _divided(work: int, effort: Effort, type_: TaskType) -> Effort:
    """The work of all in shares by units: the sum stays what it is, to the tenth."""
    moving = {resource: share for resource, share in effort.shares.items() if not share.done}
    work -= sum(share.work for share in effort.shares.values() if share.done)
    total = sum((share.units for share in moving.values()), Decimal(0))
    shares, given, before = dict(effort.shares), 0, Decimal(0)
    for resource, share in moving.items():
        before += share.units
        part = _whole(work * before / total) - given
        given += part
        units = share.units
        if type_ is _FIXED_DURATION and effort.duration > share.delay:
            units = units_of(part, effort.duration - share.delay)
        shares[resource] = replace(share, work=part, units=units)
    if type_ is _FIXED_DURATION or not moving:
        return replace(effort, shares=shares)
    # By the units of all, not by the longest share: those differ by what a tenth was rounded to.
    lasts = duration_of(work, total)
    others = [share.reach for share in shares.values() if share.done]
    return Effort(max([lasts + max(share.delay for share in moving.values()), *others]), shares)


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
