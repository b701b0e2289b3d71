"""A Redis server of one's own, or the one that PROJECTORY_TEST_REDIS_URL names."""

import os
import signal
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from . import binaries
from .process import Folder, Process, ServerError, free_port


class Redis:
    """Started on entering, stopped on leaving. It keeps nothing over a restart; `own=True` ignores the environment."""

    def __init__(self, *, own: bool = False) -> None:
        given = None if own else os.environ.get("PROJECTORY_TEST_REDIS_URL")
        self._ours = not given
        self.url = given or ""

    @property
    def origin(self) -> str:
        """Where the server comes from: a program, or the environment."""
        return str(self._program) if self._ours else "PROJECTORY_TEST_REDIS_URL"

    def __enter__(self) -> Self:
        if self._ours:
            self._program = binaries.redis()
            self._folder = Folder("projectory-redis-")
            self._port = free_port()
            self.url = f"redis://127.0.0.1:{self._port}/0"
            try:
                self.start()
            except BaseException:
                self._folder.remove()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ours:
            self.stop()
            self._folder.remove()

    @property
    def version(self) -> str:
        """As the server tells it: `6.2.14`, or `9.1.2 (Valkey)`."""
        with closing(redis.Redis.from_url(self.url)) as client:
            told = client.info("server")
        return f"{told['valkey_version']} (Valkey)" if "valkey_version" in told else str(told["redis_version"])

    def start(self) -> None:
        """Start it again after `stop` or `kill`, empty, at the same address."""
        self._require_ours()
        command: list[str | Path] = [self._program, "--bind", "127.0.0.1", "--port", str(self._port)]
        forgetful: list[str | Path] = ["--save", "", "--appendonly", "no", "--dir", self._folder.path]
        log = self._folder.path / "log"
        self._process = Process([*command, *forgetful], log=log, farewell=signal.SIGTERM)
        self._process.wait_until(self._ready)

    def stop(self) -> None:
        """End it in order."""
        self._require_ours()
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._require_ours()
        self._process.kill()

    def freeze(self) -> None:
        """Let it take connections and answer none, as one that hangs or a network that swallows."""
        self._require_ours()
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self._require_ours()
        os.kill(self._process.pid, signal.SIGCONT)

    def _ready(self) -> bool:
        with closing(redis.Redis.from_url(self.url)) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

    def _require_ours(self) -> None:
        if not self._ours:
            message = "The server of PROJECTORY_TEST_REDIS_URL is not ours to stop: ask for Redis(own=True)"
            raise ServerError(message)
