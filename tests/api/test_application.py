"""The application itself: what it has ready when it opens, and what it leaves behind."""

import gc
import weakref

from src.config import Settings
from src.testing.http import served
from src.testing.waking import nobody_woken


async def test_a_first_request_finds_all_routes_built(sqlite_settings: Settings) -> None:
    """They are tens of thousands of objects: who asks first would wait for them."""
    async with served(sqlite_settings, nobody_woken) as service:
        before = len(gc.get_objects())
        assert (await service.client.get("/healthz")).status_code == 200
        assert len(gc.get_objects()) < before + 5_000


async def test_nothing_keeps_an_application_that_has_closed(sqlite_settings: Settings) -> None:
    """Not even a cache of FastAPI: each has its routes, and a process that makes many would look through them all."""
    async with served(sqlite_settings, nobody_woken) as service:
        assert (await service.client.get("/docs")).status_code == 200
        closed = weakref.ref(service.api)
    del service
    gc.collect()
    assert closed() is None
