"""What became of a project or of one of its tasks: history."""

from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..queries import subjects
from ..queries.history import ChangeView, What
from ..queries.history import history as history_of
from ..queries.reading import MAX_PAGE, Page, ReadSession, reading
from ..wiring import App
from .codes import CliCode
from .plans import AsUser, Json, all_tasks, find_project, reads_all
from .session import Terminal, acting, fresh, run

_LONGEST = 60


def history(
    context_: typer.Context,
    project: Annotated[str, typer.Argument(help="The id or the name of a project")],
    task: Annotated[str | None, typer.Argument(help="The WBS code or the id of a task, also of a deleted one")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_PAGE, help="How many changes")] = 50,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Show who changed what, when and why, newest first."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> Page[ChangeView]:
        actor = await acting(app, terminal, as_user)
        await fresh(app)
        async with reading(app.readers) as read:
            found = await find_project(read, actor, project, terminal, everything=await reads_all(app, actor))
            subject = subjects.project_and_members(found.id)
            if task is not None:
                subject = subjects.task(found.id, await _task(read, found.id, task))
            told = await history_of(read, app.log, app.keyring, subject, limit=limit)
            if told is None:
                terminal.fail(CliCode.NOT_FOUND, f"there never was a task {task!r} in {found.name!r}")
            return told

    found = run(terminal, work)
    terminal.tell(found.model_dump(mode="json"), lambda out: _show(found, out))


async def _task(read: ReadSession, project: UUID, wanted: str) -> UUID:
    """The task of that code or id, which need not be one."""
    try:
        return UUID(wanted)
    except ValueError:
        coded = [task.id for task in await all_tasks(read, project) if task.wbs == wanted]
        return coded[0] if coded else UUID(int=0)


def _show(found: Page[ChangeView], out: Console) -> None:
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading in ("When", "Who"):
        table.add_column(heading, no_wrap=True)
    table.add_column("What", overflow="fold")
    for change in found.items:
        who = change.actor_name if change.author_name is None else f"{change.author_name} (by {change.actor_name})"
        table.add_row(f"{change.recorded_at:%Y-%m-%d %H:%M}", escape(who), escape(_words(change)))
    out.print(table if found.items else "Nothing has happened to it.")
    if found.next is not None:
        out.print("There is more: --limit shows more of it.")


def _words(change: ChangeView) -> str:
    """A line for what was done, one for each field that was set otherwise, one for the reason."""
    what = [f"{change.kind.value} {change.name or ''} {change.what.value}".replace("  ", " ")]
    if change.what is What.CHANGED:
        what += [f"  {each.field}: {_value(each.old)} → {_value(each.new)}" for each in change.fields]
    return "\n".join([*what, *([f"  because: {change.reason}"] if change.reason else [])])


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    text = "none" if value is None else text.replace("\n", " ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
