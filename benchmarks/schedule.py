"""How long a plan takes to schedule, on one core, and how much memory; each size in a process of its own."""

import json
import subprocess
import sys
import time
import tracemalloc
from dataclasses import dataclass

from rich.progress import Progress

from src.scheduling import schedule

from .effort import Effort
from .plans import plan_of

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Scheduled:
    """`seconds` of one core, the least of the rounds; `megabytes` at most, beyond what the plan itself takes."""

    seconds: float
    megabytes: float


Schedules = dict[int, Scheduled]
"""By the number of tasks."""


def measure(effort: Effort, progress: Progress) -> Schedules:
    sizes, rounds = effort.plans, effort.schedule_rounds
    task = progress.add_task("Schedules", total=len(sizes))
    found = {}
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.schedule", str(size), str(rounds)]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
        found[size] = Scheduled(**json.loads(said.stdout))
        progress.advance(task)
    return found


def _measured(size: int, rounds: int) -> Scheduled:
    plan = plan_of(size)
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        schedule(plan)
        taken.append(time.process_time() - begin)
    tracemalloc.start()  # after the rounds: it takes its time
    schedule(plan)
    return Scheduled(min(taken), tracemalloc.get_traced_memory()[1] / _MEGABYTE)


if __name__ == "__main__":
    print(json.dumps(vars(_measured(int(sys.argv[1]), int(sys.argv[2])))))
