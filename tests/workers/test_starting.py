"""Workers start, or say in a line why not; each process has connections of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from src.config import Settings
from src.wiring import App
from tests.acting import register
from tests.conftest import settings_for
from tests.servers import PostgreSQL, Redis
from tests.workers.processes import Workers, level

ROOT = Path(__file__).parents[2]
REFUSED = "postgresql://nobody:secret@127.0.0.1:1/projectory"


def _fails(settings: Settings, log: Path, **environment: str) -> list[str]:
    """The lines of workers that must not start."""
    with Workers(settings, log, processes=1, **environment) as workers:
        assert workers.wait() not in {0, None}
        assert workers.remaining() == []
        assert "Traceback" not in workers.log
        assert "secret" not in workers.log
        return workers.log.splitlines()


def test_without_redis_they_do_not_start(with_redis: Settings, redis: Redis, tmp_path: Path) -> None:
    """Redis that is not there is a mistake in the settings, and told in one line."""
    redis.stop()
    (line,) = _fails(with_redis, tmp_path / "log")
    assert "start it, or correct PROJECTORY_REDIS_URL" in line


def test_without_a_database_they_do_not_start(with_redis: Settings, tmp_path: Path) -> None:
    """A database that cannot be reached ends the workers, and one line says so."""
    line, *rest = _fails(with_redis, tmp_path / "log", PROJECTORY_DATABASE_URL=REFUSED)
    assert "127.0.0.1:1/projectory cannot be used" in line
    assert len(rest) <= 1  # Dramatiq's master: a worker exited unexpectedly


async def test_without_migrations_they_do_not_start(
    postgresql_server: PostgreSQL, with_redis: Settings, tmp_path: Path
) -> None:
    """An empty database is not theirs to migrate; what to run is told."""
    await postgresql_server.create_database("bare")
    bare = settings_for(postgresql_server, "bare").database_url
    line, *rest = _fails(with_redis, tmp_path / "log", PROJECTORY_DATABASE_URL=bare)
    await postgresql_server.drop_database("bare")
    assert "run 'projectory migrate'" in line
    assert len(rest) <= 1


@pytest.mark.parametrize(
    "name, value",
    [("PROJECTORY_REDIS_URL", "http://x"), ("PROJECTORY_REDIS_URL", ""), ("PROJECTORY_LOG_LEVEL", "LOUD")],
)
def test_settings_that_make_no_sense_are_named(with_redis: Settings, tmp_path: Path, name: str, value: str) -> None:
    """One line names the setting."""
    (line,) = _fails(with_redis, tmp_path / "log", **{name: value})
    assert name in line


async def test_the_command_line_says_so_too(with_redis: Settings, redis: Redis, tmp_path: Path) -> None:
    """`projectory worker` ends with the same words."""
    assert with_redis.master_key is not None
    redis.stop()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PROJECTORY_DATABASE_URL": with_redis.database_url,
        "PROJECTORY_REDIS_URL": redis.url,
        "PROJECTORY_MASTER_KEY": with_redis.master_key.get_secret_value(),
    }
    command = [sys.executable, str(ROOT / "bin" / "projectory"), "worker"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)  # noqa: ASYNC221
    assert done.returncode == 1
    assert "correct PROJECTORY_REDIS_URL" in done.stderr
    assert len(done.stderr.splitlines()) == 1


async def test_a_start_is_quiet(waking: App, workers: Workers) -> None:
    """A line a process, and nothing from the libraries."""
    await register(waking.commands)
    await level(waking)
    assert workers.log.count("worker ready") == len(workers.log.splitlines()) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the sockets of other processes")
async def test_processes_share_no_connection(waking: App, workers: Workers) -> None:
    """Each process has sockets of its own, made after the fork."""
    ann = await register(waking.commands)
    await ann.project()
    await level(waking)
    time.sleep(2.5)  # noqa: ASYNC251 - a sweep in each
    first, second = (_sockets(child) for child in workers.children())
    assert len(first) > 2
    assert len(second) > 2
    assert not first & second


def _sockets(pid: int) -> set[str]:
    names = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    return {name for name in names if name.startswith("socket:")}


def with_password(settings: Settings) -> Settings:
    """The same with a password that nobody may read."""
    assert settings.redis_url is not None
    url = settings.redis_url.get_secret_value().replace("redis://", "redis://user:secret@")
    return settings.model_copy(update={"redis_url": SecretStr(url)})


def test_a_refused_password_is_not_shown(with_redis: Settings, tmp_path: Path) -> None:
    """Redis that knows no such user is told of without the password."""
    (line,) = _fails(with_password(with_redis), tmp_path / "log")
    assert "PROJECTORY_REDIS_URL" in line
