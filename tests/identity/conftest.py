"""A service with a provider, on both databases: both of the test's own, but for the database."""

from collections.abc import AsyncIterator

import pytest

from src.config import Settings
from src.testing.http import served
from src.testing.waking import nobody_woken
from tests.sharing import shared_postgresql_settings, shared_settings, shared_sqlite_settings

from .browser import Site, with_provider
from .provider import Provider, a_provider

__all__ = ["shared_postgresql_settings", "shared_settings", "shared_sqlite_settings"]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with a_provider() as provider:
        yield provider


@pytest.fixture
async def site(shared_settings: Settings, provider: Provider) -> AsyncIterator[Site]:
    async with served(with_provider(shared_settings, provider), nobody_woken) as service:
        yield Site(service, provider)


@pytest.fixture
async def site_on_sqlite(shared_sqlite_settings: Settings, provider: Provider) -> AsyncIterator[Site]:
    """For what the database has no part in."""
    async with served(with_provider(shared_sqlite_settings, provider), nobody_woken) as service:
        yield Site(service, provider)
