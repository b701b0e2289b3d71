"""The command line as its users run it: every command a process of its own, in a folder of its own."""

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
_READY_SECONDS = 30


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Starter:
    """Runs commands one after the other, see starter.py."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.cli.starter"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, request: dict[str, Any]) -> int:
        """Runs a command to its end; its status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class CommandLine:
    """Runs commands in a folder. No setting comes from the environment of the tests."""

    starter: Starter
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ("-m", "src")

    def __call__(self, *arguments: str | Path, **environment: str) -> Done:
        """Runs a command to its end, with no input."""
        return self._run(arguments, environment, Path(os.devnull))

    def told(self, text: str, *arguments: str | Path, **environment: str) -> Done:
        """The same with this as its input."""
        (self.folder / ".stdin").write_text(text)
        return self._run(arguments, environment, self.folder / ".stdin")

    def _run(self, arguments: tuple[str | Path, ...], environment: dict[str, str], stdin: Path) -> Done:
        files = {name: str(self.folder / f".{name}") for name in ("stdout", "stderr")}
        request = {
            "arguments": [str(argument) for argument in arguments],
            "folder": str(self.folder),
            "environment": self._environment() | environment,
            "stdin": str(stdin),
            **files,
        }
        status = self.starter.run(request)
        return Done(status, *(Path(file).read_text() for file in files.values()))

    def fails(self, *arguments: str | Path, **environment: str) -> tuple[str, str]:
        """The code and the words of a command that must fail, as every failing command tells them."""
        done = self(*arguments, **environment)
        assert (done.status, "Traceback" in done.out + done.err) == (1, False), (arguments, done)
        if "--json" in arguments:
            error = done.json["error"]
            return error["code"], error["message"]
        code, _, words = done.err.strip().partition(" ")
        return code, " ".join(words.split())

    @contextmanager
    def serving(self, *arguments: str) -> Iterator["Serving"]:
        """A command that serves, from when it is ready until the end of the block. Its log is in a file."""
        command = [sys.executable, *self.program, *arguments]
        environment = self._environment() | {"PYTHONPATH": str(ROOT)}
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        try:
            serving = Serving(process, *self._told(process))
            serving.wait()
            yield serving
        finally:
            process.kill()
            process.communicate()

    def log(self) -> str:
        """What a command that served has logged."""
        return (self.folder / "log").read_text()

    def _told(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        """The address, and what was said up to the line with which the command begins to serve."""
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Serving" in line or "Ctrl-C" in line:
                return re.findall(r"http://\S+:\d+", said)[0], said
        raise AssertionError((said, self.log()))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROJECTORY_", "COLUMNS"))}
        return kept | self.settings


@dataclass(frozen=True)
class Serving:
    """A process that serves at an address."""

    process: subprocess.Popen[str]
    address: str
    said: str

    def wait(self) -> None:
        """Returns once the service is ready."""
        answer = httpx.get(f"{self.address}/readyz", timeout=_READY_SECONDS)
        assert answer.status_code == 200, answer.text

    def stop(self, seconds: float) -> float:
        """Asks it to end and waits; how long that took. Raises TimeoutExpired."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(seconds)
        return time.monotonic() - began
