"""Accounts at providers: connected, authorised, refreshed and given up, with what is kept of each."""

import asyncio
from dataclasses import dataclass, field, replace
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from uuid_utils.compat import uuid7

from ..commands.codes import Code
from ..commands.command import Command, Context
from ..commands.connection import (
    TAKEN_AWAY,
    AuthoriseConnection,
    ConnectProvider,
    DisconnectProvider,
    ExpireConnection,
    FailConnection,
    RefreshConnection,
    RevokeConnection,
)
from ..commands.connection_state import CONNECTIONS, Connection, ConnectionsState, Status
from ..commands.loop import Accepted, CommandLoop
from ..commands.result import Failure, Warned
from .authorising import Authorising, Back, Sent, Shown
from .grants import Grants
from .openid.client import OpenIdProvider
from .openid.errors import IdTokenError, NotGrantedError, ProviderError
from .openid.grant import Grant

_NOT_FOR_OTHERS = Failure(Code.ONLY_ONESELF, "a connection is authorised and refreshed by its user, for nobody else")
_logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Connections:
    """Whatever is spoken with a provider raises ProviderError when that is away, slow or wrong."""

    commands: CommandLoop
    authorising: Authorising
    grants: Grants
    _refreshing: WeakValueDictionary[UUID, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def of(self, user: UUID, context: Context) -> ConnectionsState:
        """The user's connections, as they are in the log now."""
        return await self.commands.session(context, fresh=True).load(CONNECTIONS.at(user))

    async def connect(self, user: UUID, provider: str, return_to: str, context: Context) -> tuple[UUID, Sent] | Failure:
        """The connection, and how the user gets to the provider."""
        if failure := self.authorising.may_begin(provider, return_to):
            return failure
        answer = await self.commands.execute(ConnectProvider(user=user, provider=provider), context)
        if isinstance(answer, Failure):
            return answer
        connection = UUID(answer.ids["connection"])
        sent = await self.authorising.begin(provider, return_to, user, connection)
        return sent if isinstance(sent, Failure) else (connection, sent)

    async def come_back(
        self, provider: str, state: str, answer: dict[str, str], issuer: str | None, context: Context
    ) -> str | Failure:
        """Where a browser goes that the provider has sent back. When the answer is no the connection has failed."""
        back = await self.authorising.come_back(provider, state, answer, issuer)
        if isinstance(back, Back) and back.refused and back.refused.user and back.refused.connection:
            user, connection = back.refused.user, back.refused.connection
            fail = FailConnection(user=user, connection=connection, why=answer["error"])
            await self.commands.execute(fail, replace(context, actor=user))
        return back.url if isinstance(back, Back) else back

    async def authorise(self, user: UUID, connection: UUID, shown: Shown, context: Context) -> Accepted | Failure:
        """Makes the connection that of the account which the user has come back with."""
        if user != context.actor:
            return _NOT_FOR_OTHERS
        try:
            redeemed = await self.authorising.redeem(shown, user, connection)
        except (NotGrantedError, IdTokenError) as error:
            await self._fail(user, connection, error.code, context)
            if isinstance(error, NotGrantedError):
                return Failure(Code.PROVIDER_REFUSED, str(error))
            raise
        if isinstance(redeemed, Failure):
            return redeemed
        grant = redeemed.grant
        before = (await self.of(user, context)).get(connection)
        credential = await self.grants.keep(user, grant)
        command = AuthoriseConnection(
            user=user, connection=connection, account=await self.grants.account(grant), credential=credential
        )
        answer = await self._replaced(command, credential, before.credential if before else None, context)
        if isinstance(answer, Failure):
            await self._fail(user, connection, answer.code, context)
        return answer

    async def refresh(self, user: UUID, connection: UUID, context: Context) -> Accepted | Failure:
        """New tokens for those that are kept. When the provider does not take those any more the connection ends."""
        if user != context.actor:
            return _NOT_FOR_OTHERS
        lock = self._refreshing.setdefault(connection, asyncio.Lock())
        async with lock:  # a refresh token that is shown twice may end all that the provider has granted
            found = (await self.of(user, context)).get(connection)
            if found is None:
                return Failure(Code.CONNECTION_UNKNOWN, f"there is no connection {connection} of this user")
            if found.status is not Status.ACTIVE or found.credential is None:
                detail = f"the connection with {found.provider} is {found.status}; connect it again"
                return Failure(Code.CONNECTION_NOT_ACTIVE, detail)
            grant = await self.grants.find(found.credential)
            provider = self._granted_by(found, grant)
            if provider is None or grant is None:
                detail = f"{found.provider} is not the provider any more that it was; connect it again"
                return Failure(Code.PROVIDER_UNKNOWN, detail)
            if grant.refresh_token is None:
                detail = f"{found.provider} has given nothing to refresh with; ask it to in the scopes (offline_access)"
                return Failure(Code.NOT_REFRESHABLE, detail)
            try:
                renewed = await provider.refresh(grant)
            except NotGrantedError as error:
                return await self._ended(user, connection, found.credential, error, context)
            credential = await self.grants.keep(user, renewed)
            command = RefreshConnection(user=user, connection=connection, used=found.credential, credential=credential)
            return await self._replaced(command, credential, found.credential, context)

    async def disconnect(self, user: UUID, connection: UUID, context: Context) -> Accepted | Failure:
        """Gives the connection up, and what was granted back, if the provider takes it."""
        return await self._give_up(user, connection, DisconnectProvider(user=user, connection=connection), context)

    async def revoke(self, user: UUID, connection: UUID, context: Context) -> Accepted | Failure:
        """The same for somebody who manages users, and also if it is the last way in."""
        return await self._give_up(
            user, connection, RevokeConnection(user=user, connection=connection, why=TAKEN_AWAY), context
        )

    async def tidy(self, user: UUID, context: Context) -> None:
        """Removes what commands that failed have left of grants."""
        kept = [each.credential for each in (await self.of(user, context)).values() if each.credential]
        await self.grants.tidy(user, kept)

    async def _replaced(
        self, command: Command, credential: UUID, before: UUID | None, context: Context
    ) -> Accepted | Failure:
        """Gives the command that names a grant which was just kept, instead of the one before."""
        answer = await self.commands.execute(command, context)
        if isinstance(answer, Failure):
            await self.grants.remove(credential)
        else:
            await self.grants.remove(before)
            await self.tidy(context.actor, context)
        return answer

    async def _fail(self, user: UUID, connection: UUID, why: str, context: Context) -> None:
        fail = FailConnection(user=user, connection=connection, why=why)
        await self.commands.execute(fail, replace(context, command_id=uuid7()))

    async def _ended(
        self, user: UUID, connection: UUID, used: UUID, error: NotGrantedError, context: Context
    ) -> Accepted | Failure:
        """Takes down that the provider does not take the tokens any more."""
        if error.withdrawn:
            answer = await self.commands.execute(RevokeConnection(user=user, connection=connection), context)
            await self.grants.remove(used)
        else:
            expire = ExpireConnection(user=user, connection=connection, used=used)
            answer = await self.commands.execute(expire, context)
        if isinstance(answer, Failure):
            return answer
        now = (await self.of(user, context)).get(connection)
        return Failure(Code.PROVIDER_REFUSED, str(error), {"status": now.status.value if now else None})

    async def _give_up(self, user: UUID, connection: UUID, command: Command, context: Context) -> Accepted | Failure:
        found = (await self.of(user, context)).get(connection)
        grant = await self.grants.find(found.credential if found else None)
        answer = await self.commands.execute(command, context)
        if isinstance(answer, Failure) or found is None or not answer.changed:
            return answer
        await self.grants.remove(found.credential)
        if grant is None or await self._withdrawn(found, grant):
            return answer
        told = Warned("NOT_WITHDRAWN", f"{found.provider} did not take back what it has granted; withdraw it there")
        return replace(answer, warnings=(*answer.warnings, told))

    async def _withdrawn(self, found: Connection, grant: Grant) -> bool:
        provider = self._granted_by(found, grant)
        try:
            if provider is not None:
                await provider.revoke(grant)
        except ProviderError as error:
            _logger.warning("a grant was not withdrawn", provider=found.provider, error=str(error))
            return False
        return provider is not None

    def _granted_by(self, found: Connection, grant: Grant | None) -> OpenIdProvider | None:
        """The provider, if it is still the one that has granted it: nobody else is shown what it has given."""
        provider = self.authorising.providers.get(found.provider)
        return provider if provider and grant and provider.issuer == grant.issuer else None
