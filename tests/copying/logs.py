"""Logs to be copied, and what is in a log."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from src.config import Settings
from src.copying.copying import Copied, copy_log, import_log
from src.copying.databases import reading
from src.copying.exporting import export_log
from src.copying.rows import pages
from src.copying.verifying import Findings, verify
from src.wiring import App, open_app
from tests.conftest import nobody_woken
from tests.projections.lives import Life
from tests.reactions.erased import Person, level, lived

Content = dict[str, list[tuple[Any, ...]]]


OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


def kind(settings: Settings) -> str:
    """Which of the two databases it is."""
    return "sqlite" if settings.embedded else "postgresql"


def keyed(settings: Settings, like: Settings) -> Settings:
    """The settings with the master key of the others, wherever that is."""
    key = like.master_key or SecretStr(like.key_file.read_text().strip())
    return settings.model_copy(update={"master_key": key})


async def live(app: App, seed: int, commands: int = 150) -> Person:
    """People who sign in, and a history of chance; all that follows has come to the end."""
    person = await lived(app)
    life = Life(app.commands, seed)
    await life.begin()
    await life.go_on(commands)
    await level(app)
    while await app.runner.catch_up_all():
        pass
    return person


async def made(settings: Settings, commands: int = 0) -> None:
    """A small log, in a database that is closed afterwards."""
    async with open_app(settings, nobody_woken) as app:
        life = Life(app.commands, 1)
        await life.begin()
        await life.go_on(commands)
        await level(app)


async def content(settings: Settings) -> Content:
    """All that a copy has."""
    found: Content = {}
    async with reading(settings) as tables:
        async for table, page in pages(tables):
            found.setdefault(table.name, []).extend(page)
        found["streams"] = sorted(await tables.ask("SELECT stream, version FROM streams"))
    return found


async def is_empty(settings: Settings) -> bool:
    """Whether nothing is in the log, and nothing beside it."""
    return not any((await content(settings)).values())


async def verified(settings: Settings) -> Findings:
    """What `log verify` finds."""
    async with reading(settings) as tables:
        return await verify(tables)


async def copied(source: Settings, target: Settings) -> Copied:
    """Copies the log from one into the other."""
    return await copy_log(source, target, _unseen, _unseen)


async def exported(source: Settings, file: Path) -> Copied:
    """Writes the log into the file."""
    return await export_log(source, file, _unseen, _unseen)


async def imported(file: Path, target: Settings) -> Copied:
    """Writes the log of the file into the database."""
    return await import_log(file, target, _unseen, _unseen)


def _unseen(_number: int) -> None:
    """Nobody looks at the progress."""
