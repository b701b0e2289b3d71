# These names and fields are the stored format: add, never change.
"""Accounts at providers that users have connected. No token is in here, only the ids of what is kept under seal.

`account_reservation` names the reservation of the external account, by which it belongs to one user: a keyed digest.
"""

from uuid import UUID

from .event import Event, ReservationName


class ProviderConnectionRequested(Event):
    """The user was sent to the provider for the first time."""

    user: UUID
    connection: UUID
    provider: str


class ProviderConnectionAuthorised(Event):
    """The user has shown that the account is theirs, for the first time or again."""

    user: UUID
    connection: UUID
    account_reservation: ReservationName
    credential: UUID


class ProviderConnectionFailed(Event):
    """The provider, the user or a rule was against it."""

    user: UUID
    connection: UUID
    why: str


class ProviderConnectionRefreshed(Event):
    """The provider has given new tokens."""

    user: UUID
    connection: UUID
    credential: UUID


class ProviderConnectionExpired(Event):
    """The provider takes the tokens no more. The account is the user's still."""

    user: UUID
    connection: UUID


class ProviderConnectionRevoked(Event):
    """The grant was withdrawn at the provider, or the connection by somebody who manages users."""

    user: UUID
    connection: UUID
    why: str


class ProviderConnectionDisconnected(Event):
    """The user has given the connection up."""

    user: UUID
    connection: UUID


ConnectionEvent = (
    ProviderConnectionRequested
    | ProviderConnectionAuthorised
    | ProviderConnectionFailed
    | ProviderConnectionRefreshed
    | ProviderConnectionExpired
    | ProviderConnectionRevoked
    | ProviderConnectionDisconnected
)
