"""The API on both databases: one application for many tests, each with people and projects of its own."""

from collections.abc import AsyncIterator

import pytest

from src.config import Settings
from src.projections import PROJECTIONS
from src.queries.reading import wait_until
from src.testing.http import Service, served
from tests.cli.conftest import embedded, starter
from tests.sharing import shared_postgresql_settings, shared_settings, shared_sqlite_settings

from .world import World, make_world

__all__ = ["embedded", "shared_postgresql_settings", "shared_settings", "shared_sqlite_settings", "starter"]


@pytest.fixture(scope="session")
async def service(shared_settings: Settings) -> AsyncIterator[Service]:
    """The running application, which projects by itself."""
    async with served(shared_settings) as service:
        yield service


@pytest.fixture
async def world(service: Service) -> World:
    """People of every role and a project of the test's own."""
    return await shown(await make_world(service))


@pytest.fixture(scope="session")
async def still(service: Service) -> World:
    """The same for all tests that change nothing in it."""
    return await shown(await make_world(service))


async def shown(world: World) -> World:
    """The world, once every read model shows it."""
    app = world.service.app
    await wait_until(app.log, app.readers, PROJECTIONS, world.owner.seen, 10)
    return world
