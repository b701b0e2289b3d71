# These names and fields are the stored format: add, never change.
"""What was noticed though it changed nothing: refusals, sensitive reads, exports, sign-ins that failed.

The first of its kind in a minute is an event by itself, with `count` 1. Those that follow are one event more, with
their number and `since` when. Where there were too many kinds to keep them apart, what differed is left out.
"""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from .event import Event, ReservationName

Count = Annotated[int, Field(ge=1)]


class RequestRefused(Event):
    """`what` is the name of the command or the query, `permission` the one that was lacking, if that was it."""

    what: str | None = None
    code: str | None = None
    permission: str | None = None
    count: Count = 1
    since: AwareDatetime | None = None


class SensitiveDataRead(Event):
    """Another user's details, costs and rates, the audit trail; `subject` is whose they are."""

    what: str | None = None
    subject: UUID | None = None
    count: Count = 1
    since: AwareDatetime | None = None


class DataExported(Event):
    what: str | None = None
    subject: UUID | None = None
    count: Count = 1
    since: AwareDatetime | None = None


class AuthenticationFailed(Event):
    """`account` is the keyed digest of the name that was given, `user` whose it is, if there is one."""

    account: ReservationName | None = None
    user: UUID | None = None
    method: str | None = None
    count: Count = 1
    since: AwareDatetime | None = None


NoticeEvent = RequestRefused | SensitiveDataRead | DataExported | AuthenticationFailed
