"""What is kept beside the log for a time only is cleared away: old outcomes, and keys of nobody.

A tick looks whether there is anything; only then a sweep is ordered, so that an idle log stays as it is.
"""

from datetime import datetime, timedelta

from ..commands.housekeeping import Sweep
from ..events import RecordedEvent
from ..events.housekeeping import SweepOrdered
from ..events.key_store import DatabaseKeyStore
from ..events.outcomes import Outcomes
from .reaction import Act, Reaction, Schedule

EVERY = timedelta(minutes=10)
KEY_AGE = timedelta(days=1)


def housekeeping(outcomes: Outcomes, keys: DatabaseKeyStore, outcome_age: timedelta) -> tuple[Schedule, Reaction]:
    """The schedule that orders sweeps, and the reaction that carries them out."""

    async def look(tick: datetime) -> Sweep | None:
        order = Sweep(outcomes_before=tick - outcome_age, keys_before=tick - KEY_AGE)
        if await outcomes.any_before(order.outcomes_before) or await keys.any_orphan(order.keys_before):
            return order
        return None

    async def sweep(recorded: RecordedEvent, _act: Act) -> None:
        order = recorded.event
        assert isinstance(order, SweepOrdered)  # noqa: S101 - what it follows
        while await outcomes.expire(order.outcomes_before):
            pass
        await keys.sweep(order.keys_before)

    # A sweep that was missed does not matter: the next look finds the same.
    return Schedule("housekeeping", EVERY, look), Reaction("sweep", (SweepOrdered,), sweep, from_end=True)
