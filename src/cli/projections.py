"""Commands about projections: how far they are, and what operators order for them."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..commands.projection import (
    PauseProjection,
    ProjectionCommand,
    RebuildProjection,
    ResumeProjection,
    RetryProjection,
    SkipEvent,
)
from ..commands.result import Failure
from ..projections import BY_NAME
from ..projections.progress import Progress as Standing
from ..wiring import App
from .codes import CliCode
from .plans import AsUser, Json
from .session import Terminal, acting, context
from .session import run as opened

_POLL_SECONDS = 0.2
_CARRIED_OUT_SECONDS = 30.0

Name = Annotated[str, typer.Argument(help="The projection, such as tasks")]
Reason = Annotated[str | None, typer.Option(help="Why; kept in the audit trail")]

app = typer.Typer(help="Read models: how far they are, and what stops them.", invoke_without_command=True)


@app.callback()
def show(context_: typer.Context, as_json: Json = False) -> None:
    """Show each projection's position, lag, speed and state, and what could not be applied."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    if context_.invoked_subcommand is None:
        _tell(terminal, opened(terminal, _standing))


@app.command()
def pause(
    context_: typer.Context, name: Name, reason: Reason = None, as_user: AsUser = None, as_json: Json = False
) -> None:
    """Stop a projection after the batch under way; what is read stays as it is."""
    _order(context_, PauseProjection(projection=_known(context_, name)), reason, as_user, as_json=as_json)


@app.command()
def resume(
    context_: typer.Context, name: Name, reason: Reason = None, as_user: AsUser = None, as_json: Json = False
) -> None:
    """Let a paused projection go on."""
    _order(context_, ResumeProjection(projection=_known(context_, name)), reason, as_user, as_json=as_json)


@app.command()
def retry(
    context_: typer.Context,
    name: Name,
    project: Annotated[UUID | None, typer.Option(help="Only this project")] = None,
    reason: Reason = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Try again what could not be applied."""
    _order(
        context_, RetryProjection(projection=_known(context_, name), waiting=project), reason, as_user, as_json=as_json
    )


@app.command()
def skip(
    context_: typer.Context,
    name: Name,
    event: Annotated[int, typer.Argument(min=1, help="The position of the event, as it is shown")],
    reason: Reason = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Pass over an event that cannot be applied. The rows lack it then; a rebuild meets it again."""
    _order(context_, SkipEvent(projection=_known(context_, name), event=event), reason, as_user, as_json=as_json)


@app.command()
def rebuild(
    context_: typer.Context,
    name: Name,
    wait: Annotated[bool, typer.Option(help="Wait until the new rows are read, with a progress bar")] = True,
    reason: Reason = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Fill a new generation from the whole log beside the present one, and switch to it."""
    _order(context_, RebuildProjection(projection=_known(context_, name)), reason, as_user, as_json=as_json, wait=wait)


def _known(context_: typer.Context, name: str) -> str:
    if name not in BY_NAME:
        terminal: Terminal = context_.obj
        terminal.fail(CliCode.PROJECTION_UNKNOWN, f"there is no projection {name!r}; there are {', '.join(BY_NAME)}")
    return name


def _order(
    context_: typer.Context,
    command: ProjectionCommand,
    reason: str | None,
    as_user: str | None,
    *,
    as_json: bool,
    wait: bool = False,
) -> None:
    terminal: Terminal = context_.obj
    terminal.as_json |= as_json

    async def work(app: App) -> list[Standing]:
        actor = await acting(app, terminal, as_user)
        before = {each.generation for each in await _of(app, command.projection)}
        answer = await app.commands.execute(command, context(actor, reason))
        if isinstance(answer, Failure):
            terminal.fail(answer.code, answer.message)
        await _carried_out(app, terminal, answer.position)
        if wait:
            await _watch(app, terminal, command.projection, max(before, default=0))
        return await _standing(app)

    _tell(terminal, opened(terminal, work))


async def _carried_out(app: App, terminal: Terminal, position: int) -> None:
    """Waits until the order has been carried out: by this process, or by a worker."""
    deadline = asyncio.get_running_loop().time() + _CARRIED_OUT_SECONDS
    while True:
        if app.settings.redis_url is None:
            await app.reactor.run_due()
        done = next(each.position for each in await app.reactor.progress() if each.name == "operator")
        if done >= position:
            break
        if asyncio.get_running_loop().time() > deadline:
            terminal.fail(
                CliCode.NOT_CARRIED_OUT, "the order is in the log, but nobody carries it out: are workers running?"
            )
        await asyncio.sleep(_POLL_SECONDS)
    if app.settings.redis_url is None:
        await app.runner.catch_up_all()


async def _watch(app: App, terminal: Terminal, name: str, before: int) -> None:
    """Shows how far the new generation is, until it is read."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[speed]}"), TimeElapsedColumn())
    with Progress(*columns, console=terminal.err, transient=True, disable=terminal.as_json) as bar:
        shown = bar.add_task(f"Building {name}", total=None, speed="")
        while True:
            new = [each for each in await _of(app, name) if each.generation > before]
            if not new or any(each.active for each in new):
                return
            (each, *_) = new
            if each.error:
                terminal.fail(CliCode.REBUILD_STOPPED, f"{name} cannot be rebuilt: {each.error}")
            speed = f"{each.speed:,.0f} events/s, {_time(each.seconds_to_go)} to go"
            bar.update(shown, total=each.events + each.lag, completed=each.events, speed=speed)
            await asyncio.sleep(_POLL_SECONDS)


async def _of(app: App, name: str) -> list[Standing]:
    return [each for each in await app.runner.progress() if each.projection == name]


async def _standing(app: App) -> list[Standing]:
    if app.settings.redis_url is None:
        await app.runner.catch_up_all()
    return await app.runner.progress()


def _tell(terminal: Terminal, found: list[Standing]) -> None:
    def table(out: Console) -> None:
        shown = Table("Projection", "Generation", "Position", "Lag", "Behind", "Events/s", "To go", "State", box=None)
        for p in found:
            generation = f"{p.generation} of version {p.version}"
            lag = (str(p.position), str(p.lag), _time(p.lag_seconds), f"{p.speed:,.0f}", _time(p.seconds_to_go))
            shown.add_row(p.projection, generation, *lag, p.state)
        out.print(shown)
        for p in found:
            for fault in p.faults:
                who = f"project {fault.project}" if fault.project else "all of it"
                told = f"{p.projection}: {who} waits at event {fault.event} ({fault.type}): {fault.error}"
                out.print(told, markup=False, highlight=False, soft_wrap=True)
            if p.error and not p.faults:
                out.print(f"{p.projection}: {p.error}", markup=False, highlight=False, soft_wrap=True)

    terminal.tell([_facts(each) for each in found], table)


def _facts(standing: Standing) -> dict[str, Any]:
    names = (name for name in Standing.__slots__ if name not in {"behind", "faults"})
    facts: dict[str, Any] = {name: getattr(standing, name) for name in names}
    for name in ("behind", "faults"):
        facts[name] = [{each: getattr(part, each) for each in part.__slots__} for part in getattr(standing, name)]
    return facts


def _time(seconds: float | None) -> str:
    return "?" if seconds is None else str(timedelta(seconds=round(seconds)))
