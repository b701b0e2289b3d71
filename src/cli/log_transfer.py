"""Commands for the log as a whole: written into a file and read back, copied, verified."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from ..config import Settings
from ..copying.copying import Copied, copy_log, import_log
from ..copying.databases import reading
from ..copying.exporting import export_log
from ..copying.verifying import Findings, Progress, head_of, verify
from .codes import CliCode
from .plans import Json
from .session import Terminal, faults_of, guarded, progress_bar, settings

T = TypeVar("T")
_HOLDS = (
    "It holds every event, and the keys of persons, wrapped by the master key, and hashes of passwords. Without the "
    "master key names are not readable and keys are worthless; all else is in plain text: keep it as safe as the "
    "database, and apart from the master key."
)


def export_file(
    context_: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="Where to write, compressed if it ends in .gz; what is there is replaced")
    ],
    as_json: Json = False,
) -> None:
    """Write the whole log into a file, with all that is kept beside it but read models. Services may run."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    chosen = settings(terminal)

    async def work(begin: Progress, progress: Progress) -> Copied:
        try:
            return await export_log(chosen, file, begin, progress)
        except OSError as error:
            terminal.fail(CliCode.FILE_NOT_WRITTEN, f"{file} cannot be written: {error.strerror or error}")

    copied = _watched(terminal, "Exporting", work)
    _tell(terminal, copied, {"file": str(file)}, f"{_counts(copied)} in {file}", _HOLDS)


def import_file(
    context_: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file of 'log export'")],
    as_json: Json = False,
) -> None:
    """Write the log of a file into a database that nobody has used. All of it or nothing."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    chosen = settings(terminal)

    async def work(begin: Progress, progress: Progress) -> Copied:
        return await import_log(file, chosen, begin, progress)

    copied = _watched(terminal, "Importing", work)
    _tell_written(terminal, copied, None, chosen)


def copy(
    context_: typer.Context,
    from_: Annotated[str, typer.Argument(metavar="FROM", help="The database URL of the log")],
    to: Annotated[str, typer.Argument(help="That of a database nobody has used; on PostgreSQL with the owner's name")],
    as_json: Json = False,
) -> None:
    """Copy the whole log from one database into another, SQLite or PostgreSQL. All of it or nothing.

    Leave passwords out of the URLs: the driver takes them from PGPASSWORD or ~/.pgpass.
    """
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    settings(terminal)
    source, target = _of(terminal, "FROM", from_), _of(terminal, "TO", to)

    async def work(begin: Progress, progress: Progress) -> Copied:
        return await copy_log(source, target, begin, progress)

    copied = _watched(terminal, "Copying", work)
    _tell_written(terminal, copied, source, target)


def check(context_: typer.Context, as_json: Json = False) -> None:
    """Verify the whole log: positions, versions, heads, times, and that every event can be read. Services may run."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    chosen = settings(terminal)

    async def work(begin: Progress, progress: Progress) -> Findings:
        async with reading(chosen) as tables:
            begin(await head_of(tables))
            return await verify(tables, progress)

    found = _watched(terminal, "Verifying", work)
    facts = {
        "events": found.events,
        "head": found.head,
        "link": found.link.hex(),
        "problems": [{"position": p.position, "stream": p.stream, "what": p.what} for p in found.problems],
        "more": found.more,
    }

    def told(out: Console) -> None:
        for problem in found.problems:
            out.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        if found.more:
            out.print(f"There are more than these {len(found.problems)}.")
        sound = "The log is sound" if not found.problems else "The log is damaged"
        out.print(f"{sound}: {found.events} events, the last at position {found.head}.", highlight=False)
        out.print(f"The hash chain ends with {found.link.hex()}", highlight=False, soft_wrap=True)

    terminal.tell(facts, told)
    if found.problems:
        raise typer.Exit(1)


def _watched(terminal: Terminal, doing: str, work: Callable[[Progress, Progress], Awaitable[T]]) -> T:
    """Runs the work with a progress bar over the events."""

    async def watched() -> T:
        with progress_bar(terminal) as bar:
            tracked = bar.add_task(doing, total=None)
            return await work(
                lambda total: bar.update(tracked, total=total), lambda done: bar.update(tracked, completed=done)
            )

    return guarded(terminal, watched)


def _of(terminal: Terminal, name: str, url: str) -> Settings:
    try:
        return Settings(database_url=url, owner_database_url=None)
    except ValidationError as error:
        terminal.fail(CliCode.SETTINGS, "; ".join(faults_of(error, lambda _: f"{name} ")))


def _tell_written(terminal: Terminal, copied: Copied, source: Settings | None, target: Settings) -> None:
    where = target.url.render_as_string(hide_password=True)
    todo = "" if copied.checked or not copied.rows["keys"] else _key(source, target)
    after = "The read models grow from the log when the service starts."
    _tell(terminal, copied, {"key": todo or None}, f"{_counts(copied)} in {where}", todo, after)


def _key(source: Settings | None, target: Settings) -> str:
    """What to do so that the keys can be opened; never the key itself."""
    if source is not None and source.embedded and source.key_file.exists():
        if target.embedded:
            return f"The master key is in {source.key_file}: copy it to {target.key_file} before you start the service."
        return (
            f"The master key is in {source.key_file}: start every process with "
            f"PROJECTORY_MASTER_KEY=$(head -n 1 {source.key_file})"
        )
    own = f", or put it into {target.key_file}" if target.embedded else ""
    return f"Start every process with PROJECTORY_MASTER_KEY set to the one that this log was made with{own}."


def _counts(copied: Copied) -> str:
    beside = ", ".join(f"{count} {name}" for name, count in copied.rows.items() if name != "events")
    return f"{copied.rows['events']} events, {beside}"


def _tell(terminal: Terminal, copied: Copied, facts: dict[str, str | None], *texts: str) -> None:
    def told(out: Console) -> None:
        for text in filter(None, texts):
            out.print(text, markup=False, highlight=False, soft_wrap=True)
        out.print(f"The hash chain ends with {copied.link.hex()}", highlight=False, soft_wrap=True)

    terminal.tell({"rows": dict(copied.rows), "link": copied.link.hex(), **facts}, told)
