"""Commands that take plans in and out: import, export."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..commands.authorise import Rights
from ..commands.command import Context
from ..commands.permissions import Permission
from ..exporting.mspdi import mspdi
from ..exporting.plan_rows import ExportedPlan, computed, exported_plan
from ..importing import LeftOut, PlanFile, read_mspdi
from ..importing.comparison import Comparison, compare
from ..importing.known import known_identities
from ..importing.plan_import import ImportReport, import_plan
from ..queries.reading import reading
from ..whole_file import ORDINARY, whole_file
from ..wiring import App
from .codes import CliCode
from .past import AsOf, reading_plan
from .plans import AsUser, Json, find_project, reads_all
from .session import Terminal, acting, context, fresh, progress_bar, run


def import_file(
    context_: typer.Context,
    file: Annotated[Path, typer.Argument(help="A Microsoft Project XML file (MSPDI)")],
    project: Annotated[UUID | None, typer.Option(help="Into this project; else into the one of this file")] = None,
    time_zone: Annotated[str, typer.Option(help="The zone of the dates in the file, for a new project")] = "UTC",
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Import a plan; an edited file imports its differences, an unchanged one nothing.

    In the end it tells how many of the dates that the file's own program computed are exactly those computed here.
    """
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> tuple[ImportReport, Comparison | None]:
        plan = _read(file, terminal)
        actor = await acting(app, terminal, as_user)
        with progress_bar(terminal) as bar:
            tracked = bar.add_task("Tasks and links", total=len(plan.tasks) + len(plan.links))
            report = await import_plan(
                plan,
                app.commands,
                context(actor, f"import of {file.name}"),
                project=project,
                time_zone=time_zone,
                progress=lambda done: bar.update(tracked, completed=done),
            )
        await fresh(app)
        return report, await _compared(plan, report.project, app, context(actor))

    report, comparison = run(terminal, work)
    facts = {
        "project": report.project,
        "name": report.name,
        "tasks": report.tasks,
        "links": report.links,
        "done": report.done,
        "left_out": [{"kind": kind.kind, "count": kind.count, "why": kind.why} for kind in report.left_out],
        "unassigned": report.unassigned,
        "position": report.position,
        "comparison": _facts_of(comparison),
    }
    terminal.tell(facts, lambda out: _show_report(report, comparison, out))


def export_file(
    context_: typer.Context,
    project: Annotated[str, typer.Argument(help="The id or the name of a project")],
    file: Annotated[Path, typer.Argument(help="Where to write; what is there is replaced")],
    as_of: AsOf = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Export a plan with its schedule as a Microsoft Project XML file (MSPDI)."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> tuple[UUID, ExportedPlan, int]:
        actor = await acting(app, terminal, as_user)
        await fresh(app)
        circumstances = context(actor)
        async with reading(app.readers) as read:
            found = await find_project(read, actor, project, terminal, everything=await reads_all(app, actor))
        rights = await app.commands.rights(circumstances, found.id)
        rates = isinstance(rights, Rights) and rights.refuse(Permission.READ_RATES, found.id) is None
        async with reading_plan(app, found.id, as_of, terminal, at_once=True) as read:
            plan = await exported_plan(read, found.id, rates=rates)
        if plan is None:
            terminal.fail(CliCode.NOT_FOUND, f"there is no project {project!r} that you can see")
        await app.notices.exported(circumstances, "plan", project=found.id)
        return found.id, plan, _write(file, mspdi(plan.file, plan.results, plan.schedule), terminal)

    id_, plan, size = run(terminal, work)
    counts = {
        "tasks": len(plan.file.tasks),
        "links": len(plan.file.links),
        "calendars": len(plan.file.calendars),
        "resources": len(plan.file.resources),
        "assignments": len(plan.file.assignments),
    }
    facts = {"project": id_, "name": plan.file.name, "file": str(file), "bytes": size, **counts}

    def told(out: Console) -> None:
        what = ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in counts.items())
        out.print(f"[bold]{escape(plan.file.name)}[/]")
        out.print(f"{what} in {escape(str(file))}", highlight=False, soft_wrap=True)

    terminal.tell(facts, told)


def _write(file: Path, chunks: Iterator[bytes], terminal: Terminal) -> int:
    """Writes the whole file or, if that fails, leaves what was there."""
    try:
        with whole_file(file, ORDINARY) as out:
            size = sum(out.write(chunk) for chunk in chunks)
    except OSError as error:
        terminal.fail(CliCode.FILE_NOT_WRITTEN, f"{file} cannot be written: {error.strerror or error}; choose another")
    return size


async def _compared(plan: PlanFile, project: UUID, app: App, circumstances: Context) -> Comparison | None:
    """None while there is no schedule to compare with."""
    async with reading(app.readers) as read:
        schedule = await computed(read, project)
    if schedule is None:
        return None
    ids = await known_identities(plan, project, app.commands.session(circumstances))
    return compare(plan, schedule, ids=ids)


def _facts_of(comparison: Comparison | None) -> Any:
    if comparison is None:
        return None
    return {field: {"exact": found.exact, "of": found.of} for field, found in comparison.fields.items()}


def _show_comparison(comparison: Comparison | None, out: Console) -> None:
    if comparison is None:
        out.print("There is no schedule to compare with the dates in the file.")
        return
    out.print("Dates that are exactly those in the file:")
    table = Table.grid(padding=(0, 1))
    for field, found in comparison.fields.items():
        table.add_row(f"  {field.replace('_', ' ')}", f"{found.exact} of {found.of}")
    out.print(table)


def _read(file: Path, terminal: Terminal) -> PlanFile:
    try:
        size = file.stat().st_size
    except OSError:
        size = None  # the reader says what is wrong
    with progress_bar(terminal) as bar:
        tracked = bar.add_task(f"Reading {escape(file.name)}", total=size)
        return read_mspdi(file, lambda done: bar.update(tracked, completed=done))


def _show_report(report: ImportReport, comparison: Comparison | None, out: Console) -> None:
    done = ", ".join(f"{count} {name}" for name, count in report.done.items()) or "nothing new: it is so already"
    out.print(f"[bold]{escape(report.name)}[/]")
    out.print(f"{report.tasks} tasks and {report.links} links in the file; {done}")
    show_left_out(report.left_out, out)
    _show_comparison(comparison, out)
    out.print(f"See it: projectory show {report.project}", highlight=False, soft_wrap=True)


def show_left_out(left_out: tuple[LeftOut, ...], out: Console) -> None:
    """What an import did not take over, how often, and why."""
    if left_out:
        out.print("Not taken over:")
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", no_wrap=True)
        for left in left_out:
            table.add_row(f"  {left.count}", escape(left.kind), escape(left.why))
        out.print(table)
