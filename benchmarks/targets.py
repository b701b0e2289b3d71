"""What must hold: the project's claims about its speed, as ratios that carry over to other machines."""

from dataclasses import dataclass

from .append import Appends
from .catch_up import CatchUps
from .schedule import Schedules


@dataclass(frozen=True)
class Target:
    """`at_least`, or else at most, `bound` times."""

    claim: str
    ratio: float
    bound: float
    at_least: bool

    @property
    def met(self) -> bool:
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound


def judge(appends: Appends, catch_ups: CatchUps, schedules: Schedules) -> list[Target]:
    ours, peer, bare = appends["ours"], appends["eventsourcing"], appends["bare"]
    many = ours[32].per_second / peer[32].per_second
    one = ours[1].p50_ms / bare[1].p50_ms
    behind = catch_ups["ours"] / catch_ups["eventsourcing"]
    growth = schedules[100_000].seconds / schedules[10_000].seconds
    half_a_second = schedules[10_000].seconds / 0.5
    return [
        Target("appends a second at 32 clients, times those of eventsourcing", many, 6, at_least=True),
        Target("median time of an append at 1 client, times that of a bare INSERT", one, 3, at_least=False),
        Target("events a second in catch-up, times those of eventsourcing", behind, 10, at_least=True),
        Target("time of a schedule of 100,000 tasks, times that of 10,000", growth, 12, at_least=False),
        Target("time of a schedule of 10,000 tasks, times half a second", half_a_second, 1, at_least=False),
    ]
