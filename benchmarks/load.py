"""Clients that each give their next command as soon as the last one is answered, and what they measured."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter


@dataclass(frozen=True)
class Load:
    """How many clients, for how long. What begins in the warm-up is done and checked, but not measured."""

    clients: int
    warm_up: float
    seconds: float


@dataclass(frozen=True)
class Figures:
    """Throughput over all clients, and how long one command took from call to answer."""

    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Sample:
    """What one run did: `done` counts every command, `figures` those after the warm-up."""

    done: int
    figures: Figures


class _Clock:
    """Collects what the clients measured. One for all of them: list.append is atomic."""

    def __init__(self, load: Load) -> None:
        self.measured_from = perf_counter() + load.warm_up
        self.ends = self.measured_from + load.seconds
        self._taken: list[float] = []
        self._done: list[int] = []

    def took(self, began: float, ended: float) -> None:
        if began >= self.measured_from:
            self._taken.append(ended - began)

    def left(self, done: int) -> None:
        self._done.append(done)

    def sample(self) -> Sample:
        elapsed = perf_counter() - self.measured_from
        cuts = quantiles(self._taken, n=100, method="inclusive")
        return Sample(sum(self._done), Figures(len(self._taken) / elapsed, cuts[49] * 1_000, cuts[98] * 1_000))


async def drive(clients: Sequence[Callable[[], Awaitable[None]]], load: Load) -> Sample:
    """Each client is a coroutine function that gives one command; each runs as a task of this loop."""
    clock = _Clock(load)

    async def work(give: Callable[[], Awaitable[None]]) -> None:
        done, began = 0, perf_counter()
        while began < clock.ends:
            await give()
            ended = perf_counter()
            clock.took(began, ended)
            done, began = done + 1, ended
        clock.left(done)

    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(work(client))
    return clock.sample()


def drive_threads(clients: Sequence[Callable[[], None]], load: Load) -> Sample:
    """The same for clients that block: each runs in a thread."""
    clock = _Clock(load)

    def work(give: Callable[[], None]) -> None:
        done, began = 0, perf_counter()
        while began < clock.ends:
            give()
            ended = perf_counter()
            clock.took(began, ended)
            done, began = done + 1, ended
        clock.left(done)

    with ThreadPoolExecutor(len(clients)) as pool:
        for running in [pool.submit(work, client) for client in clients]:
            running.result()
    return clock.sample()
