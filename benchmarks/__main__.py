"""Runs the benchmarks: `python -m benchmarks`, or with `--quick` to see that they run."""

import argparse
import json
import logging
import sys
from pathlib import Path

import structlog
import uvloop
from rich.console import Console
from rich.progress import Progress

from src import migrate
from tests.servers import PostgreSQL

from . import append, catch_up, report, schedule
from .databases import settings_of
from .effort import FULL, QUICK, Effort
from .machine import describe
from .targets import judge

_RESULTS = Path(__file__).with_name("results.json")
_MIGRATED = "migrated"


async def _measure(server: PostgreSQL, effort: Effort, progress: Progress) -> tuple[append.Appends, catch_up.CatchUps]:
    await migrate.upgrade(settings_of(await server.create_database(_MIGRATED)))
    appends = await append.compete(server, _MIGRATED, effort, progress)
    return appends, await catch_up.compete(server, _MIGRATED, effort, progress)


def main() -> int:
    """0 when all targets are met or none were judged."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="How fast it appends, catches up and schedules")
    parser.add_argument("--quick", action="store_true", help="short, judges nothing and keeps nothing")
    quick: bool = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console()
    with PostgreSQL(fsync=True) as server:
        machine = describe(server)
        with Progress(console=console, transient=True) as progress:
            effort = QUICK if quick else FULL
            schedules = schedule.measure(effort, progress)
            appends, catch_ups = uvloop.run(_measure(server, effort, progress))
    report.show(console, appends, catch_ups, schedules)
    if quick:
        return 0
    targets = judge(appends, catch_ups, schedules)
    report.show_targets(console, targets)
    _RESULTS.write_text(json.dumps(report.as_json(appends, catch_ups, schedules, machine), indent=2) + "\n")
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
