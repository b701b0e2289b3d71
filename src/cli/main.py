"""The commands of the command line. Each takes --json for programs."""

from typing import Annotated

import typer

from .. import __version__
from ..wiring import ConnectWake
from . import history, operate, people, plans, projections, reactions, schedules, transfer, users
from .session import Terminal

app = typer.Typer(
    name="projectory",
    help="A project plan that you can rewind, branch and prove.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
user = typer.Typer(help="Users.", no_args_is_help=True)
log = typer.Typer(help="The event log.", no_args_is_help=True)

app.command()(operate.serve)
app.command()(operate.worker)
app.command()(operate.migrate)
app.command(name="import")(transfer.import_file)
app.command(name="export")(transfer.export_file)
app.command()(plans.projects)
app.command()(plans.show)
app.command()(schedules.schedule)
app.command()(history.history)
app.command()(users.token)
app.command()(operate.run)
user.command("add")(users.add_user)
user.command("password")(users.password)
user.command("reset")(users.reset)
user.command("export")(people.export)
log.command("tail")(operate.tail)
app.add_typer(user, name="user")
app.add_typer(projections.app, name="projections")
app.add_typer(reactions.app, name="reactions")
app.add_typer(people.erasures, name="erasures")
app.add_typer(people.keys, name="keys")
app.add_typer(log, name="log")


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Show the version and end")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main(connect_wake: ConnectWake | None = None) -> None:
    """Runs the command line. `connect_wake` reaches the workers, where there are any."""
    app(obj=Terminal(connect_wake))
