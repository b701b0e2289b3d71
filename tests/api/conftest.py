"""The API on both databases: one application for many tests, each with people and projects of its own."""

from collections.abc import AsyncIterator

import pytest

from src.config import Settings
from src.projections import PROJECTIONS
from src.queries.reading import wait_until
from src.testing.http import Service, served
from tests.cli.conftest import embedded, starter
from tests.identity.browser import with_provider
from tests.identity.provider import Provider, a_provider
from tests.sharing import shared_postgresql_settings, shared_settings, shared_sqlite_settings

from .connecting import connecting
from .world import World, make_world

__all__ = ["embedded", "shared_postgresql_settings", "shared_settings", "shared_sqlite_settings", "starter"]


@pytest.fixture(scope="session")
async def provider() -> AsyncIterator[Provider]:
    """Where people sign in who have connected an account there."""
    async with a_provider() as provider:
        yield provider


@pytest.fixture(scope="session")
async def service(shared_settings: Settings, provider: Provider) -> AsyncIterator[Service]:
    """The running application, which projects by itself."""
    async with served(with_provider(shared_settings, provider)) as service:
        yield service


@pytest.fixture
async def world(service: Service, provider: Provider) -> World:
    """People of every role and a project of the test's own."""
    return await shown(await make_world(service), provider)


@pytest.fixture(scope="session")
async def still(service: Service, provider: Provider) -> World:
    """The same for all tests that change nothing in it."""
    return await shown(await make_world(service), provider)


async def shown(world: World, provider: Provider) -> World:
    """The world, once every read model shows it; its owner has been at the provider."""
    app = world.service.app
    world.connecting = await connecting(world.service, provider, world.owner, "owner")
    await wait_until(app.log, app.readers, PROJECTIONS, world.owner.seen, 10)
    return world
