"""How long and how often is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    rounds: int
    warm_up: float
    seconds: float
    projects: int


FULL = Effort(rounds=3, warm_up=1.0, seconds=4.0, projects=100)
QUICK = Effort(rounds=1, warm_up=0.1, seconds=0.15, projects=1)
"""Shows that everything runs and checks out; its figures mean nothing."""
