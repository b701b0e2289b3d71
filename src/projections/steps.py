"""How a step of the work is done: to its end, and an outage by its own name."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from ..events import LogUnavailableError
from .outages import is_outage

T = TypeVar("T")


async def whole(step: Awaitable[T]) -> T:
    """What is under way is ended before a cancellation is followed: cut off, it would keep its locks."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def unless_out(step: Awaitable[T]) -> T:
    """The same. Raises LogUnavailableError when the database cannot be used."""
    try:
        return await whole(step)
    except Exception as error:
        if is_outage(error):
            raise LogUnavailableError(str(error) or type(error).__name__) from error
        raise
