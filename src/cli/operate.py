"""Commands for who runs the service: serve, worker, migrate, users and tokens, projections, the log."""

import asyncio
import importlib.util
import os
import socket
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from alembic import command as alembic
from pydantic import ValidationError
from rich.console import Console

from .. import migrate as schema
from ..commands.command import SYSTEM
from ..commands.result import Failure
from ..commands.user import RegisterUser
from ..events import RecordedEvent
from ..identity.tokens import mint
from ..importing import read_mspdi
from ..importing.plan_import import import_plan
from ..wiring import App
from .codes import CliCode
from .plans import Json
from .session import OPERATOR, Terminal, acting, context, faults_of, guarded, settings
from .session import run as opened

HOST, PORT = "127.0.0.1", 8000
_FOLLOW_SECONDS = 0.5

Host = Annotated[str, typer.Option(help="The address to listen on")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free")]


def serve(context_: typer.Context, host: Host = HOST, port: Port = PORT) -> None:
    """Serve the HTTP API. With no Redis configured, the projections run inside."""
    terminal: Terminal = context_.obj

    async def check(_app: App) -> None:
        """Opens and closes: what is wrong is told before the server starts."""

    with _listening(terminal, host, port) as listener:
        opened(terminal, check)
        terminal.out.print(f"Serving {_address(listener)}", highlight=False)
        _serve(terminal, listener)


def _listening(terminal: Terminal, host: str, port: int) -> socket.socket:
    """Takes the port first: what would only fail after all the work is told at once."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        terminal.fail(
            CliCode.CANNOT_LISTEN, f"cannot listen on {host} port {port}: {reason}; choose another with --port"
        )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _serve(terminal: Terminal, listener: socket.socket) -> None:
    from ..api import create_app  # noqa: PLC0415 - the commands that do not serve start without the web framework
    from ..api.serving import Server  # noqa: PLC0415 - the same

    chosen = settings(terminal)
    connect = terminal.connect_wake if chosen.redis_url is not None else None
    server = Server(create_app(chosen, connect), chosen)
    server.run(sockets=[listener])
    if not server.started:
        terminal.fail(CliCode.CANNOT_SERVE, "the service could not start; the log above says why")


def run(context_: typer.Context, port: Port = PORT) -> None:
    """Set up, load the sample plan, say what to try, and serve: the first five minutes."""
    terminal: Terminal = context_.obj
    sample = Path(__file__).parents[2] / "examples" / "garden-studio.mspdi.xml"
    if not sample.exists():
        terminal.fail(CliCode.SAMPLE_MISSING, "the sample plan is only in a checkout; use: projectory serve")

    async def prepare(app: App) -> None:
        actor = await acting(app, terminal, None)
        plan = await import_plan(read_mspdi(sample), app.commands, context(actor, "the sample plan"))
        token_ = await _token(app, terminal, actor, timedelta(days=1))
        api = f"{_address(listener)}/api/v1"
        ask = f"curl -s -H 'Authorization: Bearer {token_}'"
        program = _program()
        terminal.out.print(
            f"\n{plan.name}: {plan.tasks} tasks, {plan.links} links. Open {_address(listener)}/docs, or try:\n\n"
            f"  {program} show {plan.project}\n"
            f"  {program} log tail\n\n"
            f"  {ask} {api}/projects\n"
            f"  {ask} '{api}/projects/{plan.project}/tasks?limit=5'\n"
            f"  {ask} -H 'Content-Type: application/json' -d '{{\"name\": \"Plant a tree\"}}' "
            f"{api}/projects/{plan.project}/tasks\n\n"
            f"The token is for {OPERATOR}, for one day. Stop with Ctrl-C; the data stays in "
            f"{app.settings.url.render_as_string()}.\n",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    with _listening(terminal, HOST, port) as listener:
        opened(terminal, prepare)
        _serve(terminal, listener)


def _program() -> str:
    """What to type to run this again from the present folder."""
    script = Path(sys.executable).with_name("projectory")
    if not script.exists():
        return "projectory"
    here = Path.cwd()
    return str(script.relative_to(here)) if script.is_relative_to(here) else str(script)


def worker(
    context_: typer.Context,
    processes: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Run worker processes that project what they are woken for. From a checkout or the image."""
    terminal: Terminal = context_.obj
    chosen = settings(terminal)
    if importlib.util.find_spec("workers") is None:
        terminal.fail(
            CliCode.WORKERS_MISSING, "the workers are not part of the package: run from a checkout or the image"
        )
    if chosen.redis_url is None:
        terminal.fail(
            CliCode.SETTINGS, "PROJECTORY_REDIS_URL is not set; without Redis the serving process needs no workers"
        )

    async def check(_app: App) -> None:
        """Opens and closes: what is wrong is told before the workers start."""

    opened(terminal, check)
    os.execv(sys.executable, [sys.executable, "-m", "workers", str(processes)])  # noqa: S606 - ourselves


class Action(StrEnum):
    UP = "up"
    DOWN = "down"
    HISTORY = "history"
    CHECK = "check"
    CREATE = "create"


def migrate(
    context_: typer.Context,
    action: Annotated[Action, typer.Argument(help="What to do")] = Action.UP,
    name: Annotated[str, typer.Argument(help="What the new migration does, for create")] = "",
    area: Annotated[str, typer.Option(help="log or read, for down and create")] = "read",
) -> None:
    """Bring the database's schema up to date; or one migration down, the history, a check, a new migration."""
    terminal: Terminal = context_.obj
    chosen = settings(terminal)
    if area not in schema.AREAS:
        terminal.fail(CliCode.AREA_UNKNOWN, f"there is no area {area!r}; there are log and read")
    one = schema.AREAS[area]

    async def work() -> None:
        match action:
            case Action.UP:
                await schema.upgrade(chosen)
                terminal.out.print("The schema is up to date.")
            case Action.DOWN:
                await schema.run(chosen, one, lambda config: alembic.downgrade(config, "-1"))
                terminal.out.print(f"The {area} schema is one migration down.")
            case Action.CREATE:
                await schema.run(chosen, one, lambda c: alembic.revision(c, message=name, autogenerate=True))
            case Action.HISTORY | Action.CHECK:
                for each in schema.AREAS.values():
                    terminal.out.print(f"[bold]{each.name}[/]")
                    await schema.run(
                        chosen,
                        each,
                        alembic.check
                        if action is Action.CHECK
                        else lambda c: alembic.history(c, indicate_current=True),
                    )

    guarded(terminal, work)


def add_user(
    context_: typer.Context,
    username: str,
    email: Annotated[str, typer.Option()],
    name: Annotated[str | None, typer.Option(help="The name to show; else the user name")] = None,
    role: Annotated[list[str] | None, typer.Option(help="administrator or planner; may be repeated")] = None,
    as_json: Json = False,
) -> None:
    """Register a user."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    try:
        register = RegisterUser(
            username=username, email=email, name=name or username, roles=tuple(role or ("planner",))
        )
    except ValidationError as error:
        terminal.fail(CliCode.INVALID, "; ".join(faults_of(error)))

    async def work(app: App) -> str:
        answer = await app.commands.execute(register, context(SYSTEM))
        if isinstance(answer, Failure):
            terminal.fail(answer.code, answer.message)
        return answer.ids["user"]

    user = opened(terminal, work)
    terminal.tell({"user": user}, lambda out: out.print(f"{username} is registered as {user}"))


def token(
    context_: typer.Context,
    user: Annotated[str, typer.Argument(help="The user name")],
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 365, help="How long it is good for")] = 24 * 30,
    as_json: Json = False,
) -> None:
    """Make a bearer token for a user."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> str:
        actor = await acting(app, terminal, None if user == OPERATOR else user)
        return await _token(app, terminal, actor, timedelta(hours=hours))

    made = opened(terminal, work)
    terminal.tell({"token": made}, lambda out: out.print(made, soft_wrap=True, highlight=False))


async def _token(app: App, terminal: Terminal, user: UUID, lifetime: timedelta) -> str:
    """An access token of a session of its own, which can be ended like any other."""
    tokens = await app.sign_in.start(user, "command line", context(user), lifetime=lifetime)
    if isinstance(tokens, Failure):
        terminal.fail(tokens.code, tokens.message)
    return await mint(app.keyring, user, tokens.session, lifetime)


def tail(
    context_: typer.Context,
    lines: Annotated[int, typer.Option("-n", min=0, max=100_000, help="How many of the last events")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events come")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line")] = False,
) -> None:
    """Show the end of the event log. Personal fields stay sealed."""
    terminal: Terminal = context_.obj

    async def work(app: App) -> None:
        position = max(0, await app.log.head() - lines)
        while True:
            while recorded := await app.log.read(position, 1000):
                for event in recorded:
                    _print(event, as_json, terminal.out)
                position = recorded[-1].position
            if not follow:
                return
            await asyncio.sleep(_FOLLOW_SECONDS)

    opened(terminal, work)


def _print(event: RecordedEvent, as_json: bool, out: Console) -> None:
    facts: dict[str, Any] = {
        "position": event.position,
        "recorded_at": event.recorded_at,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "data": orjson.Fragment(event.data),
        "metadata": orjson.Fragment(event.metadata),
    }
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(facts) + b"\n")
        sys.stdout.buffer.flush()
        return
    head = (
        f"{event.position:>8}  {event.recorded_at:%Y-%m-%d %H:%M:%S}  {event.type:<22} {event.stream} #{event.version}"
    )
    out.print(head, markup=False, highlight=False, soft_wrap=True)
    out.print(f"          {event.data}", style="dim", markup=False, highlight=False, soft_wrap=True)
