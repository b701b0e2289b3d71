"""Commands about reactions: how far they are, and another try for what has failed."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..reactions import Progress
from ..wiring import App
from .codes import CliCode
from .plans import Json
from .session import Terminal
from .session import run as opened

app = typer.Typer(help="Reactions and schedules: how far they are, and what stops them.", invoke_without_command=True)


@app.callback()
def show(context_: typer.Context, as_json: Json = False) -> None:
    """Show each reaction's and schedule's position, lag and error."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    if context_.invoked_subcommand is None:
        _tell(terminal, opened(terminal, _standing))


@app.command()
def retry(
    context_: typer.Context,
    name: Annotated[str, typer.Argument(help="The reaction or schedule, such as sweep")],
    as_json: Json = False,
) -> None:
    """Let one that has failed try again at once."""
    terminal: Terminal = context_.obj
    terminal.as_json |= as_json

    async def work(app: App) -> list[Progress]:
        names = [each.name for each in await app.reactor.progress()]
        if name not in names:
            terminal.fail(CliCode.REACTION_UNKNOWN, f"there is no reaction {name!r}; there are {', '.join(names)}")
        await app.reactor.retry(name)
        return await _standing(app)

    _tell(terminal, opened(terminal, work))


async def _standing(app: App) -> list[Progress]:
    return await app.reactor.progress()


def _tell(terminal: Terminal, found: list[Progress]) -> None:
    def table(out: Console) -> None:
        shown = Table("Reaction", "Position", "Lag", "Failures", "Error", box=None)
        for each in found:
            shown.add_row(each.name, str(each.position), str(each.lag), str(each.attempts), each.error or "")
        out.print(shown)

    terminal.tell([{name: getattr(each, name) for name in Progress.__slots__} for each in found], table)
