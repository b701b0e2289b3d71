"""Reactors of a test's own jobs."""

from collections.abc import Callable

import pytest

from src.reactions import Reactor
from src.reactions.reaction import Job
from src.wiring import App

NewReactor = Callable[..., Reactor]


@pytest.fixture
def reactor(app: App) -> NewReactor:
    """Makes a reactor of the given jobs on the test's database, as another process would."""

    def new(*jobs: Job, lease_seconds: float = 10.0) -> Reactor:
        return Reactor(app.log, app.commands, app.reactor._checkpoints._engine, jobs, lease_seconds)

    return new
