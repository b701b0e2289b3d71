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

from .clients import live
from .connecting import connecting
from .world import World, equipped, make_world

__all__ = ["embedded", "live", "shared_postgresql_settings", "shared_settings", "shared_sqlite_settings", "starter"]


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
async def world(service: Service) -> World:
    """People of every role and a project of the test's own."""
    return await shown(await make_world(service))


@pytest.fixture
async def whole(service: Service, provider: Provider) -> World:
    """The same with all that requests can be about."""
    return await connected(await make_world(service), provider)


@pytest.fixture(scope="session")
async def still(service: Service, provider: Provider) -> World:
    """That for all tests that change nothing in it."""
    return await connected(await make_world(service), provider)


async def connected(world: World, provider: Provider) -> World:
    """The world equipped; its owner has been at the provider."""
    await equipped(world)
    world.connecting = await connecting(world.service, provider, world.owner, "owner")
    return await shown(world)


async def shown(world: World) -> World:
    """The world, once every read model shows it."""
    app = world.service.app
    world.owner.seen = max(world.owner.seen, await app.log.head())
    await wait_until(app.log, app.readers, PROJECTIONS, world.owner.seen, 10)
    return world
