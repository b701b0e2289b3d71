"""Commands about persons and what protects them: exports, the list of erased persons, master keys."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from ..database import open_database
from ..events import EventLog
from ..events.catalogue import BY_MODEL
from ..events.erased import Erased, ErasedList
from ..events.key_store import DatabaseKeyStore
from ..events.keyring import RESERVATIONS, Keyring
from ..events.user import AccountDeleted
from ..key_file import rotating
from ..queries.export import export_user
from ..reactions.erasure import replay as erase_again
from ..wiring import App
from .codes import CliCode
from .plans import Json
from .session import Terminal, fresh, guarded, holder_of, settings
from .session import run as opened

erasures = typer.Typer(help="Who was erased, for backups and after a restore.", no_args_is_help=True)
keys = typer.Typer(help="The master key, which wraps the keys of personal data.", no_args_is_help=True)
_PAGE = 1_000


def export(context_: typer.Context, username: str) -> None:
    """Write all that is held of a user to the output, in plain text: a JSON object a line."""
    terminal: Terminal = context_.obj

    async def work(app: App) -> None:
        user = await holder_of(app, username)
        if user is None:
            terminal.fail(CliCode.USER_UNKNOWN, f"there is no user {username!r}")
        await fresh(app)
        async for lines in export_user(app.log, app.readers, app.keyring, user):
            sys.stdout.buffer.write(lines)

    opened(terminal, work)


@erasures.command(name="list")
def list_(
    context_: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, as in the list's file")] = False,
) -> None:
    """Show whose accounts were deleted, from the log: ids and times, which tell nothing of them."""
    terminal: Terminal = context_.obj

    async def work(app: App) -> None:
        async for erased in _erased(app.log):
            if as_json:
                sys.stdout.buffer.write(erased.line())
            else:
                terminal.out.print(f"{erased.at:%Y-%m-%d %H:%M:%S}  {erased.user}", highlight=False)

    opened(terminal, work)


@erasures.command()
def replay(
    context_: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A list, as 'erasures list --json' gives")],
    as_json: Json = False,
) -> None:
    """Erase again whoever is on the list and came back with a restored database."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> int:
        return await erase_again(ErasedList(file).read(), app.erase, app.commands)

    count = opened(terminal, work)
    terminal.tell({"erased": count}, lambda out: out.print(f"Erased again: {count}"))


@keys.command()
def rewrap(context_: typer.Context, as_json: Json = False) -> None:
    """Wrap all keys with the present master key; services and workers may run."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> int:
        return await app.keyring.rewrap()

    _tell(terminal, opened(terminal, work))


@keys.command()
def rotate(context_: typer.Context, as_json: Json = False) -> None:
    """Make a new master key in the file beside a SQLite database, and wrap all keys with it. Nobody may run."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    chosen = settings(terminal)

    async def work() -> int:
        with rotating(chosen) as masters:
            database, log = open_database(chosen)
            try:
                keyring = Keyring(DatabaseKeyStore(database.keys), *masters)
                await keyring.ensure(RESERVATIONS)
                return await keyring.rewrap()
            finally:
                await log.close()
                await database.dispose()

    _tell(terminal, guarded(terminal, work))


def _tell(terminal: Terminal, count: int) -> None:
    terminal.tell({"rewrapped": count}, lambda out: out.print(f"Keys wrapped anew: {count}"))


async def _erased(log: EventLog) -> AsyncIterator[Erased]:
    position, deleted = 0, BY_MODEL[AccountDeleted].name
    while recorded := await log.read(position, _PAGE):
        for each in recorded:
            if each.type == deleted:
                yield Erased(orjson.loads(each.data)["user"], each.recorded_at)
        position = recorded[-1].position
