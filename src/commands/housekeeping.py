"""Clearing away what is kept beside the log for a time only."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime

from ..events.housekeeping import SweepOrdered
from ..events.key_store import UNDER_WAY
from .aggregate import Aggregate
from .codes import Code
from .command import Command, Context
from .handler import Handler
from .permissions import Permission
from .result import Failure, Result, Success
from .session import Session


class Sweep(Command):
    """Outcomes, and keys of persons who were never registered, from before these times are to go."""

    permission: ClassVar = Permission.SWEEP
    outcomes_before: AwareDatetime
    keys_before: AwareDatetime


def _evolve_sweep(_ordered: bool, _event: SweepOrdered, _version: int) -> bool:
    return True


SWEEP = Aggregate("sweep", initial=False, evolve=_evolve_sweep)
"""A stream for each, because one for all would grow for ever and no sweep depends on another."""


def decide_sweep(command: Sweep, stream: str, ordered: bool, now: datetime) -> Result:
    if ordered:
        return Success()
    if command.outcomes_before > now:
        return Failure(Code.SWEEP_TOO_LATE, "outcomes of the future cannot be swept")
    if command.keys_before > now - UNDER_WAY:
        return Failure(Code.SWEEP_TOO_LATE, "younger keys may be needed by commands under way")
    event = SweepOrdered(outcomes_before=command.outcomes_before, keys_before=command.keys_before)
    return Success(((stream, event),))


async def _sweep(command: Sweep, session: Session, context: Context) -> Result:
    ref = SWEEP.at(context.new_id)
    return decide_sweep(command, ref.stream, await session.load(ref), context.now)


HANDLERS = (Handler("Sweep", Sweep, _sweep, lambda _command, context: SWEEP.at(context.new_id).stream),)
