"""The shared database for the tests of exports."""

import pytest

from src.wiring import App
from tests.importing.planning import Importer, importer
from tests.sharing import shared, shared_postgresql_settings, shared_settings, shared_sqlite_settings

__all__ = ["shared", "shared_postgresql_settings", "shared_settings", "shared_sqlite_settings"]


@pytest.fixture
async def ann(shared: App) -> Importer:
    """Somebody who imports and exports."""
    return await importer(shared)
