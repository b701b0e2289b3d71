"""How often somebody may try: by account, by address, and by both. Shared by all processes where there is Redis."""

import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from pydantic import SecretStr
from redis import RedisError
from redis.asyncio import ConnectionPool

_PAIR, _ACCOUNT, _ADDRESS = parse("10/15 minutes"), parse("50/15 minutes"), parse("200/15 minutes")
"""An account is slowed down for one address before it is for all, so that a stranger does not lock its owner out."""

_REDIS_SECONDS = 2
_logger = structlog.get_logger(__name__)


class ThrottledError(Exception):
    """There were too many attempts; `seconds` says when the next may be made."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"there were too many attempts; try again in {seconds} seconds")
        self.seconds = seconds


@dataclass(frozen=True)
class Throttle:
    """Attempts of the last quarter of an hour. While Redis is away each process counts by itself."""

    limiter: MovingWindowRateLimiter
    fallback: MovingWindowRateLimiter
    pool: ConnectionPool | None = None

    async def attempt(self, account: str, address: str | None, owner: str | None = None) -> None:
        """Counts an attempt before it is made; raises ThrottledError when there were too many.

        `account` is what was named, `owner` whose it is: which names are one person's nobody learns from one address.
        """
        try:
            await _attempt(self.limiter, account, owner or account, _network(address))
        except RedisError as error:
            _logger.warning("attempts are counted by this process alone", error=str(error))
            await _attempt(self.fallback, account, owner or account, _network(address))

    async def close(self) -> None:
        """Leaves Redis."""
        if self.pool is not None:
            await self.pool.disconnect()

    async def succeeded(self, account: str, address: str | None) -> None:
        """The account's owner was here: what this address tried before does not count against them."""
        try:
            await self.limiter.clear(_PAIR, account, _network(address))
        except RedisError:
            await self.fallback.clear(_PAIR, account, _network(address))


def throttle(redis_url: SecretStr | None) -> Throttle:
    """Counts in Redis where there is one."""
    memory = MovingWindowRateLimiter(MemoryStorage())
    if redis_url is None:
        return Throttle(memory, memory)
    pool = ConnectionPool.from_url(redis_url.get_secret_value(), socket_timeout=_REDIS_SECONDS)
    storage = RedisStorage("async+redis://", implementation="redispy", connection_pool=pool, key_prefix="projectory")  # type: ignore[arg-type] # its annotation leaves this one out
    return Throttle(MovingWindowRateLimiter(storage), memory, pool)


async def _attempt(limiter: MovingWindowRateLimiter, account: str, owner: str, network: str) -> None:
    counted: list[tuple[RateLimitItem, tuple[str, ...]]] = [
        (_PAIR, (account, network)),
        (_ACCOUNT, (owner,)),
        (_ADDRESS, (network,)),
    ]
    for limit, who in counted:
        if not await limiter.hit(limit, *who):
            window = await limiter.get_window_stats(limit, *who)
            raise ThrottledError(max(1, round(window.reset_time - time.time())))


def _network(address: str | None) -> str:
    """Whom an address stands for: with IPv6 whoever has one has all of its /64."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ip_network(f"{parsed}/64", strict=False) if parsed.version == 6 else parsed)  # noqa: PLR2004 - the name
