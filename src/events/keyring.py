"""Keys of persons and of the service: AES-256-GCM, wrapped by the master key, kept beside the log.

To destroy a person's key is to erase the person from every event, copy and backup of the log.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from cachetools import LRUCache
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, and_, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from .catalogue import BY_MODEL
from .event import Event, Sealed
from .instant import clock
from .log import ANONYMOUS, MAIN, SYSTEM
from .tables import KEYS, STREAMS

RESERVATIONS = "reservations"
TOKENS = "tokens"
DIGESTS = "digests"
_NONCE_BYTES = 12
UNDER_WAY = timedelta(hours=12)
"""A younger key may be about to be used by a command under way; no sweep takes it."""
_LOOKS_BACK = timedelta(days=30)
"""Orphans are looked for among the keys of this time before, not among all there are."""


class WrongMasterKeyError(Exception):
    """A stored key does not open with the configured master key."""


class KeyStore(Protocol):
    """Where wrapped keys are kept."""

    async def add(self, id_: str, wrapped: bytes) -> None:
        """Stores the key unless there is one of that id."""
        ...

    async def find(self, ids: Iterable[str]) -> dict[str, bytes]: ...

    async def destroy(self, id_: str) -> None: ...

    async def discard(self, id_: str) -> None:
        """Removes the key if it is an orphan that a sweep may take."""
        ...


class Keyring:
    """Seals and reveals personal values, and names reservations. Keys are cached in memory, a bounded number."""

    def __init__(self, store: KeyStore, master_key: bytes) -> None:
        self._store = store
        self._master = AESGCM(master_key)
        self._keys: LRUCache[str, bytes] = LRUCache(4096)

    async def ensure(self, id_: str) -> bytes:
        """The key of that id, made when there is none."""
        found = await self._find([id_])
        if id_ not in found:
            await self._store.add(id_, self._wrap(id_, AESGCM.generate_key(256)))
            found = await self._find([id_])
        return found[id_]

    async def destroy(self, id_: str) -> None:
        self._keys.pop(id_, None)
        await self._store.destroy(id_)

    async def seal(self, event: Event, subject: UUID, *, first: bool = False) -> Event:
        """The event with its personal fields sealed by the subject's key, which is made when missing.

        Before somebody's first event the key may be an orphan, of a command that failed long ago, which another
        process is sweeping or has swept: it is not taken from memory, and made anew unless it is young.
        """
        fields = BY_MODEL[type(event)].personal
        if not fields:
            return event
        if first:
            self._keys.pop(str(subject), None)
            await self._store.discard(str(subject))
        box = AESGCM(await self.ensure(str(subject)))
        sealed = {name: _seal(box, subject, name, getattr(event, name)) for name in fields}
        return event.model_copy(update=sealed)

    async def seal_values(self, subject: UUID, values: Mapping[str, str]) -> dict[str, Sealed]:
        """Values by the names of their fields, sealed by the subject's key, which is made when missing."""
        if not values:
            return {}
        box = AESGCM(await self.ensure(str(subject)))
        return {name: _seal(box, subject, name, value) for name, value in values.items()}

    async def reveal(self, events: Iterable[Event]) -> list[Event]:
        """The events with their personal fields in plain text; sealed still where the key is destroyed."""
        listed = list(events)
        values = {
            (number, name): value
            for number, event in enumerate(listed)
            for name in BY_MODEL[type(event)].personal
            if isinstance(value := getattr(event, name), Sealed)
        }
        keys = await self._find({str(value.key) for value in values.values()})
        plain: dict[int, dict[str, str]] = {}
        for (number, name), value in values.items():
            if key := keys.get(str(value.key)):
                plain.setdefault(number, {})[name] = _open(key, value, name)
        return [e.model_copy(update=plain[n]) if n in plain else e for n, e in enumerate(listed)]

    async def read(self, stored: Iterable[tuple[str, str]]) -> list[str | None]:
        """The plain text of (field name, sealed value as stored JSON) pairs; None where the key is destroyed."""
        values = [(name, Sealed.model_validate_json(text)) for name, text in stored]
        keys = await self._find({str(value.key) for _, value in values})
        return [_open(key, value, name) if (key := keys.get(str(value.key))) else None for name, value in values]

    async def reservation(self, kind: str, value: str, *scope: UUID) -> str:
        """The name under which a unique value is reserved, the same however it is cased."""
        text = "\0".join([kind, *map(str, scope), _folded(value)])
        key = await self.ensure(RESERVATIONS)
        return f"{kind}:{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"

    async def _find(self, ids: Iterable[str]) -> dict[str, bytes]:
        wanted = set(ids)
        found = {id_: key for id_ in wanted if (key := self._keys.get(id_))}
        if missing := wanted - found.keys():
            unwrapped = {id_: self._unwrap(id_, box) for id_, box in (await self._store.find(missing)).items()}
            self._keys.update(unwrapped)
            found |= unwrapped
        return found

    def _wrap(self, id_: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._master.encrypt(nonce, key, id_.encode())

    def _unwrap(self, id_: str, wrapped: bytes) -> bytes:
        try:
            return self._master.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], id_.encode())
        except InvalidTag as error:
            raise WrongMasterKeyError(
                f"the key {id_!r} was not wrapped by this master key: "
                "set PROJECTORY_MASTER_KEY to the one that this database was made with"
            ) from error


def _folded(value: str) -> str:
    """The same for texts that a person cannot tell apart: by case, by blanks around, by how accents are made."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value.strip()).casefold())


def _seal(box: AESGCM, subject: UUID, field: str, value: str | Sealed) -> Sealed:
    if isinstance(value, Sealed):
        return value
    nonce = os.urandom(_NONCE_BYTES)
    cipher = nonce + box.encrypt(nonce, value.encode(), _bound_to(subject, field))
    return Sealed(key=subject, box=base64.b64encode(cipher).decode())


def _open(key: bytes, value: Sealed, field: str) -> str:
    cipher = base64.b64decode(value.box)
    return AESGCM(key).decrypt(cipher[:_NONCE_BYTES], cipher[_NONCE_BYTES:], _bound_to(value.key, field)).decode()


def _bound_to(subject: UUID, field: str) -> bytes:
    """A sealed value opens only as the field, of the person, that it was sealed for."""
    return f"{subject}/{field}".encode()


class DatabaseKeyStore:
    """Wrapped keys in the table beside the log."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, id_: str, wrapped: bytes) -> None:
        dialect = self._engine.dialect.name
        insert = (sqlite if dialect == "sqlite" else postgresql).insert(KEYS)
        async with self._engine.begin() as connection:
            values = insert.values(id=id_, wrapped=wrapped, created_at=clock(dialect))
            await connection.execute(values.on_conflict_do_nothing())

    async def find(self, ids: Iterable[str]) -> dict[str, bytes]:
        async with self._engine.execution_options(read_only=True).connect() as connection:
            rows = await connection.execute(select(KEYS.c.id, KEYS.c.wrapped).where(KEYS.c.id.in_(list(ids))))
            return {row.id: row.wrapped for row in rows}

    async def any_orphan(self, before: datetime) -> bool:
        """Whether a key from before the moment is of a person who was never registered."""
        async with self._engine.execution_options(read_only=True).connect() as connection:
            return bool(await connection.scalar(select(select(1).where(self._swept(before)).exists())))

    async def sweep(self, before: datetime) -> int:
        """Removes the orphans from before the moment; how many."""
        async with self._engine.begin() as connection:
            return (await connection.execute(delete(KEYS).where(self._swept(before)))).rowcount

    async def discard(self, id_: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(KEYS).where(KEYS.c.id == id_, self._orphaned()))

    def _swept(self, before: datetime) -> ColumnElement[bool]:
        return and_(KEYS.c.created_at < before, KEYS.c.created_at >= before - _LOOKS_BACK, self._orphaned())

    def _orphaned(self) -> ColumnElement[bool]:
        """Keys of persons without a stream: a command made them long ago and was never appended.

        Whoever gives keys to others than users has to tell it here.
        """
        nobody = [str(SYSTEM), str(ANONYMOUS)]
        person = KEYS.c.id.like("________-____-____-____-____________") & KEYS.c.id.not_in(nobody)
        stream = literal("user-").concat(KEYS.c.id).concat(f"@{MAIN}")
        registered = select(1).where(STREAMS.c.stream == stream).exists()
        return and_(KEYS.c.created_at < clock(self._engine.dialect.name, -UNDER_WAY), person, ~registered)

    async def destroy(self, id_: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(KEYS).where(KEYS.c.id == id_))
        if self._engine.dialect.name == "sqlite":
            async with self._engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log ahead still has the page with the key
