"""Writers in processes of their own, started once and given jobs by many tests."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from src.config import Settings

_ROOT = Path(__file__).parent.parent.parent
_PATIENCE = 60
_LONGEST_ANSWER = 1 << 24

Job = Mapping[str, Any]


class Crew:
    """Processes of `tests.events.writer`."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes

    async def do(self, settings: Settings, jobs: Sequence[Job]) -> list[Any]:
        """Gives one job to each of as many processes, all at once; their answers, in the same order."""
        return list(await asyncio.gather(*map(self._ask, self._processes, [settings] * len(jobs), jobs)))

    def send(self, how: signal.Signals) -> None:
        """Sends the signal to all of them."""
        for process in self._processes:
            process.send_signal(how)

    async def _ask(self, process: Process, settings: Settings, job: Job) -> Any:
        assert process.stdin
        assert process.stdout
        key = settings.master_key and settings.master_key.get_secret_value()
        process.stdin.write(orjson.dumps({"database_url": settings.database_url, "master_key": key, **job}) + b"\n")
        line = await asyncio.wait_for(process.stdout.readline(), _PATIENCE)
        assert line, "the process ended; its error output tells why"
        return orjson.loads(line)


@asynccontextmanager
async def hire(count: int) -> AsyncIterator[Crew]:
    """So many processes, which end with the block."""
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.events.writer"), stdin=PIPE, stdout=PIPE, cwd=_ROOT, limit=_LONGEST_ANSWER
        )
        for _ in range(count)
    ]
    try:
        yield Crew(processes)
    finally:
        for process in processes:
            await process.communicate(b"")
