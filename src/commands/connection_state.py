"""The connections of a user with accounts at providers, as they are now."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from immutables import Map

from ..events.connection import (
    ConnectionEvent,
    ProviderConnectionAuthorised,
    ProviderConnectionDisconnected,
    ProviderConnectionExpired,
    ProviderConnectionFailed,
    ProviderConnectionRefreshed,
    ProviderConnectionRequested,
    ProviderConnectionRevoked,
)
from .aggregate import Aggregate


class Status(StrEnum):
    """PENDING → ACTIVE or FAILED; ACTIVE → EXPIRED, from where the user comes back, REVOKED or DISCONNECTED."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    REVOKED = "REVOKED"
    DISCONNECTED = "DISCONNECTED"

    @property
    def live(self) -> bool:
        return self in (Status.PENDING, Status.ACTIVE, Status.EXPIRED)


@dataclass(frozen=True, slots=True)
class Connection:
    """`account` names the reservation of the external account, `credential` what is kept of it."""

    provider: str
    status: Status = Status.PENDING
    account: str | None = None
    credential: UUID | None = None


ConnectionsState = Map[UUID, Connection]


def _evolve(state: ConnectionsState, event: ConnectionEvent, _version: int) -> ConnectionsState:
    match event:
        case ProviderConnectionRequested():
            # What has ended is shown until the user connects to the same provider again.
            ended = [id_ for id_, each in state.items() if each.provider == event.provider and not each.status.live]
            for id_ in ended:
                state = state.delete(id_)
            return state.set(event.connection, Connection(event.provider))
        case ProviderConnectionAuthorised():
            return _changed(
                state, event, status=Status.ACTIVE, account=event.account_reservation, credential=event.credential
            )
        case ProviderConnectionFailed():
            return _changed(state, event, status=Status.FAILED)
        case ProviderConnectionRefreshed():
            return _changed(state, event, status=Status.ACTIVE, credential=event.credential)
        case ProviderConnectionExpired():
            return _changed(state, event, status=Status.EXPIRED)
        case ProviderConnectionRevoked():
            return _changed(state, event, status=Status.REVOKED, credential=None)
        case ProviderConnectionDisconnected():
            return _changed(state, event, status=Status.DISCONNECTED, credential=None)
        case _:
            assert_never(event)


def _changed(state: ConnectionsState, event: ConnectionEvent, **changes: object) -> ConnectionsState:
    return state.set(event.connection, replace(state[event.connection], **changes))  # type: ignore[arg-type] # of it


CONNECTIONS = Aggregate[ConnectionsState]("connections", Map(), _evolve)


def accounts_of(state: ConnectionsState) -> list[str]:
    """The reservations that the connections hold."""
    return [each.account for each in state.values() if each.account and each.status.live]
