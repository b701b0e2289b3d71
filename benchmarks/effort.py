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


FULL = Effort(append_rounds=5, warm_up=0.7, seconds=2.5, catch_up_rounds=3, projects=100)
QUICK = Effort(append_rounds=1, warm_up=0.1, seconds=0.15, catch_up_rounds=1, projects=1)
"""Shows that everything runs and checks out; its figures mean nothing."""
