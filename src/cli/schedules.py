"""The schedule of a project on the command line."""

from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..queries.reading import MAX_PAGE, ReadSession, reading
from ..queries.schedule import ScheduledTaskView, ScheduleView, get_schedule, list_scheduled_tasks
from ..wiring import App
from .past import AsOf, reading_plan
from .plans import AsUser, Json, date_words, find_project, reads_all
from .session import Terminal, acting, fresh, run

_DAY = 8 * 60 * 10


def schedule(
    context_: typer.Context,
    project: Annotated[str, typer.Argument(help="The id or the name of a project")],
    critical: Annotated[bool, typer.Option("--critical", help="Only what is critical")] = False,
    as_of: AsOf = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Show when the tasks of a plan are, and how far each can move."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> tuple[str, ScheduleView, list[ScheduledTaskView]]:
        actor = await acting(app, terminal, as_user)
        await fresh(app)
        async with reading(app.readers) as read:
            everything = await reads_all(app, actor)
            found = await find_project(read, actor, project, terminal, everything=everything)
        async with reading_plan(app, found.id, as_of, terminal) as read:
            return found.name, await get_schedule(read, found.id), await _all(read, found.id, critical or None)

    name, whole, tasks = run(terminal, work)
    facts = {"schedule": whole.model_dump(mode="json"), "tasks": [task.model_dump(mode="json") for task in tasks]}
    terminal.tell(facts, lambda out: _show(name, whole, tasks, out))


async def _all(read: ReadSession, project: UUID, critical: bool | None) -> list[ScheduledTaskView]:
    cut = await list_scheduled_tasks(read, project, critical=critical, limit=MAX_PAGE)
    found = list(cut.items)
    while cut.next:
        cut = await list_scheduled_tasks(read, project, critical=critical, after=cut.next, limit=MAX_PAGE)
        found += cut.items
    return found


def _show(name: str, whole: ScheduleView, tasks: list[ScheduledTaskView], out: Console) -> None:
    out.print(f"[bold]{escape(name)}[/]")
    if whole.code is not None:
        out.print(f"There is no schedule: {escape(whole.message or whole.code)} ({whole.code})", soft_wrap=True)
        return
    told = f"{whole.tasks} tasks, {whole.critical} critical, {date_words(whole.start)} to {date_words(whole.finish)}"
    out.print(told, highlight=False, soft_wrap=True)
    for warning in whole.warnings:
        out.print(f"[yellow]{escape(warning.message)}[/]", highlight=False, soft_wrap=True)
    if not tasks:
        return
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading in ("WBS", "Start", "Finish"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Slack", justify="right", no_wrap=True)
    table.add_column("Critical", no_wrap=True)
    table.add_column("Task", overflow="fold")
    for task in tasks:
        critical = "yes" if task.critical else ""
        dates = date_words(task.start), date_words(task.finish)
        table.add_row(task.wbs, *dates, f"{task.total_slack / _DAY:.1f}d", critical, escape(task.name))
    out.print(table)
