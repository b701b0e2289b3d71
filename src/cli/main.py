"""The commands of the command line. Each takes --json for programs."""

from typing import Annotated

import typer

from .. import __version__
from ..wiring import ConnectWake
from . import (
    audit,
    history,
    jira,
    log,
    log_transfer,
    operate,
    people,
    plans,
    projections,
    reactions,
    schedules,
    transfer,
    users,
)
from .session import Terminal

app = typer.Typer(
    name="projectory",
    help="A project plan that you can rewind, branch and prove.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
user = typer.Typer(help="Users.", no_args_is_help=True)
log_ = typer.Typer(help="The event log.", no_args_is_help=True)

app.command()(operate.serve)
app.command()(operate.worker)
app.command()(operate.migrate)
app.command(name="import")(transfer.import_file)
app.command(name="import-jira")(jira.import_history)
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
log_.command()(log.tail)
log_.command()(log.show)
log_.command()(log.streams)
log_.command(name="export")(log_transfer.export_file)
log_.command(name="import")(log_transfer.import_file)
log_.command()(log_transfer.copy)
log_.command(name="verify")(log_transfer.check)
app.add_typer(user, name="user")
app.add_typer(projections.app, name="projections")
app.add_typer(reactions.app, name="reactions")
app.add_typer(people.erasures, name="erasures")
app.add_typer(people.keys, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(log_, name="log")


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Show the version and end")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main(connect_wake: ConnectWake | None = None) -> None:
    """Runs the command line. `connect_wake` reaches the workers, where there are any."""
    app(obj=Terminal(connect_wake))
