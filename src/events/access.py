# These names and fields are the stored format: add, never change.
"""How a person gets in: passwords, sessions and API keys. No secret is in here, only the ids of what is kept apart."""

from datetime import datetime
from uuid import UUID

from .event import Event


class UserPasswordChanged(Event):
    """`credential` names the row of the hash."""

    user: UUID
    credential: UUID


class PasswordResetIssued(Event):
    """Whoever shows the secret of this credential in time may set a password."""

    user: UUID
    credential: UUID
    expires_at: datetime


class SessionStarted(Event):
    """Somebody has signed in; `method` says how."""

    user: UUID
    session: UUID
    method: str
    expires_at: datetime


class SessionEnded(Event):
    user: UUID
    session: UUID
    why: str


class SessionsEnded(Event):
    """All sessions but one, or all."""

    user: UUID
    why: str
    kept: UUID | None = None


class ApiKeyCreated(Event):
    """`scopes` are the permissions that the key passes on; `key` names the row of the digest as well."""

    user: UUID
    key: UUID
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


class ApiKeyRevoked(Event):
    user: UUID
    key: UUID


AccessEvent = (
    UserPasswordChanged
    | PasswordResetIssued
    | SessionStarted
    | SessionEnded
    | SessionsEnded
    | ApiKeyCreated
    | ApiKeyRevoked
)
