"""Commands for who runs the service: serve, run, worker, migrate."""

import importlib.util
import os
import socket
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from alembic import command as alembic

from .. import migrate as schema
from ..importing import read_mspdi
from ..importing.plan_import import import_plan
from ..starting import starting
from ..wiring import App
from .codes import CliCode
from .session import OPERATOR, Terminal, acting, context, guarded, settings
from .session import run as opened
from .users import access_token

HOST, PORT = "127.0.0.1", 8000

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
    chosen = settings(terminal)
    connect = terminal.connect_wake if chosen.redis_url is not None else None
    with starting():
        from ..api import create_app  # noqa: PLC0415 - the commands that do not serve start without the web framework
        from ..api.serving import Server  # noqa: PLC0415 - the same

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
        token_ = await access_token(app, terminal, actor, timedelta(days=1))
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
