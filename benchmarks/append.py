"""Appends at several numbers of clients: every contestant in turn, round after round, each in a fresh database."""

from collections.abc import Awaitable, Callable
from statistics import median

from rich.progress import Progress

from tests.servers import PostgreSQL

from . import append_bare, append_commands, append_ours, append_peer
from .databases import fresh_database
from .effort import Effort
from .load import Figures, Load, Sample

_Contestant = Callable[[str, Load], Awaitable[Sample]]

CLIENTS = (1, 8, 32)
_ON_OUR_SCHEMA: dict[str, _Contestant] = {"ours": append_ours.run, "ours_commands": append_commands.run}
_ON_THEIR_OWN: dict[str, _Contestant] = {"eventsourcing": append_peer.run, "bare": append_bare.run}
CONTESTANTS = _ON_OUR_SCHEMA | _ON_THEIR_OWN

Appends = dict[str, dict[int, Figures]]
"""By contestant and number of clients."""


async def compete(server: PostgreSQL, migrated: str, effort: Effort, progress: Progress) -> Appends:
    """The medians of all rounds; every round begins with another contestant."""
    task = progress.add_task("Appends", total=effort.append_rounds * len(CLIENTS) * len(CONTESTANTS))
    samples: dict[tuple[str, int], list[Figures]] = {}
    names = list(CONTESTANTS)
    for _ in range(effort.append_rounds):
        for clients in CLIENTS:
            for name in names:
                template = migrated if name in _ON_OUR_SCHEMA else None
                async with fresh_database(server, template) as url:
                    sample = await CONTESTANTS[name](url, Load(clients, effort.warm_up, effort.seconds))
                samples.setdefault((name, clients), []).append(sample.figures)
                progress.advance(task)
        names = [*names[1:], names[0]]
    return {name: {clients: _median(samples[name, clients]) for clients in CLIENTS} for name in CONTESTANTS}


def _median(figures: list[Figures]) -> Figures:
    return Figures(
        median(f.per_second for f in figures), median(f.p50_ms for f in figures), median(f.p99_ms for f in figures)
    )
