"""What a resource costs, from a date on. A rate holds until the next one begins, so no two overlap; none is changed."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from ..events.resource import Rate, ResourceRateSet
from ..scheduling import ResourceType, money_asked
from .calendar_hours import CalendarDate
from .codes import Code
from .command import Context
from .handler import Handler
from .permissions import Permission
from .project import Currency
from .resource import ResourceCommand, load_resource, not_for, resource_queue, resource_tag
from .resource_state import RESOURCE, ResourceState
from .result import Failure, Result, Success
from .session import Session

MAX_RATES = 1_000

Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4), money_asked(11)]
"""Money, in a currency that is named beside it."""
_FREE = Decimal(0)


class SetRate(ResourceCommand):
    """What an hour of work, an hour of overtime and each use cost from `start` on; None: from ever.

    Of a material `rate` is for each unit of it. What is known of a start already stays: a change begins later.
    """

    permission_in_project: ClassVar = Permission.MANAGE_PROJECT
    currency: Currency
    rate: Amount
    overtime: Amount = _FREE
    per_use: Amount = _FREE
    start: CalendarDate | None = None


def refuse_rate(type_: ResourceType, *, overtime: bool) -> Failure | None:
    """The refusal of a rate that resources of this type do not have."""
    if type_ is ResourceType.COST:
        return not_for(type_, "has no rate: what it costs is said where it is used")
    if type_ is ResourceType.MATERIAL and overtime:
        return not_for(type_, "does no overtime")
    return None


def decide_set_rate(command: SetRate, state: ResourceState) -> Result:
    if failure := refuse_rate(state.type, overtime=command.overtime != _FREE):
        return failure
    rate = Rate(
        start=command.start,
        currency=command.currency,
        rate=command.rate,
        overtime=command.overtime,
        per_use=command.per_use,
    )
    present = next((each for each in state.rates if each.start == command.start), None)
    if present == rate:
        return Success()
    if present is not None:
        told = command.start or "ever"
        return Failure(Code.RATE_EXISTS, f"the rate from {told} on is known already; a change begins on a later date")
    if len(state.rates) >= MAX_RATES:
        return Failure(Code.TOO_MANY_RATES, f"a resource has at most {MAX_RATES} rates")
    event = ResourceRateSet(resource=command.resource, rate=rate)
    return Success(((RESOURCE.at(command.resource).stream, event),))


async def _set_rate(command: SetRate, session: Session, _context: Context) -> Result:
    state = await load_resource(command, session)
    return state if isinstance(state, Failure) else decide_set_rate(command, state)


HANDLERS = (Handler("SetRate", SetRate, _set_rate, resource_queue, resource_tag),)
