"""How much a drill takes on: a little in every run of the tests, and the real thing with DRILL=full (`make drills`)."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """What the drills are made of."""

    projects: int
    events: int
    """In all; some more by chance."""
    writers: int = 4
    kills: int = 30
    flushes: int = 5
    restarts: int = 2
    processes: tuple[int, ...] = (1, 2, 4)
    patience: float = 1_800
    rate: int = 200
    """Commands a second."""
    seconds: int = 30
    latency_masters: int = 1


FULL = Size(projects=500, events=200_000)
SHORT = Size(
    projects=30,
    events=3_000,
    kills=4,
    flushes=1,
    restarts=1,
    processes=(1, 2),
    patience=90,
    rate=50,
    seconds=3,
)
SIZE = FULL if os.environ.get("DRILL") == "full" else SHORT
SEED = int(os.environ.get("DRILL_SEED", "1"))


def told(line: str) -> None:
    """A line of the drill's report, also while the output is captured."""
    with open(os.environ.get("DRILL_REPORT", os.devnull), "a", encoding="utf-8") as report:  # noqa: PTH123 - a device
        report.write(f"{line}\n")
