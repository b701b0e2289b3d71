"""Signing in by an account at a provider that a user has connected. Nobody is registered by it."""

from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from ..commands.codes import Code
from ..commands.command import Context
from ..commands.connection import AuthoriseConnection
from ..commands.connection_state import CONNECTIONS
from ..commands.result import Failure
from ..commands.user import RESERVATION
from ..events.log import ANONYMOUS
from .authorising import Authorising, Sent, Shown
from .connections import Connections
from .grants import Grants
from .openid.errors import IdTokenError, NotGrantedError
from .sign_in import SignIn, Tokens

METHOD = "provider"

_FAILED = Failure(
    Code.SIGN_IN_FAILED,
    "this account signs in as nobody here: sign in another way, and connect it; or begin again",
)
"""The same whatever was wrong, and whether or not there is such a user."""
_OF_THE_CONNECTION = {
    Code.CONNECTION_UNKNOWN,
    Code.CONNECTION_NOT_ACTIVE,
    Code.PROVIDER_ACCOUNT_OTHER,
    Code.PROVIDER_ACCOUNT_TAKEN,
}


@dataclass(frozen=True)
class ProviderSignIn:
    """Raises ThrottledError, and ProviderError when the provider is away, slow or wrong."""

    authorising: Authorising
    connections: Connections
    grants: Grants
    sign_in: SignIn

    async def begin(self, provider: str, return_to: str, context: Context) -> Sent | Failure:
        """How whoever wants to sign in gets to the provider."""
        await self.sign_in.throttle.attempt(str(uuid7()), context.address)  # counts for the address alone
        return await self.authorising.begin(provider, return_to)

    async def complete(self, shown: Shown, context: Context) -> Tokens | Failure:
        """A session for the user who has connected the account. What is kept of the account is replaced."""
        await self.sign_in.throttle.attempt(str(uuid7()), context.address)
        try:
            redeemed = await self.authorising.redeem(shown)
        except (NotGrantedError, IdTokenError):
            await self.sign_in.note_failure(context, None, None, METHOD)
            return _FAILED
        if isinstance(redeemed, Failure):
            await self.sign_in.note_failure(context, None, None, METHOD)
            return redeemed
        method, grant = f"{METHOD}:{redeemed.provider}", redeemed.grant
        account = await self.grants.account(grant)
        user, connection, before = await self._connected(account, context)
        if user is None or connection is None:
            await self.sign_in.note_failure(context, account, user, method)
            return _FAILED
        credential = await self.grants.keep(user, grant)
        again = AuthoriseConnection(user=user, connection=connection, account=account, credential=credential)
        tokens = await self.sign_in.start(user, method, context, first=(again,))
        if isinstance(tokens, Failure):
            await self.grants.remove(credential)
            await self.sign_in.note_failure(context, account, user, method)
            return _FAILED if tokens.code in _OF_THE_CONNECTION else tokens
        await self.grants.remove(before)
        await self.connections.tidy(user, context)
        return tokens

    async def _connected(self, account: str, context: Context) -> tuple[UUID | None, UUID | None, UUID | None]:
        """Who has connected the account, by which connection, and what is kept of it."""
        session = self.sign_in.commands.session(context, fresh=True)
        holder = (await session.load(RESERVATION.at(account))).holder
        connections = await session.load(CONNECTIONS.at(holder or ANONYMOUS))
        for id_, each in connections.items():
            if each.account == account and each.status.live:
                return holder, id_, each.credential
        return holder, None, None
