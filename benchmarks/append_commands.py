"""Whole commands through our command loop: authorise, load, decide, encode, append with all versions checked.

Each client is a user who changes the tasks of a project of their own, all from one process. States come from
the cache, as in a service that has been up for a minute; four streams are read and checked by every command.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from src.commands.loop import CommandLoop
from src.commands.task import UpdateTask
from tests.acting import register

from .databases import ask, check, check_log, opened
from .load import Load, Sample, drive
from .payload import DATA

_TASKS = 20


async def run(url: str, load: Load) -> Sample:
    """On a migrated database; checked. No projections run beside it."""
    async with opened(url) as app:
        clients = await asyncio.gather(*(_client(app.commands, number) for number in range(load.clients)))
        before = await app.log.head()
        sample = await drive(clients, load)
    await check_log(url, "events", "stream", "version", "position", before + sample.done)
    updates = await ask(url, "SELECT count(*) FROM events WHERE type = 'TaskUpdated'")
    check("tasks updated", updates, sample.done)
    return sample


async def _client(commands: CommandLoop, number: int) -> Callable[[], Awaitable[None]]:
    user = await register(commands, f"user-{number}")
    project = await user.project()
    tasks = [await user.task(project, f"Dig {n}") for n in range(_TASKS)]
    numbers = count(1)

    async def give() -> None:
        number = next(numbers)
        notes = f"{number}: {DATA[:170]}"
        await user.do(UpdateTask(project=project, task=tasks[number % _TASKS], name=f"Dig {number}", notes=notes))

    return give
