"""One formula a link type, run in both directions.

A link says that an end of the successor lies at least a lag after an end of the predecessor. Forward that bounds the
successor from below, backward the predecessor from above, so that for all moments p and s:

    forward(p) <= s   if and only if   p <= backward(s)

The lag is counted by the successor's calendar; a percentage is of the predecessor's duration; what is elapsed is clock
time. Rules: Microsoft Project's.
"""

from dataclasses import dataclass, field
from uuid import UUID

from .activity import Activity
from .plan import PlannedLink
from .values import LagUnit, LinkType
from .working_time import ALL_DAY, WorkingTime

_ENDS = {
    LinkType.FINISH_START: (False, False),
    LinkType.START_START: (True, False),
    LinkType.FINISH_FINISH: (False, True),
    LinkType.START_FINISH: (True, True),
}
"""Whether a link is from the start of the predecessor, and whether to the finish of the successor."""
_ELAPSED = (LagUnit.ELAPSED, LagUnit.ELAPSED_PERCENT)
_WHOLE = 100
_PERCENTS = (LagUnit.PERCENT, LagUnit.ELAPSED_PERCENT)


@dataclass(slots=True, eq=False)
class Dependency:
    """A link between two activities. `from_start`: of the predecessor's start; `to_finish`: to the successor's.

    `moment` is from when on it lets the successor go on, by the forward pass.
    """

    link: UUID
    predecessor: Activity
    successor: Activity
    from_start: bool
    to_finish: bool
    lag: int
    time: WorkingTime
    percent: int | None = None
    moment: int = field(init=False)

    def of_length(self, length: int) -> None:
        """The lag, where it is a percentage of the predecessor's duration, which is known now."""
        if self.percent is not None:
            self.lag = round(length * self.percent / _WHOLE)

    def forward(self, moment: int) -> int:
        """The first moment at which the successor's end may be, if the predecessor's is at the moment."""
        if self.lag == 0:
            return moment
        return self.time.after(moment, self.lag)

    def backward(self, moment: int) -> int:
        """The last moment at which the predecessor's end may be, if the successor's is at the moment."""
        if self.lag == 0:
            return moment
        return self.time.start_at(self.time.worked(moment) - self.lag)


def dependency_of(link: PlannedLink, predecessor: Activity, successor: Activity) -> Dependency:
    """The link, ready for both passes; a percentage of a summary's duration only once that is rolled up."""
    type_, lag = link.type, link.lag
    amount = lag.amount
    from_start, to_finish = _ENDS[type_]
    made = Dependency(link.id, predecessor, successor, from_start, to_finish, amount, successor.lag_time)
    if amount and lag.unit in _ELAPSED:
        made.time = ALL_DAY
    if amount and lag.unit in _PERCENTS:
        made.percent = amount
        made.of_length(predecessor.task.duration.tenths)
    return made
