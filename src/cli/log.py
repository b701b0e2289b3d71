"""Commands that look at the log: its end, one event or stream, the names of all streams."""

import asyncio
import sys
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from ..copying.databases import reading
from ..copying.looking import Stream, complete, event_at, link_at, stream_events, streams_after
from ..copying.rows import Tables
from ..events import RecordedEvent
from ..wiring import App
from .codes import CliCode
from .session import Terminal, guarded, progress_bar, settings
from .session import run as opened

_FOLLOW_SECONDS = 0.5
_PAGE = 1_000

Lines = Annotated[bool, typer.Option("--json", help="One JSON object a line")]


def tail(
    context_: typer.Context,
    lines: Annotated[int, typer.Option("-n", min=0, max=100_000, help="How many of the last events")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events come")] = False,
    as_json: Lines = False,
) -> None:
    """Show the end of the event log. Personal fields stay sealed."""
    terminal: Terminal = context_.obj

    async def work(app: App) -> None:
        position = max(0, await app.log.head() - lines)
        while True:
            while found := await app.log.read(position, _PAGE):
                for event in found:
                    _print(event, as_json, terminal.out)
                position = found[-1].position
            if not follow:
                return
            await asyncio.sleep(_FOLLOW_SECONDS)

    opened(terminal, work)


def show(
    context_: typer.Context,
    what: Annotated[str, typer.Argument(help="A position; or a stream's name, or how it begins")],
    link: Annotated[
        bool, typer.Option("--link", help="With its link of the hash chain; all events before it are read for that")
    ] = False,
    after: Annotated[int, typer.Option(min=0, help="Of a stream, the events above this version")] = 0,
    limit: Annotated[int, typer.Option("-n", min=1, max=100_000, help="Of a stream, so many events")] = 1_000,
    as_json: Lines = False,
) -> None:
    """Show one event in full, by its position, or the events of a stream. Personal fields stay sealed."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    chosen = settings(terminal)

    async def work() -> None:
        async with reading(chosen) as tables:
            if what.isdecimal():
                await _show_event(tables, int(what[:18]), terminal, link=link)
            else:
                await _show_stream(tables, what, after, limit, terminal)

    guarded(terminal, work)


def streams(
    context_: typer.Context,
    prefix: Annotated[str, typer.Argument(help="How the names begin, such as task-")] = "",
    after: Annotated[str, typer.Option(help="Those that come after this name")] = "",
    limit: Annotated[int, typer.Option("-n", min=1, max=100_000, help="How many")] = 100,
    as_json: Lines = False,
) -> None:
    """List the streams by name, with the version, position and time of their last events."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    chosen = settings(terminal)

    async def work() -> list[Stream]:
        async with reading(chosen) as tables:
            return list(await streams_after(tables, prefix, after, limit + 1))

    found = guarded(terminal, work)
    page = found[:limit]
    if as_json:
        for each in page:
            _write(each._asdict())
        return
    table = Table("Stream", "Version", "Position", "Recorded", box=None)
    for each in page:
        at = f"{each.recorded_at:%Y-%m-%d %H:%M:%S}" if each.recorded_at else "missing"
        table.add_row(each.stream, str(each.version), str(each.position or "missing"), at)
    terminal.out.print(table)
    if len(found) > limit:
        terminal.out.print(f"More: --after {page[-1].stream}", markup=False, highlight=False, soft_wrap=True)


async def _show_event(tables: Tables, position: int, terminal: Terminal, *, link: bool) -> None:
    event = await event_at(tables, position)
    if event is None:
        terminal.fail(CliCode.NOT_IN_LOG, f"there is no event at position {position}; see: projectory log tail")
    facts = _facts(event) | {
        "schema": event.schema,
        "project": event.project,
        "branch": event.branch,
        "effective_at": event.effective_at,
    }
    if link:
        with progress_bar(terminal) as bar:
            tracked = bar.add_task("Hashing", total=position)
            told = await link_at(tables, position, lambda done: bar.update(tracked, completed=done))
        facts["link"] = told.hex()
    if terminal.as_json:
        _write(facts)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        if name not in {"data", "metadata"}:
            table.add_row(name, str(value))
    terminal.out.print(table)
    for name, text in (("data", event.data), ("metadata", event.metadata)):
        terminal.out.print(name)
        terminal.out.print(_indented(text), markup=False, highlight=False, soft_wrap=True)


async def _show_stream(tables: Tables, beginning: str, after: int, limit: int, terminal: Terminal) -> None:
    names = await complete(tables, beginning)
    if not names:
        terminal.fail(CliCode.NOT_IN_LOG, f"no stream begins with {beginning!r}; see: projectory log streams")
    if len(names) > 1:
        terminal.fail(CliCode.STREAM_AMBIGUOUS, f"several streams begin with {beginning!r}: {', '.join(names)}")
    left = limit
    while left and (page := await stream_events(tables, names[0], after, min(left, _PAGE))):
        for event in page:
            _print(event, terminal.as_json, terminal.out)
        left, after = left - len(page), page[-1].version


def _facts(event: RecordedEvent) -> dict[str, Any]:
    return {
        "position": event.position,
        "recorded_at": event.recorded_at,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "data": orjson.Fragment(event.data),
        "metadata": orjson.Fragment(event.metadata),
    }


def _print(event: RecordedEvent, as_json: bool, out: Console) -> None:
    if as_json:
        _write(_facts(event))
        return
    head = (
        f"{event.position:>8}  {event.recorded_at:%Y-%m-%d %H:%M:%S}  {event.type:<22} {event.stream} #{event.version}"
    )
    out.print(head, markup=False, highlight=False, soft_wrap=True)
    out.print(f"          {event.data}", style="dim", markup=False, highlight=False, soft_wrap=True)


def _indented(text: str) -> str:
    """The JSON for people; what is none as it is."""
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except ValueError:
        return text


def _write(facts: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(facts) + b"\n")
    sys.stdout.buffer.flush()
