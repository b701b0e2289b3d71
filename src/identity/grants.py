"""What providers have granted, sealed by the key of the user: gone with the key, also from copies of the table."""

import hashlib
from uuid import UUID

from uuid_utils.compat import uuid7

from ..commands.connection import ACCOUNT
from ..events.keyring import Keyring
from .credentials import Credentials, Kind
from .openid.grant import Grant

_FIELD = "provider_grant"


class Grants:
    """Grants among the credentials."""

    def __init__(self, credentials: Credentials, keyring: Keyring) -> None:
        self._credentials = credentials
        self._keyring = keyring

    async def account(self, grant: Grant) -> str:
        """The name of the reservation of the external account.

        To an issuer "a7" and "A7" are two accounts. What is reserved is folded, so that people cannot be taken for
        each other by their names; that these are not, a digest is reserved instead of them.
        """
        exact = hashlib.sha256(f"{grant.issuer}\n{grant.subject}".encode()).hexdigest()
        return await self._keyring.reservation(ACCOUNT, exact)

    async def keep(self, user: UUID, grant: Grant) -> UUID:
        """The id under which the grant is kept. It is written first; then an event names it."""
        id_ = uuid7()
        sealed = await self._keyring.seal_values(user, {_FIELD: grant.model_dump_json()})
        await self._credentials.add(id_, user, Kind.PROVIDER, sealed[_FIELD].model_dump_json().encode())
        return id_

    async def find(self, id_: UUID | None) -> Grant | None:
        """The grant, unless it or the key that it is sealed with is no more."""
        found = id_ and await self._credentials.find(id_, Kind.PROVIDER)
        if not found:
            return None
        (text,) = await self._keyring.read([(_FIELD, found[1].decode())])
        return None if text is None else Grant.model_validate_json(text)

    async def remove(self, id_: UUID | None) -> None:
        if id_ is not None:
            await self._credentials.remove(id_)

    async def tidy(self, user: UUID, kept: list[UUID]) -> None:
        """Removes what commands have left that failed long ago."""
        if kept:
            await self._credentials.keep_only(kept[0], user, Kind.PROVIDER, *kept[1:])
