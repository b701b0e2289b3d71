"""Somebody who moves from Jira."""

import pytest

from src.wiring import App

from .taken import Mover
from .taken import mover as new_mover


@pytest.fixture
async def mover(shared: App) -> Mover:
    """An administrator."""
    return await new_mover(shared)
