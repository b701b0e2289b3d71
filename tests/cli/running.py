"""The command line as its users run it: a process of its own, in a folder of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
_SECONDS = 60


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Runs commands in a folder. No setting comes from the environment of the tests."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str | Path, **environment: str) -> Done:
        """Runs a command to its end."""
        done = subprocess.run(
            self._command(*arguments),
            cwd=self.folder,
            env=self._environment(environment),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            text=True,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def fails(self, *arguments: str | Path, **environment: str) -> tuple[str, str]:
        """The code and the words of a command that must fail, as every failing command tells them."""
        done = self(*arguments, **environment)
        assert done.status == 1, (done.out, done.err)
        assert "Traceback" not in done.out + done.err
        if "--json" in arguments:
            error = done.json["error"]
            return error["code"], error["message"]
        code, _, words = done.err.strip().partition(" ")
        return code, " ".join(words.split())

    @contextmanager
    def serving(self, *arguments: str) -> Iterator["Serving"]:
        """A command that serves, from when it is ready until the end of the block."""
        process = subprocess.Popen(
            self._command(*arguments),
            cwd=self.folder,
            env=self._environment({}),
            stdout=subprocess.PIPE,
            stderr=(self.folder / "log").open("wb"),
            text=True,
        )
        try:
            serving = Serving(process, *self._told(process))
            serving.wait()
            yield serving
        finally:
            process.kill()
            process.wait()
            process.stdout and process.stdout.close()

    def _told(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        """What was said up to the line that names the address."""
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if (address := re.search(r"http://\S+:\d+", said)) and ("Serving" in line or "Ctrl-C" in line):
                return address[0], said
        raise AssertionError((said, (self.folder / "log").read_text()))

    def _command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "src", *map(str, arguments)]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROJECTORY_")}
        kept.pop("COLUMNS", None)
        return kept | {"PYTHONPATH": str(ROOT)} | self.settings | more


@dataclass(frozen=True)
class Serving:
    """A process that serves at an address."""

    process: subprocess.Popen[str]
    address: str
    said: str

    def wait(self) -> None:
        """Returns once the service is ready."""
        connect = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=connect, timeout=_SECONDS) as client:
            assert client.get(f"{self.address}/readyz").status_code == 200

    def stop(self, seconds: float) -> float:
        """Asks it to end and waits; how long that took. Raises TimeoutExpired."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(seconds)
        return time.monotonic() - began
