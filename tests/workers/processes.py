"""Worker processes as they are in production, for tests that start, kill and wait for them."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from src.config import Settings
from src.projections.schedules import SCHEDULES
from src.queries.reading import wait_until
from src.wiring import App

PATIENCE_SECONDS = 30
READY = "worker ready"


class Workers:
    """Dramatiq's master with its processes, in a process group of their own."""

    def __init__(
        self, settings: Settings, log: Path, processes: int = 1, module: str = "workers", **environment: str
    ) -> None:
        assert settings.redis_url is not None
        assert settings.master_key is not None
        self._environment = {
            **os.environ,
            "PROJECTORY_DATABASE_URL": settings.database_url,
            "PROJECTORY_REDIS_URL": settings.redis_url.get_secret_value(),
            "PROJECTORY_MASTER_KEY": settings.master_key.get_secret_value(),
            **environment,
        }
        self._log = log
        self._processes = processes
        self._module = module
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    @property
    def log(self) -> str:
        """All that the processes have written."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def master(self) -> int:
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Starts a master; one that was there before has ended."""
        if self._running is not None:
            self.wait()
        command = [sys.executable, "-m", self._module, str(self._processes)]
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(command, env=self._environment, stderr=log, stdout=log, process_group=0)

    async def ready(self, starts: int = 1) -> None:
        """Waits until every process takes messages; of those that were started first, or so many starts later."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.log.count(READY) < self._processes * starts:
                await asyncio.sleep(0.02)

    def ended(self) -> bool:
        """Whether the master has ended, so that a supervisor would start it anew."""
        return self._running is None or self._running.poll() is not None

    def children(self) -> list[int]:
        """The worker processes that run now."""
        return [pid for pid in self.remaining() if pid != self.master]

    def remaining(self) -> list[int]:
        """All processes of the group that run, the master's orphans among them."""
        return [pid for pid, group, state in _processes() if group == self.master and state not in "ZX"]

    def signal(self, *signals: signal.Signals, group: bool = False) -> None:
        """To the master, as a supervisor sends them; or to the whole group at once."""
        for number in signals:
            (os.killpg if group else os.kill)(self.master, number)

    def kill_child(self, dice: random.Random) -> None:
        """SIGKILL to one of the worker processes, if any runs."""
        if children := self.children():
            os.kill(dice.choice(children), signal.SIGKILL)

    def kill(self) -> None:
        """SIGKILL to the master and all its processes at once."""
        if self._running is not None:
            if self.remaining():
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._running = None

    def stop(self) -> int:
        """SIGTERM to the master, as a supervisor sends it; the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Waits for the master to end; the exit status."""
        assert self._running is not None
        return self._running.wait(PATIENCE_SECONDS)

    def gone(self) -> float:
        """Waits until no process of the group is left; how many seconds that took."""
        began = time.monotonic()
        while self.remaining():
            assert time.monotonic() < began + PATIENCE_SECONDS, self.log
            if self._running is not None:
                self._running.poll()
            time.sleep(0.1)
        return time.monotonic() - began


class Crew:
    """Several masters under a supervisor that starts anew whichever ends, as Docker and systemd do."""

    def __init__(self, settings: Settings, folder: Path, masters: int = 2, processes: int = 1, **rest: str) -> None:
        self.masters = [Workers(settings, folder / f"workers-{n}.log", processes, **rest) for n in range(masters)]
        self.restarts = 0
        self._supervision: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        for master in self.masters:
            master.start()
        for master in self.masters:
            await master.ready()
        self._supervision = asyncio.create_task(self._supervise())
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.unsupervised()
        for master in self.masters:
            master.kill()

    def kill_child(self, dice: random.Random) -> None:
        """SIGKILL to some worker process."""
        dice.choice(self.masters).kill_child(dice)

    async def stop(self) -> list[int]:
        """SIGTERM to all masters at once; their exit statuses."""
        await self.unsupervised()
        for master in self.masters:
            if not master.ended():
                master.signal(signal.SIGTERM)
        return [await asyncio.to_thread(master.wait) for master in self.masters]

    async def unsupervised(self) -> None:
        """From now on nothing is started anew."""
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait([self._supervision])

    async def _supervise(self) -> None:
        while True:
            for master in self.masters:
                if master.ended():
                    self.restarts += 1
                    master.start()
            await asyncio.sleep(0.1)


async def level(app: App, **least: Any) -> None:
    """Waits until every projection has come to the end of the log, and is computed; or to the given position."""
    wanted = least.get("position") or await app.log.head()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(progress.position < wanted for progress in await app.runner.progress()):
            await asyncio.sleep(0.02)
    if "position" not in least:
        await wait_until(app.log, app.readers, [SCHEDULES], wanted, PATIENCE_SECONDS)


def _processes() -> Iterator[tuple[int, int, str]]:
    """Id, group and state of every process: from the kernel's files, or from `ps` where there are none."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
        for pid, group, state in map(str.split, listed.stdout.splitlines()):
            yield int(pid), int(group), state[0]
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, group, *_ = status.read_text().rpartition(")")[2].split()
            yield int(status.parent.name), int(group), state
