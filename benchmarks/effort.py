"""How long and how often is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Many short rounds of appends outvote a disturbance better than a few long ones."""

    append_rounds: int
    warm_up: float
    seconds: float
    catch_up_rounds: int
    projects: int
    plans: tuple[int, ...]
    schedule_rounds: int


FULL = Effort(
    append_rounds=5,
    warm_up=0.7,
    seconds=2.5,
    catch_up_rounds=3,
    projects=100,
    plans=(1_000, 10_000, 100_000),
    schedule_rounds=3,
)
QUICK = Effort(
    append_rounds=1, warm_up=0.1, seconds=0.15, catch_up_rounds=1, projects=1, plans=(100, 1_000), schedule_rounds=1
)
"""Shows that everything runs and checks out; its figures mean nothing."""
