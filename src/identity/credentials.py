"""What secrets are checked against, in tables beside the log. What no event names is good for nothing."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events.instant import clock
from ..events.tables import CREDENTIALS, REFRESHES

_UNDER_WAY = timedelta(hours=1)
"""A younger one may be about to be named by a command under way."""


class Kind(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    RESET = "reset"
    API_KEY = "api_key"
    PROVIDER = "provider"


class Credentials:
    """The tables of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, id_: UUID, user: UUID, kind: Kind, secret: bytes) -> None:
        """Keeps what the secret will be checked against. It is written first; then an event names it."""
        now = clock(self._engine.dialect.name)
        async with self._engine.begin() as connection:
            row = insert(CREDENTIALS).values(id=id_, user=user, kind=kind, secret=secret, created_at=now)
            await connection.execute(row)

    async def find(self, id_: UUID, kind: Kind) -> tuple[UUID, bytes] | None:
        """Whose it is, and what to check against."""
        wanted = select(CREDENTIALS.c.user, CREDENTIALS.c.secret).where(
            CREDENTIALS.c.id == id_, CREDENTIALS.c.kind == kind
        )
        async with self._engine.execution_options(read_only=True).connect() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else (row.user, row.secret)

    async def keep_only(self, id_: UUID, user: UUID, kind: Kind, *more: UUID) -> None:
        """Removes the user's others of that kind: replaced, or of commands that failed."""
        old = clock(self._engine.dialect.name, -_UNDER_WAY)
        others = delete(CREDENTIALS).where(
            CREDENTIALS.c.user == user,
            CREDENTIALS.c.kind == kind,
            CREDENTIALS.c.id.not_in([id_, *more]),
            CREDENTIALS.c.created_at < old,
        )
        async with self._engine.begin() as connection:
            await connection.execute(others)

    async def remove(self, id_: UUID) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(CREDENTIALS).where(CREDENTIALS.c.id == id_))

    async def forget(self, user: UUID) -> None:
        """Removes everything of a user: for accounts that were deleted."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(CREDENTIALS).where(CREDENTIALS.c.user == user))
            await connection.execute(delete(REFRESHES).where(REFRESHES.c.user == user))

    async def begin(self, session: UUID, user: UUID, expires_at: datetime) -> int:
        """The generation of a session's first refresh token. The user's sessions that have expired are forgotten."""
        now = clock(self._engine.dialect.name)
        async with self._engine.begin() as connection:
            expired = delete(REFRESHES).where(REFRESHES.c.user == user, REFRESHES.c.expires_at < now)
            await connection.execute(expired)
            row = insert(REFRESHES).values(session=session, user=user, generation=1, expires_at=expires_at)
            await connection.execute(row)
        return 1

    async def rotate(self, session: UUID, generation: int) -> bool:
        """Uses the refresh token of that generation up; False when it was used before, or the session is forgotten."""
        used = (
            update(REFRESHES)
            .where(REFRESHES.c.session == session, REFRESHES.c.generation == generation)
            .values(generation=generation + 1)
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(used)).rowcount == 1

    async def end(self, session: UUID) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(REFRESHES).where(REFRESHES.c.session == session))
