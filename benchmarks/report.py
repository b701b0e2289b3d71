"""The figures for people, as tables, and for programs, as JSON."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from .append import CLIENTS, Appends
from .catch_up import CatchUps
from .schedule import Schedules
from .targets import Target


def show(console: Console, appends: Appends, catch_ups: CatchUps, schedules: Schedules) -> None:
    console.print(_appends(appends), _ratios(appends), _catch_ups(catch_ups), _schedules(schedules))


def show_targets(console: Console, targets: list[Target]) -> None:
    table = Table("Target", "Bound", "Measured", "", title="Targets", title_justify="left")
    for target in targets:
        bound = f"{'≥' if target.at_least else '≤'} {target.bound:g} ×"
        said = "[green]met[/]" if target.met else "[bold red]missed[/]"
        table.add_row(target.claim, bound, f"{target.ratio:.1f} ×", said)
    console.print(table)


def as_json(appends: Appends, catch_ups: CatchUps, schedules: Schedules, machine: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a full run."""
    return {
        "append": {
            name: {
                str(clients): {
                    "per_second": round(figures.per_second),
                    "p50_ms": round(figures.p50_ms, 3),
                    "p99_ms": round(figures.p99_ms, 3),
                }
                for clients, figures in by_clients.items()
            }
            for name, by_clients in appends.items()
        },
        "catch_up": {name: {"per_second": round(per_second)} for name, per_second in catch_ups.items()},
        "schedule": {
            str(tasks): {"seconds": round(found.seconds, 3), "megabytes": round(found.megabytes)}
            for tasks, found in schedules.items()
        },
        "machine": dict(machine),
    }


def _appends(appends: Appends) -> Table:
    table = Table("One event a command", title="Appends", title_justify="left")
    for what in ("clients", "per second", "p50 ms", "p99 ms"):
        table.add_column(what, justify="right")
    for name, by_clients in appends.items():
        for clients, figures in by_clients.items():
            cells = (f"{clients}", f"{figures.per_second:,.0f}", f"{figures.p50_ms:.2f}", f"{figures.p99_ms:.2f}")
            table.add_row(name, *cells, end_section=clients == CLIENTS[-1])
    return table


def _ratios(appends: Appends) -> Table:
    table = Table("Appends a second", title="Ratios", title_justify="left")
    for clients in CLIENTS:
        table.add_column(f"at {clients}", justify="right")
    for ours in ("ours", "ours_commands"):
        for other in ("eventsourcing", "bare"):
            times = [appends[ours][c].per_second / appends[other][c].per_second for c in CLIENTS]
            table.add_row(f"{ours} / {other}", *(f"{t:.2f} ×" for t in times))
    return table


def _catch_ups(catch_ups: CatchUps) -> Table:
    table = Table("Catch-up of one read model", "events/s", title="Catch-up", title_justify="left")
    table.columns[1].justify = "right"
    for name, per_second in catch_ups.items():
        table.add_row(name, f"{per_second:,.0f}")
    table.add_row("ours / eventsourcing", f"{catch_ups['ours'] / catch_ups['eventsourcing']:.2f} ×")
    return table


def _schedules(schedules: Schedules) -> Table:
    table = Table("Tasks, with two links each", title="Schedule of a plan, on one core", title_justify="left")
    table.add_column("seconds", justify="right")
    table.add_column("MB beside the plan", justify="right")
    for tasks, found in schedules.items():
        table.add_row(f"{tasks:,}", f"{found.seconds:.3f}", f"{found.megabytes:,.0f}")
    return table
