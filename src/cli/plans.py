"""Commands about plans: list, show."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from ..commands.authorise import Rights
from ..commands.permissions import Permission
from ..queries.link import LinkView, list_links
from ..queries.project import ProjectView, get_project, list_projects
from ..queries.reading import MAX_PAGE, ReadSession, reading
from ..queries.task import TaskView, list_tasks
from ..scheduling import Duration, LagUnit, LinkType, TaskMode
from ..wiring import App
from .codes import CliCode
from .past import AsOf, reading_plan
from .session import Terminal, acting, context, fresh, run

AsUser = Annotated[str | None, typer.Option("--as", metavar="USER", help="Act as this user instead of the operator")]
Json = Annotated[bool, typer.Option("--json", help="For programs")]
_TENTHS_A_DAY = 8 * 60 * 10
_ID, _WAITS = 36, 12


def projects(context_: typer.Context, as_user: AsUser = None, as_json: Json = False) -> None:
    """List the projects, archived ones too."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> list[ProjectView]:
        actor = await acting(app, terminal, as_user)
        await fresh(app)
        async with reading(app.readers) as read:
            return await _all_projects(read, actor, everything=await reads_all(app, actor))

    found = run(terminal, work)

    def table(out: Console) -> None:
        shown = Table(box=None, padding=(0, 1, 0, 0))
        for heading in ("Project", "Role", "Tasks", "Start"):  # an id that is cut is none: the name gives way
            shown.add_column(heading, no_wrap=True, min_width=_ID if heading == "Project" else None)
        shown.add_column("Name", overflow="fold")
        for view in found:
            name = escape(view.name) + (" (archived)" if view.archived else "")
            shown.add_row(str(view.id), view.role or "", str(view.tasks), date_words(view.start), name)
        out.print(shown if found else "There are no projects yet: projectory import FILE")

    terminal.tell([view.model_dump(mode="json") for view in found], table)


def show(
    context_: typer.Context,
    project: Annotated[str, typer.Argument(help="The id or the name of a project")],
    as_of: AsOf = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Show a plan as a tree."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> tuple[ProjectView, list[TaskView], list[LinkView]]:
        actor = await acting(app, terminal, as_user)
        await fresh(app)
        async with reading(app.readers) as read:
            found = await find_project(read, actor, project, terminal, everything=await reads_all(app, actor))
        async with reading_plan(app, found.id, as_of, terminal) as read:
            return found, await all_tasks(read, found.id), await _all_links(read, found.id)

    found, tasks, links = run(terminal, work)
    facts = {
        "project": found.model_dump(mode="json"),
        "tasks": [task.model_dump(mode="json") for task in tasks],
        "links": [link.model_dump(mode="json") for link in links],
    }
    terminal.tell(facts, lambda out: _show_plan(found, tasks, links, out))


async def reads_all(app: App, actor: UUID) -> bool:
    """Whether the actor may read every project, by a role of the system."""
    rights = await app.commands.rights(context(actor))
    return isinstance(rights, Rights) and Permission.READ_PROJECT in rights.granted


async def find_project(
    read: ReadSession, actor: UUID, wanted: str, terminal: Terminal, *, everything: bool
) -> ProjectView:
    """The project of that id or name. Ends the command when there is none, or more than one."""
    try:
        found = await get_project(read, UUID(wanted), actor, everything=everything)
    except ValueError:
        named = [
            view
            for view in await _all_projects(read, actor, everything=everything)
            if view.name.casefold() == wanted.casefold()
        ]
        if len(named) > 1:
            ids = ", ".join(str(view.id) for view in named)
            terminal.fail(
                CliCode.PROJECT_AMBIGUOUS, f"there are {len(named)} projects called {wanted!r}: say which: {ids}"
            )
        found = named[0] if named else None
    if found is None:
        terminal.fail(CliCode.NOT_FOUND, f"there is no project {wanted!r} that you can see; see: projectory projects")
    return found


async def _all_projects(read: ReadSession, actor: UUID, *, everything: bool) -> list[ProjectView]:
    cut = await list_projects(read, actor, limit=MAX_PAGE, archived=True, everything=everything)
    found = list(cut.items)
    while cut.next:
        cut = await list_projects(read, actor, after=cut.next, limit=MAX_PAGE, archived=True, everything=everything)
        found += cut.items
    return found


async def all_tasks(read: ReadSession, project: UUID) -> list[TaskView]:
    """The whole outline."""
    cut = await list_tasks(read, project, limit=MAX_PAGE)
    found = list(cut.items)
    while cut.next:
        cut = await list_tasks(read, project, after=cut.next, limit=MAX_PAGE)
        found += cut.items
    return found


async def _all_links(read: ReadSession, project: UUID) -> list[LinkView]:
    cut = await list_links(read, project, limit=MAX_PAGE)
    found = list(cut.items)
    while cut.next:
        cut = await list_links(read, project, after=cut.next, limit=MAX_PAGE)
        found += cut.items
    return found


def _show_plan(project: ProjectView, tasks: list[TaskView], links: list[LinkView], out: Console) -> None:
    out.print(f"[bold]{escape(project.name)}[/]")
    starts = f", starts {date_words(project.start)} ({project.time_zone})" if project.start else ""
    out.print(f"{project.id}: {len(tasks)} tasks, {len(links)} links{starts}", highlight=False, soft_wrap=True)
    if tasks:
        out.print(_outline(tasks, links, out.width))


def _outline(tasks: list[TaskView], links: list[LinkView], width: int) -> Table:
    """The tree; in a narrow terminal names go on below where they began, and so do long lists of predecessors.

    An m behind the duration is a task that somebody has put where it is by hand.
    """
    places = {task.id: (task.sequence or 0, task.wbs) for task in tasks}
    waits: dict[UUID, list[tuple[int, str]]] = {}
    for link in links:
        place, code = places.get(link.predecessor, (0, "?"))
        waits.setdefault(link.successor, []).append((place, code + _kind(link)))
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("WBS", no_wrap=True)
    table.add_column("Task", overflow="fold", ratio=1)
    table.add_column("Duration", no_wrap=True, justify="right")
    table.add_column("Done", no_wrap=True, justify="right")
    table.add_column("Waits for", max_width=max(_WAITS, width // 4))
    for task in tasks:
        name = Padding(("[bold]" if task.summary else "") + escape(task.name), (0, 0, 0, 2 * (task.level - 1)))
        done = f"{task.percent_complete} %" if task.percent_complete else ""
        length = "" if task.summary else ("◆" if task.milestone else _length(task.duration))
        if task.mode is TaskMode.MANUAL and not task.summary:
            length += " m"
        table.add_row(task.wbs, name, length, done, ", ".join(text for _, text in sorted(waits.get(task.id, []))))
    return table


def _kind(link: LinkView) -> str:
    amount = link.lag.amount
    if not amount:
        return "" if link.type is LinkType.FINISH_START else link.type
    if link.lag.unit in (LagUnit.PERCENT, LagUnit.ELAPSED_PERCENT):
        elapsed = "e" if link.lag.unit is LagUnit.ELAPSED_PERCENT else ""
        return f"{link.type}{amount:+d}{elapsed}%"
    lag = Duration(tenths=abs(amount), elapsed=link.lag.unit is LagUnit.ELAPSED)
    return f"{link.type}{'+' if amount > 0 else '-'}{_length(lag)}"


def _length(duration: Duration) -> str:
    """As Microsoft Project writes it: 3 d, 4 h, 20 min, with an e for elapsed time."""
    day = 24 * 60 * 10 if duration.elapsed else _TENTHS_A_DAY
    units = (("d", day), ("h", 600), ("min", 10))
    unit, tenths = next((u for u in units if duration.tenths * 2 % u[1] == 0), units[-1])
    return f"{duration.tenths / tenths:g} {'e' if duration.elapsed else ''}{unit}"


def date_words(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
