"""Keys of persons and of the service: AES-256-GCM, wrapped by the master key, kept beside the log.

To destroy a person's key is to erase the person from every event, copy and backup of the log.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from cachetools import TTLCache
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .catalogue import BY_MODEL
from .event import Event, Sealed
from .key_store import KeyStore, Wrapped

RESERVATIONS = "reservations"
TOKENS = "tokens"
DIGESTS = "digests"
_NONCE_BYTES = 12
CACHED_SECONDS = 600.0
"""Another process may have destroyed a key that is remembered here."""
_PAGE = 200
"""How many keys are wrapped anew in one transaction."""


class WrongMasterKeyError(Exception):
    """A stored key does not open with the configured master key."""


class KeyDestroyedError(Exception):
    """There was a key of that id, and it is destroyed for good."""


class Keyring:
    """Seals and reveals personal values, and names reservations.

    Who decides uses keys from memory, a bounded number for a bounded time. Who reads for people uses the keys that
    there are at that moment, so that nobody who was erased elsewhere is shown.
    """

    def __init__(self, store: KeyStore, master_key: bytes, *old_master_keys: bytes) -> None:
        """Wraps with the first, and opens what any of them has wrapped."""
        self.store = store
        self._masters = [AESGCM(key) for key in (master_key, *old_master_keys)]
        self._keys: TTLCache[str, bytes] = TTLCache(4096, CACHED_SECONDS)

    async def ensure(self, id_: str) -> bytes:
        """The key of that id, made when there is none. Raises KeyDestroyedError."""
        found = await self._find([id_])
        if id_ not in found:
            await self.store.add(id_, self._wrap(id_, AESGCM.generate_key(256)))
            found = await self._find([id_])
        try:
            return found[id_]
        except KeyError:
            raise KeyDestroyedError(f"the key {id_!r} is destroyed") from None

    async def destroy(self, id_: str) -> None:
        """Destroys the key of that id for good: none is made under it again. Once more does no harm."""
        self._keys.pop(id_, None)
        await self.store.destroy(id_)

    async def rewrap(self) -> int:
        """Wraps with the present master key what another one has wrapped; how many keys. Once more does no harm.

        The key of the reservations comes last: an application that opens it without the old master key needs that
        for no other either.
        """
        last, count = "", 0
        while page := await self.store.after(last, _PAGE):
            count += await self._rewrap([key for key in page if key.id != RESERVATIONS])
            last = page[-1].id
        found = await self.store.find([RESERVATIONS])
        count += await self._rewrap([Wrapped(id_, box) for id_, box in found.items()])
        await self.store.overwrite()
        return count

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
            await self.store.discard(str(subject))
        sealed = await self.seal_values(subject, {name: getattr(event, name) for name in fields})
        return event.model_copy(update=sealed)

    async def seal_values(self, subject: UUID, values: Mapping[str, str | Sealed]) -> dict[str, Sealed]:
        """Values by the names of their fields, sealed by the subject's key, which is made when missing.

        If that is destroyed the box is empty: what was under way goes on, and there is nothing to be read.
        """
        if not values:
            return {}
        try:
            box = AESGCM(await self.ensure(str(subject)))
        except KeyDestroyedError:
            return {name: Sealed(key=subject, box="") for name in values}
        return {name: _seal(box, subject, name, value) for name, value in values.items()}

    async def reveal(self, events: Iterable[Event]) -> list[Event]:
        """The events with their personal fields in plain text, to decide on; sealed still where they do not open."""
        listed = list(events)
        values = {
            (number, name): value
            for number, event in enumerate(listed)
            for name in BY_MODEL[type(event)].personal
            if isinstance(value := getattr(event, name), Sealed) and value.box
        }
        keys = await self._find({str(value.key) for value in values.values()})
        plain: dict[int, dict[str, str]] = {}
        for (number, name), value in values.items():
            if key := keys.get(str(value.key)):
                plain.setdefault(number, {})[name] = _open(key, value, name)
        return [e.model_copy(update=plain[n]) if n in plain else e for n, e in enumerate(listed)]

    async def read(self, stored: Iterable[tuple[str, str]]) -> list[str | None]:
        """The plain text of (field name, sealed value as stored JSON) pairs; None where the key is destroyed.

        For people to read: by the keys there are at this moment, never by those that were remembered.
        """
        values = [(name, Sealed.model_validate_json(text)) for name, text in stored]
        keys = await self._look({str(value.key) for _, value in values if value.box})
        return [
            _open(key, value, name) if value.box and (key := keys.get(str(value.key))) else None
            for name, value in values
        ]

    async def reservation(self, kind: str, value: str, *scope: UUID) -> str:
        """The name under which a unique value is reserved, the same however it is cased."""
        text = "\0".join([kind, *map(str, scope), _folded(value)])
        key = await self.ensure(RESERVATIONS)
        return f"{kind}:{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"

    async def _find(self, ids: Iterable[str]) -> dict[str, bytes]:
        wanted = set(ids)
        found = {id_: key for id_ in wanted if (key := self._keys.get(id_))}
        if missing := wanted - found.keys():
            unwrapped = await self._look(missing)
            self._keys.update(unwrapped)
            found |= unwrapped
        return found

    async def _look(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The keys as they are stored now."""
        wanted = set(ids)
        found = await self.store.find(wanted) if wanted else {}
        return {id_: self._unwrap(id_, box) for id_, box in found.items()}

    async def _rewrap(self, keys: Sequence[Wrapped]) -> int:
        old = [key for key in keys if _opened(self._masters[0], key) is None]
        new = [Wrapped(key.id, self._wrap(key.id, self._unwrap(*key))) for key in old]
        return await self.store.replace(old, new) if old else 0

    def _wrap(self, id_: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._masters[0].encrypt(nonce, key, id_.encode())

    def _unwrap(self, id_: str, wrapped: bytes) -> bytes:
        return _unwrapped(self._masters, Wrapped(id_, wrapped))


def check_wrapped(keys: Iterable[Wrapped], master_keys: Iterable[bytes]) -> None:
    """Raises WrongMasterKeyError unless each of the keys opens with one of the master keys."""
    masters = [AESGCM(key) for key in master_keys]
    for key in keys:
        _unwrapped(masters, key)


def _unwrapped(masters: Iterable[AESGCM], wrapped: Wrapped) -> bytes:
    for master in masters:
        if (key := _opened(master, wrapped)) is not None:
            return key
    raise WrongMasterKeyError(
        f"the key {wrapped.id!r} was not wrapped by this master key: "
        "set PROJECTORY_MASTER_KEY to the one that this database was made with, and after a change of it "
        "PROJECTORY_OLD_MASTER_KEY to the one before"
    )


def _opened(master: AESGCM, wrapped: Wrapped) -> bytes | None:
    try:
        return master.decrypt(wrapped.box[:_NONCE_BYTES], wrapped.box[_NONCE_BYTES:], wrapped.id.encode())
    except InvalidTag:
        return None


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
