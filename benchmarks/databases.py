"""Databases on the benchmark's own server, and what is asked of them when a run has ended."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from pydantic import SecretStr
from uuid_utils.compat import uuid4

from src.config import Settings
from src.wiring import App, Wake, open_app
from tests.servers import PostgreSQL


class CheckFailedError(Exception):
    """A run did not do what it was timed for; its figures are worth nothing."""


def check(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise CheckFailedError(f"{what}: found {found!r}, expected {expected!r}")


@asynccontextmanager
async def fresh_database(server: PostgreSQL, template: str | None = None) -> AsyncIterator[str]:
    """A database for one run, so that none starts on what another left; begins after a checkpoint."""
    name = f"run_{uuid4().hex}"
    url = await server.create_database(name, template)
    await ask(url, "CHECKPOINT")
    try:
        yield url
    finally:
        await server.drop_database(name)


async def ask(url: str, *statements: str) -> Any:
    """Runs the statements, each for itself, and returns the first value of the last."""
    connection = await asyncpg.connect(url)
    try:
        return [await connection.fetchval(statement) for statement in statements][-1]
    finally:
        await connection.close()


async def check_log(url: str, table: str, stream: str, version: str, position: str, expected: int) -> None:
    """Every acknowledged event is there, no other is, and the versions of each stream have no gaps."""
    check("events stored", await ask(url, f"SELECT count({position}) FROM {table}"), expected)
    broken = f"""SELECT count(*) FROM (SELECT FROM {table} GROUP BY {stream}
        HAVING min({version}) <> 1 OR max({version}) <> count(DISTINCT {version}) OR max({version}) <> count(*)) b"""
    check("streams with gaps or doubles", await ask(url, broken), 0)


def settings_of(url: str) -> Settings:
    """The service's settings for a database that holds nothing secret."""
    return Settings(database_url=url, master_key=SecretStr(base64.b64encode(secrets.token_bytes(32)).decode()))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[App]:
    """The application with nobody to wake, so that no projection runs beside what is measured."""

    @asynccontextmanager
    async def nobody(_settings: Settings) -> AsyncIterator[Wake]:
        yield lambda: None

    async with open_app(settings_of(url), nobody) as app:
        yield app
