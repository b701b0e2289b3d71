"""A PostgreSQL server of one's own, or the one that PROJECTORY_TEST_DATABASE_URL names."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import asyncpg

from .cluster import Cluster
from .process import ServerError

_GIVEN = "PROJECTORY_TEST_DATABASE_URL"


class PostgreSQL:
    """Started on entering, stopped and deleted on leaving.

    `fsync=True` makes it keep what it committed over a `kill`, and honest in a benchmark; such a server is always
    one's own. `own=True` asks for that alone.
    """

    def __init__(self, *, fsync: bool = False, own: bool = False) -> None:
        self._fsync = fsync
        self._given = None if own or fsync else os.environ.get(_GIVEN)
        self._cluster: Cluster | None = None

    def __enter__(self) -> Self:
        self._cluster = None if self._given else Cluster(fsync=self._fsync)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cluster:
            self._cluster.remove()

    @property
    def url(self) -> str:
        """As a superuser, on a database that is always there."""
        return self._given or self._own().url

    @property
    def origin(self) -> str:
        """Where the server comes from: a folder of programs, or the environment."""
        return _GIVEN if self._given else str(self._own().programs)

    @property
    def version(self) -> str:
        """As the server tells it, such as `18.4`."""
        with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one
            said: str = thread.submit(lambda: asyncio.run(self._ask("SHOW server_version"))).result()
        return said.split(maxsplit=1)[0]

    def url_of(self, database: str) -> str:
        """The same server's address for another of its databases."""
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Create it, empty or as a copy of another that nobody is connected to, and return its URL."""
        copy = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
        await self._ask(f'CREATE DATABASE "{name}"{copy}')
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        await self._ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def start(self) -> None:
        """Start it again after `kill` or `stop`, at the same address."""
        self._own().start()

    def stop(self) -> None:
        """End it in order; open transactions are rolled back."""
        self._own().stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self._own().kill()

    async def _ask(self, statement: str) -> Any:
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    def _own(self) -> Cluster:
        if self._cluster is None:
            message = f"The server of {_GIVEN} is not ours to stop: ask for PostgreSQL(own=True)"
            raise ServerError(message)
        return self._cluster
