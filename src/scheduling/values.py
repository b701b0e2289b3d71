# These names and values are part of the stored event format: add, never change.
"""The value types of a plan: durations, lags, link types and constraints.

Amounts are whole tenths of a minute, the unit of the Microsoft Project exchange format, so that an
import is exact. Dates are wall-clock times in the project's time zone.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .decimals import MOST_UNITS, units_asked

TENTHS_PER_MINUTE = 10
_LONGEST = 100 * 366 * 24 * 60 * TENTHS_PER_MINUTE  # a century of clock time

Tenths = Annotated[int, Field(ge=0, le=_LONGEST, description="Tenths of a minute")]


class Value(BaseModel):
    """Something that is what it says: compared by content, never changed."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class Duration(Value):
    """How long a task takes: working time of its calendar, or clock time when elapsed."""

    tenths: Tenths
    elapsed: bool = False

    @property
    def minutes(self) -> float:
        return self.tenths / TENTHS_PER_MINUTE


class LinkType(StrEnum):
    """Which end of the predecessor holds which end of the successor."""

    FINISH_START = "FS"
    START_START = "SS"
    FINISH_FINISH = "FF"
    START_FINISH = "SF"


class LagUnit(StrEnum):
    """What a lag counts: tenths of a minute, or per cent of the predecessor's duration."""

    WORKING = "working"
    ELAPSED = "elapsed"
    PERCENT = "percent"
    ELAPSED_PERCENT = "elapsed_percent"


class Lag(Value):
    """The wait between the two ends of a link; negative is a lead."""

    amount: Annotated[int, Field(ge=-_LONGEST, le=_LONGEST)] = 0
    unit: LagUnit = LagUnit.WORKING


class ConstraintType(StrEnum):
    """How a date bounds a task."""

    AS_SOON_AS_POSSIBLE = "ASAP"
    AS_LATE_AS_POSSIBLE = "ALAP"
    MUST_START_ON = "MSO"
    MUST_FINISH_ON = "MFO"
    START_NO_EARLIER_THAN = "SNET"
    START_NO_LATER_THAN = "SNLT"
    FINISH_NO_EARLIER_THAN = "FNET"
    FINISH_NO_LATER_THAN = "FNLT"

    @property
    def dated(self) -> bool:
        return self not in (self.AS_SOON_AS_POSSIBLE, self.AS_LATE_AS_POSSIBLE)


class Constraint(Value):
    """A constraint and its date; ASAP and ALAP carry none, all others need one."""

    type: ConstraintType = ConstraintType.AS_SOON_AS_POSSIBLE
    date: datetime | None = None

    @model_validator(mode="after")
    def _dated_or_not(self) -> Self:
        if self.type.dated != (self.date is not None):
            wants = "needs a date" if self.type.dated else "carries no date"
            raise ValueError(f"the constraint {self.type} {wants}")
        if self.date is not None and self.date.tzinfo is not None:
            raise ValueError("a plan's dates are wall-clock times of the project's zone: leave the offset out")
        return self


class TaskMode(StrEnum):
    """Whether the schedule moves a task, or somebody has put it where it is."""

    AUTO = "auto"
    MANUAL = "manual"


class TaskType(StrEnum):
    """Which of duration, units and work stays when another of them changes."""

    FIXED_UNITS = "fixed_units"
    FIXED_DURATION = "fixed_duration"
    FIXED_WORK = "fixed_work"


class Split(Value):
    """An interruption: after so much of the duration is done nothing happens for so long, in working time."""

    after: Tenths
    gap: Tenths


Units = Annotated[Decimal, Field(gt=0, le=MOST_UNITS, max_digits=11, decimal_places=4), units_asked(none=False)]
"""How many of a resource work on something: 1 is one full time; of a material, so much of it."""


class ResourceType(StrEnum):
    """Who or what works and is limited; what is used up; what only costs."""

    WORK = "work"
    MATERIAL = "material"
    COST = "cost"
