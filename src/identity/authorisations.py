"""Who was sent to a provider: for ten minutes, once, and only for who shows both halves of what was given.

The state travels through the browser and the provider; the secret stays with the client that began. Neither is kept,
and what the protocol needs beside them is derived from the state by a key of the service.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events.instant import clock
from ..events.keyring import Keyring
from ..events.tables import AUTHORISATIONS
from .openid.client import Proof

LIFETIME = timedelta(minutes=10)
_KEY = "authorisations"
_BYTES = 32


class Begun(NamedTuple):
    """What whoever begins is given."""

    state: str
    secret: str


class Pending(NamedTuple):
    """Who was sent where. `user` and `connection` are known where somebody connects; else it is a sign-in."""

    state: str
    provider: str
    return_to: str
    user: UUID | None
    connection: UUID | None


class Authorisations:
    """The table of one database, which all processes share."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    async def begin(
        self, provider: str, return_to: str, user: UUID | None = None, connection: UUID | None = None
    ) -> Begun:
        """A new one. Those that have expired are forgotten."""
        begun = Begun(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))
        dialect = self._engine.dialect.name
        row = insert(AUTHORISATIONS).values(
            state=_digest(begun.state),
            secret=_digest(begun.secret),
            provider=provider,
            user=user,
            connection=connection,
            return_to=return_to,
            expires_at=clock(dialect, LIFETIME),
        )
        async with self._engine.begin() as database:
            await database.execute(delete(AUTHORISATIONS).where(AUTHORISATIONS.c.expires_at < clock(dialect)))
            await database.execute(row)
        return begun

    async def find(self, state: str, provider: str) -> Pending | None:
        """The one that an answer of the provider belongs to; it stays."""
        wanted = select(AUTHORISATIONS).where(self._open(state), AUTHORISATIONS.c.provider == provider)
        async with self._engine.execution_options(read_only=True).connect() as database:
            row = (await database.execute(wanted)).one_or_none()
        return None if row is None else Pending(state, row.provider, row.return_to, row.user, row.connection)

    async def take(self, state: str, secret: str) -> Pending | None:
        """The one that both belong to, for one taker only."""
        return await self._take(state, AUTHORISATIONS.c.secret == _digest(secret))

    async def end(self, state: str, provider: str) -> Pending | None:
        """The one that an answer of the provider belongs to, when the answer is no."""
        return await self._take(state, AUTHORISATIONS.c.provider == provider)

    async def forget(self, user: UUID) -> None:
        """Removes those of a user: for accounts that were deleted."""
        async with self._engine.begin() as database:
            await database.execute(delete(AUTHORISATIONS).where(AUTHORISATIONS.c.user == user))

    async def proof(self, state: str) -> Proof:
        """What ties the provider's answers to this one."""
        key = await self._keyring.ensure(_KEY)
        return Proof(_derived(key, "nonce", state), _derived(key, "verifier", state))

    async def _take(self, state: str, shown: ColumnElement[bool]) -> Pending | None:
        taken = delete(AUTHORISATIONS).where(self._open(state), shown).returning(AUTHORISATIONS)
        async with self._engine.begin() as database:
            row = (await database.execute(taken)).one_or_none()
        return None if row is None else Pending(state, row.provider, row.return_to, row.user, row.connection)

    def _open(self, state: str) -> ColumnElement[bool]:
        now = clock(self._engine.dialect.name)
        return and_(AUTHORISATIONS.c.state == _digest(state), AUTHORISATIONS.c.expires_at > now)


def _digest(text: str) -> bytes:
    """With 256 random bits there is nothing to guess, so one round of SHA-256 is enough."""
    return hashlib.sha256(text.encode()).digest()


def _derived(key: bytes, what: str, state: str) -> str:
    value = hmac.digest(key, f"{what}\n{state}".encode(), "sha256")
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
