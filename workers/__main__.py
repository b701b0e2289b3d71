"""`python -m workers PROCESSES`: Dramatiq's own command line with our settings.

Dramatiq's master ends all workers when one dies, so something outside has to start it again: docs/operating.md.
"""

import os
import sys

import structlog
from pydantic import ValidationError
from redis import RedisError

from src.config import Settings, SettingsError
from src.logging import configure

_SETTINGS = {
    # Dramatiq does not wait at Redis, it asks: when idle, after half of this to this many milliseconds. Measured, as
    # median wake-up and CPU of an idle process: 20: 10 ms, 5 %; 40: 16 ms, 4 %; 50: 22 ms, 3 %; 100: 37 ms, 2 %;
    # 1000, the default: 122 ms, half a second at worst, 1 %: of which the sweep is most.
    "dramatiq_worker_timeout": "40",
}
_THREADS = "1"
"""Wake-ups follow one another: a second at once would wait for its turn."""

_STOP_MILLISECONDS = "14000"
"""For the batch under way; what comes after takes moments, and stopping.py has the last word."""

_BOOT_MILLISECONDS = "3000"
"""How long the master listens to no signal, if a process was told to stop before it could say that it has started:
Dramatiq's own half minute is longer than supervisors wait. It waits for its forks' sake, and we have none."""

_logger = structlog.get_logger(__name__)


def main(processes: str = "1") -> None:
    """Does not return before the workers have ended."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)  # Dramatiq reads them when it is imported
    try:
        settings = Settings()
        configure(settings)
        _check_redis(settings)
    except ValidationError as error:
        sys.exit("; ".join(f"PROJECTORY_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()))
    except SettingsError as error:
        sys.exit(str(error))
    from dramatiq import cli  # noqa: PLC0415 - the same

    sys.argv[:] = [sys.executable, "-m", "workers", processes]  # what Dramatiq starts anew on SIGHUP
    arguments = ["workers.actors", "--processes", processes, "--threads", _THREADS]
    arguments += ["--worker-shutdown-timeout", _STOP_MILLISECONDS, "--worker-fork-timeout", _BOOT_MILLISECONDS]
    sys.exit(cli.main(cli.make_argument_parser().parse_args(arguments)))


def _check_redis(settings: Settings) -> None:
    """Once the workers run they go on without Redis; but one that was never there is a mistake in the settings."""
    from .broker import connect  # noqa: PLC0415 - after Dramatiq's settings

    client = connect(settings)
    try:
        client.ping()
    except (RedisError, OSError) as error:
        _logger.critical("Redis cannot be used: start it, or correct PROJECTORY_REDIS_URL", error=str(error))
        sys.exit(1)
    finally:
        client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
