"""The shared database for the tests of imports."""

import pytest

from src.wiring import App
from tests.sharing import shared, shared_postgresql_settings, shared_settings, shared_sqlite_settings

from .planning import Importer, importer

__all__ = ["shared", "shared_postgresql_settings", "shared_settings", "shared_sqlite_settings"]


@pytest.fixture
async def ann(shared: App) -> Importer:
    """Somebody who imports."""
    return await importer(shared)
