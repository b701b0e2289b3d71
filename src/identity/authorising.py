"""The way to a provider and back, for those who connect an account and for those who sign in.

1. Whoever begins gets an address to send the browser to, a state that goes along, and a secret that does not.
2. The provider sends the browser back here, with a code and the state.
3. The browser is sent on, with both, to where it was said to go: a page of this service's own, or the machine it is on.
4. There both meet the secret again, and are shown to us together: so it is the browser that began, and nobody else's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from ..commands.codes import Code
from ..commands.result import Failure
from .authorisations import Authorisations, Pending
from .openid.client import OpenIdProvider
from .openid.grant import Grant
from .openid.settings import is_loopback, origin, parsed

CALLBACK = "/api/v1/providers/{provider}/callback"
"""Where providers send people back to, below the public address."""


class Sent(NamedTuple):
    """What whoever begins is given: where to go, what goes along, and what stays."""

    url: str
    state: str
    secret: str


class Shown(NamedTuple):
    """What is shown by who has come back."""

    state: str
    secret: str
    code: str


class Back(NamedTuple):
    """Where a browser goes that came back. `refused` is who was sent there, when the answer was no."""

    url: str
    refused: Pending | None


class Redeemed(NamedTuple):
    """What has come of it, at which provider."""

    provider: str
    grant: Grant


INVALID = Failure(
    Code.AUTHORISATION_INVALID,
    "this authorisation was used, has expired, or was begun by somebody else; begin again",
)


@dataclass(frozen=True)
class Authorising:
    """`return_origins` are those of pages that may take people back, beside the machine that they are on."""

    providers: Mapping[str, OpenIdProvider]
    authorisations: Authorisations
    return_origins: frozenset[str]

    def provider(self, name: str) -> OpenIdProvider | Failure:
        found = self.providers.get(name)
        return found or Failure(Code.PROVIDER_UNKNOWN, f"there is no provider {name!r} here", {"provider": name})

    def may_begin(self, provider: str, return_to: str) -> Failure | None:
        """The refusal of who would go to a provider that is not there, or come back to somebody else's page."""
        known = self.provider(provider)
        return known if isinstance(known, Failure) else _returning(return_to, self.return_origins)

    async def begin(
        self, provider: str, return_to: str, user: UUID | None = None, connection: UUID | None = None
    ) -> Sent | Failure:
        """Raises ProviderError."""
        if failure := self.may_begin(provider, return_to):
            return failure
        state, secret = await self.authorisations.begin(provider, return_to, user, connection)
        proof = await self.authorisations.proof(state)
        return Sent(await self.providers[provider].authorization_url(state, proof), state, secret)

    async def come_back(
        self, provider: str, state: str, answer: Mapping[str, str], issuer: str | None
    ) -> Back | Failure:
        """Where the browser goes with the provider's answer: a code, or an error. Raises ProviderError."""
        found = self.provider(provider)
        if isinstance(found, Failure):
            return found
        pending = await self.authorisations.find(state, provider)
        if pending is None or not await found.sent(issuer):
            return INVALID
        refused = await self.authorisations.end(state, provider) if "error" in answer else None
        glue = "&" if urlsplit(pending.return_to).query else "?"
        return Back(f"{pending.return_to}{glue}{urlencode({'state': state, **answer})}", refused)

    async def redeem(
        self, shown: Shown, user: UUID | None = None, connection: UUID | None = None
    ) -> Redeemed | Failure:
        """What was granted, to who began it for the same. Raises ProviderError."""
        pending = await self.authorisations.take(shown.state, shown.secret)
        if pending is None or (pending.user, pending.connection) != (user, connection):
            return INVALID
        found = self.provider(pending.provider)
        if isinstance(found, Failure):
            return found
        proof = await self.authorisations.proof(shown.state)
        return Redeemed(pending.provider, await found.exchange(shown.code, proof))


def _returning(url: str, origins: frozenset[str]) -> Failure | None:
    """The refusal of an address that would hand what comes back to somebody else."""
    try:
        parts = parsed(url)
    except ValueError as error:
        return Failure(Code.RETURN_ADDRESS_NOT_ALLOWED, f"return_to {error}")
    if parts.fragment or url.endswith("#"):
        return Failure(Code.RETURN_ADDRESS_NOT_ALLOWED, "return_to has a fragment; leave it out")
    if origin(url) in origins or is_loopback(parts.hostname or ""):
        return None
    told = "return_to is neither a page of this service nor on the machine of the browser; an operator can allow it"
    return Failure(Code.RETURN_ADDRESS_NOT_ALLOWED, told)
