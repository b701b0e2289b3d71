"""The command that takes over the history of a team that comes from Jira."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..importing.jira import JiraFile, read_jira
from ..importing.jira.comparison import Comparison
from ..importing.jira.people import people_of
from ..importing.jira.taking import JiraReport, import_jira
from ..wiring import App
from .plans import AsUser, Json
from .session import Terminal, acting, context, fresh, progress_bar, run
from .transfer import show_left_out


def import_history(
    context_: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Issues with their changelogs, as Jira exports them; gzip or not"),
    ],
    final: Annotated[Path | None, typer.Option(help="What the issues are in the end, if FILE does not say")] = None,
    project: Annotated[
        str | None, typer.Option(help="Into this one, by id or name; else one of the file's own")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="The zone of the dates, for a new project")] = "UTC",
    people: Annotated[Path | None, typer.Option(help="CSV: a name in Jira, a user name or e-mail address here")] = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Import issues of Jira with all their changes, each at its own time and with who made it.

    The same file again changes nothing, a later export adds what is new, and what was interrupted goes on. In the end
    it tells how much of what the file says of the end is exactly so here.
    """
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> JiraReport:
        named = people_of(people) if people is not None else None
        file = _read(files, final, terminal)
        actor = await acting(app, terminal, as_user)
        with progress_bar(terminal) as shown:
            tracked = shown.add_task("Changes", total=None)
            report = await import_jira(
                file,
                app.commands,
                app.log,
                context(actor, f"import of {file.name}"),
                project=_wanted(project),
                time_zone=time_zone,
                people=named,
                progress=lambda done, of: shown.update(tracked, completed=done, total=of),
            )
        await fresh(app)
        return report

    report = run(terminal, work)
    terminal.tell(_facts(report), lambda out: _show(report, out))


def _wanted(project: str | None) -> UUID | str | None:
    try:
        return UUID(project or "")
    except ValueError:
        return project


def _read(files: list[Path], final: Path | None, terminal: Terminal) -> JiraFile:
    total = sum(file.stat().st_size for file in files if file.is_file())
    with progress_bar(terminal) as shown:
        tracked = shown.add_task(f"Reading {escape(files[0].name)}", total=total)
        return read_jira(
            files, datetime.now(UTC), final=final, progress=lambda done: shown.update(tracked, completed=done)
        )


def _facts(report: JiraReport) -> dict[str, Any]:
    return {
        "project": report.project,
        "name": report.name,
        "issues": report.issues,
        "changes": report.changes,
        "people": {"known": report.matched, "recorded": report.recorded},
        "done": report.done,
        "settled": report.settled,
        "left_out": [{"kind": kind.kind, "count": kind.count, "why": kind.why} for kind in report.left_out],
        "position": report.position,
        "comparison": _compared(report.comparison),
        "differences": [
            {"issue": each.issue, "field": each.field} for each in (report.comparison or _NOTHING).differences
        ],
    }


_NOTHING = Comparison({}, ())


def _compared(comparison: Comparison | None) -> dict[str, dict[str, int]] | None:
    if comparison is None:
        return None
    return {field: {"exact": found.exact, "of": found.of} for field, found in comparison.fields.items()}


def _show(report: JiraReport, out: Console) -> None:
    done = ", ".join(f"{count} {name}" for name, count in report.done.items()) or "nothing new: it is so already"
    out.print(f"[bold]{escape(report.name)}[/]")
    out.print(f"{report.issues} issues with {report.changes} changes in the file; {done}")
    out.print(f"{report.matched} persons had an account, {report.recorded} got one that nobody can use yet")
    if report.settled:
        told = ", ".join(f"{count} {escape(field)}" for field, count in report.settled.items())
        out.print(f"Called otherwise in the end than the changes say, and set so: {told}")
    show_left_out(report.left_out, out)
    if report.comparison is None:
        out.print("The file does not say what the issues are in the end: give --final to compare.")
    else:
        out.print("Fields that are exactly those in the file:")
        table = Table.grid(padding=(0, 1))
        for field, found in report.comparison.fields.items():
            table.add_row(f"  {escape(field)}", f"{found.exact} of {found.of}")
        out.print(table)
    out.print(f"See it: projectory show {report.project}", highlight=False, soft_wrap=True)
