"""What every test may ask for. Servers start with the first test that needs them, so pure tests start none."""

from collections.abc import Iterator

import pytest

from tests.servers import PostgreSQL, Redis

_SERVERS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config) -> Iterator[PostgreSQL]:
    """A PostgreSQL for the session; tests that kill one start their own."""
    with PostgreSQL() as server:
        pytestconfig.stash.setdefault(_SERVERS, []).append(f"PostgreSQL {server.version} from {server.origin}")
        yield server


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> Iterator[Redis]:
    """A Redis for the session; tests that stop one start their own."""
    with Redis() as server:
        pytestconfig.stash.setdefault(_SERVERS, []).append(f"Redis {server.version} from {server.origin}")
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which servers the result stands for."""
    for server in config.stash.get(_SERVERS, []):
        terminalreporter.line(f"Tested on {server}")
