"""What every command of the command line does: open the application, act as somebody, tell errors in words."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NoReturn, TypeVar
from uuid import UUID

import orjson
import typer
from alembic.util import CommandError
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from uuid_utils.compat import uuid7

from ..commands.command import SYSTEM, Context
from ..commands.loop import TooBusyError
from ..commands.result import Failure
from ..commands.user import RESERVATION, RegisterUser
from ..config import Settings, SettingsError
from ..copying.errors import CutOffError, DamagedLogError, LogFileError, NotEmptyError, NotOwnerError
from ..database import DatabaseUnreachableError, SchemaError
from ..events import LogUnavailableError
from ..events.erased import DamagedListError
from ..events.keyring import WrongMasterKeyError
from ..events.user import ADMINISTRATOR, PLANNER
from ..importing import ImportRefused
from ..importing.differences import CommandRefusedError
from ..importing.plan_import import InterruptedImportError
from ..key_file import DatabaseInUseError
from ..logging import configure
from ..projections import PROJECTIONS
from ..queries.reading import BehindError, BuildingError, wait_until
from ..reactions.erasure import ErasureRefusedError
from ..wiring import App, ConnectWake, open_app
from .codes import CliCode

OPERATOR = "operator"
"""Who the command line acts as unless told otherwise: an administrator, registered when first needed."""

T = TypeVar("T")
_EXPECTED: dict[type[Exception], CliCode] = {
    SettingsError: CliCode.SETTINGS,
    SchemaError: CliCode.SCHEMA,
    DatabaseUnreachableError: CliCode.DATABASE_UNREACHABLE,
    WrongMasterKeyError: CliCode.WRONG_MASTER_KEY,
    DamagedListError: CliCode.ERASED_LIST_DAMAGED,
    ErasureRefusedError: CliCode.ERASURE_REFUSED,
    DatabaseInUseError: CliCode.DATABASE_IN_USE,
    LogUnavailableError: CliCode.LOG_UNAVAILABLE,
    TooBusyError: CliCode.TOO_BUSY,
    BehindError: CliCode.READ_MODEL_BEHIND,
    BuildingError: CliCode.READ_MODEL_BUILDING,
    InterruptedImportError: CliCode.IMPORT_INTERRUPTED,
    CommandError: CliCode.MIGRATION,
    NotEmptyError: CliCode.NOT_EMPTY,
    NotOwnerError: CliCode.NOT_OWNER,
    DamagedLogError: CliCode.LOG_DAMAGED,
    CutOffError: CliCode.LOG_FILE_CUT_OFF,
    LogFileError: CliCode.LOG_FILE_INVALID,
}
_UNLIMITED = 10_000


def _console() -> Console:
    """A pipe gets whole lines, however long: programs read them, and who cuts columns wants them on one line."""
    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=_UNLIMITED) if wide else Console()


@dataclass
class Terminal:
    """How this run of the command line talks, and how it reaches workers."""

    connect_wake: ConnectWake | None = None
    as_json: bool = False
    out: Console = field(default_factory=_console)
    err: Console = field(default_factory=lambda: Console(stderr=True))

    def tell(self, facts: Any, show: Callable[[Console], None]) -> None:
        """The facts as JSON, or shown to a person."""
        if self.as_json:
            sys.stdout.buffer.write(orjson.dumps(facts, default=str, option=orjson.OPT_INDENT_2) + b"\n")
        else:
            show(self.out)

    def fail(self, code: StrEnum, message: str, **facts: Any) -> NoReturn:
        """Ends the command with an error that says what is wrong and what to do."""
        if self.as_json:
            sys.stdout.buffer.write(orjson.dumps({"error": {"code": code, "message": message, **facts}}) + b"\n")
        else:
            self.err.print(f"[bold red]{code}[/] ", end="")
            self.err.print(message, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1)


def progress_bar(terminal: Terminal) -> Progress:
    """Beside the output, and none for programs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=terminal.err, transient=True, disable=terminal.as_json)


def settings(terminal: Terminal) -> Settings:
    """The settings from the environment, with the log set up by them."""
    try:
        found = Settings()
        configure(found)
    except ValidationError as error:
        terminal.fail(CliCode.SETTINGS, "; ".join(faults_of(error, lambda name: f"PROJECTORY_{name.upper()} ")))
    except SettingsError as error:
        terminal.fail(CliCode.SETTINGS, str(error))
    return found


def faults_of(error: ValidationError, named: Callable[[str], str] = "{}: ".format) -> list[str]:
    """What does not fit, in words."""
    return [f"{named(str(e['loc'][0]))}{e['msg'].removeprefix('Value error, ')}" for e in error.errors()]


def run(terminal: Terminal, work: Callable[[App], Awaitable[T]]) -> T:
    """Opens the application for the work; an error that can be expected ends the command with words."""

    async def opened() -> T:
        chosen = settings(terminal)
        connect = terminal.connect_wake if chosen.redis_url is not None else None
        async with open_app(chosen, connect) as app:
            return await work(app)

    return guarded(terminal, opened)


def guarded(terminal: Terminal, work: Callable[[], Awaitable[T]]) -> T:
    """Runs the work; errors that can be expected are told in words."""

    async def awaited() -> T:
        return await work()

    try:
        return asyncio.run(awaited())
    except ImportRefused as error:
        terminal.fail(error.code, str(error).removeprefix(f"{error.code}: "), line=error.line)
    except CommandRefusedError as error:
        terminal.fail(error.failure.code, str(error), details=dict(error.failure.details))
    except tuple(_EXPECTED) as error:
        code = next(code for kind, code in _EXPECTED.items() if isinstance(error, kind))
        terminal.fail(code, str(error))


async def acting(app: App, terminal: Terminal, username: str | None) -> UUID:
    """The user whom this command acts as."""
    held = await holder_of(app, username or OPERATOR)
    if held is not None:
        return held
    if username is not None:
        terminal.fail(
            CliCode.USER_UNKNOWN,
            f"there is no user {username!r}; register one: projectory user add {username} --email …",
        )
    operator = RegisterUser(
        username=OPERATOR, email="operator@example.org", name="Operator", roles=(ADMINISTRATOR, PLANNER)
    )
    answer = await app.commands.execute(operator, context(SYSTEM))
    if isinstance(answer, Failure):
        held = await holder_of(app, OPERATOR)  # another command may have been first
        return held or terminal.fail(answer.code, answer.message)
    return UUID(answer.ids["user"])


async def holder_of(app: App, username: str) -> UUID | None:
    """The user of that name, from the log: the read model may not have come that far."""
    session = app.commands.session(context(SYSTEM))
    name = await session.reservation("username", username)
    return (await session.load(RESERVATION.at(name))).holder


def context(actor: UUID, reason: str | None = None) -> Context:
    return Context(
        actor=actor,
        command_id=uuid7(),
        new_id=uuid7(),
        now=datetime.now(UTC),
        correlation_id=str(uuid7()),
        agent="projectory command line",
        reason=reason,
    )


async def fresh(app: App) -> None:
    """Brings the read models up to the end of the log, so that what is shown is current."""
    if app.settings.redis_url is None:
        await app.runner.catch_up_all()
    else:
        await wait_until(app.log, app.readers, PROJECTIONS, await app.log.head(), seconds=30)
