"""Who tells workers of new events. Here, and not with HTTP: processes that serve nothing need not read all of that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..config import Settings
from ..wiring import Wake


@asynccontextmanager
async def nobody_woken(_settings: Settings) -> AsyncIterator[Wake]:
    """No workers: the projections run when the test runs them."""
    yield lambda: None
