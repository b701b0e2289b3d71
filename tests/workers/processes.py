"""Worker processes as they are in production, for tests that start, kill and wait for them."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from src.config import Settings
from src.wiring import App

PATIENCE_SECONDS = 30


class Workers:
    """Dramatiq's master with its processes, all of which end together."""

    def __init__(self, settings: Settings, log: Path, processes: int = 1) -> None:
        assert settings.redis_url is not None
        assert settings.master_key is not None
        self._environment = {
            **os.environ,
            "PROJECTORY_DATABASE_URL": settings.database_url,
            "PROJECTORY_REDIS_URL": settings.redis_url.get_secret_value(),
            "PROJECTORY_MASTER_KEY": settings.master_key.get_secret_value(),
        }
        self._log = log
        self._processes = processes
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def start(self) -> None:
        command = [sys.executable, "-m", "workers", str(self._processes), "4"]
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(command, env=self._environment, stderr=log, stdout=log, process_group=0)

    def kill(self) -> None:
        """SIGKILL to the master and all its processes at once."""
        if self._running is not None:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._running = None

    def stop(self) -> int:
        """SIGTERM to the master, as a supervisor sends it; the exit status."""
        assert self._running is not None
        self._running.terminate()
        status = self._running.wait(PATIENCE_SECONDS)
        self._running = None
        return status


async def level(app: App, **least: Any) -> None:
    """Waits until every projection has come to the end of the log, or to the given position."""
    wanted = least.get("position") or await app.log.head()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(progress.position < wanted for progress in await app.runner.progress()):
            await asyncio.sleep(0.02)
