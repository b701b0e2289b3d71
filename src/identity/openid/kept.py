"""What was fetched and is kept for a while, by one fetch at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from .errors import ProviderError

T = TypeVar("T")
_GOOD, _FAILED, _AGAIN = 3600.0, 2.0, 10.0
"""Seconds for which it is good, for which a failure is remembered, and between two times that news are asked for."""


class Kept(Generic[T]):
    """A document of a provider. Those who want it while it is fetched wait for the same fetch."""

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._found: tuple[T, float] | None = None
        self._failure: tuple[ProviderError, float] | None = None
        self._asked_again = float("-inf")

    async def get(self) -> T:
        async with self._lock:
            now = time.monotonic()
            if self._found and now - self._found[1] < _GOOD:
                return self._found[0]
            if self._failure and now - self._failure[1] < _FAILED:
                raise self._failure[0].with_traceback(None)
            return await self._fetched()

    async def again(self) -> T:
        """The newest, because the one that is kept lacks something; that one, if it was asked for just now."""
        async with self._lock:
            now = time.monotonic()
            if self._found and now - self._asked_again < _AGAIN:
                return self._found[0]
            self._asked_again = now
            return await self._fetched()

    async def _fetched(self) -> T:
        try:
            found = await self._fetch()
        except ProviderError as error:
            self._failure = error, time.monotonic()
            raise
        self._found, self._failure = (found, time.monotonic()), None
        return found
