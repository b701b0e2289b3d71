"""The shared database and the shared processes for the tests of events."""

from collections.abc import AsyncIterator

import pytest

from src.events import EventLog
from src.wiring import App
from tests.events.crew import PROCESSES, Crew, hire
from tests.sharing import shared, shared_postgresql_settings, shared_settings, shared_sqlite_settings

__all__ = ["crew", "shared", "shared_postgresql_settings", "shared_settings", "shared_sqlite_settings"]


@pytest.fixture(scope="session")
async def crew() -> AsyncIterator[Crew]:
    """Four processes, on whichever database a test says."""
    async with hire(PROCESSES) as crew:
        yield crew


@pytest.fixture
def log(shared: App) -> EventLog:
    """The log of the shared database. Tests share it, so they use streams of their own and count from its head."""
    return shared.log
