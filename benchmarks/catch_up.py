"""One read model of tasks catches up with one history, in turn with either runner, from a fresh copy each time."""

from collections.abc import Awaitable, Callable
from statistics import median

from rich.progress import Progress

from tests.servers import PostgreSQL

from . import catch_up_ours, catch_up_peer, history
from .databases import ask, check, fresh_database
from .effort import Effort

_Contestant = Callable[[str, list[history.Task]], Awaitable[float]]

CatchUps = dict[str, float]
"""Events a second, by contestant."""


async def compete(server: PostgreSQL, migrated: str, effort: Effort, progress: Progress) -> CatchUps:
    """The medians of all rounds. Events count where both follow them: those on tasks and their places."""
    events = effort.projects * history.EVENTS_A_PROJECT
    task = progress.add_task("Catch-up", total=1 + effort.catch_up_rounds * 2)
    async with fresh_database(server, migrated) as ours, fresh_database(server) as theirs:
        expected = await history.write(ours, effort.projects)
        check("events copied", await catch_up_peer.copy_history(theirs, ours), events)
        contestants: dict[str, tuple[str, _Contestant]] = {
            "ours": (ours, catch_up_ours.run),
            "eventsourcing": (theirs, catch_up_peer.run),
        }
        await ask(ours, "VACUUM ANALYZE")
        await ask(theirs, "VACUUM ANALYZE")
        progress.advance(task)
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(effort.catch_up_rounds):
            for name, (template, run) in contestants.items():
                async with fresh_database(server, template.rpartition("/")[2]) as url:
                    seconds[name].append(await run(url, expected))
                progress.advance(task)
    return {name: events / median(taken) for name, taken in seconds.items()}
