"""A server as a child process: it never outlives its parent, and its folder is swept after a crash."""

import fcntl
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

PATIENCE = 30.0
"""Seconds that a server gets to start or stop; it needs less than one, but machines are shared."""

# The server takes the shell's place. Beside it stays a `cat` on a pipe of which only we hold the other end: if we
# vanish, however rudely, the pipe closes and the server gets its signal. The kernel's parent-death signal would come
# when the starting *thread* ends, and needs code between fork and exec, which Python warns of once there are threads.
_LEASH = 'exec 3<&0 </dev/null; { cat <&3 >/dev/null; kill -s "$0" $$ 2>/dev/null; } & exec "$@" 3<&-'


class ServerError(RuntimeError):
    """A server is missing, did not start, or cannot do what was asked."""


class Process:
    """One running server and its leash. A process group of its own, so that Ctrl-C reaches us and not the server."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        farewell: signal.Signals,
        account: pwd.struct_passwd | None = None,
    ) -> None:
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                ["/bin/sh", "-c", _LEASH, farewell.name.removeprefix("SIG"), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd="/",
                env=environment(),
                start_new_session=True,
                **identity(account),
            )
        self._log = log
        self.pid = self._child.pid

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return as soon as the server is ready; raise with the end of its log if it died or took too long."""
        deadline = time.monotonic() + PATIENCE
        while not ready():
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.kill()
                message = f"The server did not start:\n{self._log.read_text(errors='replace')[-2000:]}"
                raise ServerError(message)
            time.sleep(0.01)

    def end(self, how: signal.Signals) -> None:
        """Send the signal, wait, and let go of the leash."""
        self._child.send_signal(how)
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdin is not None:
            self._child.stdin.close()

    def kill(self) -> None:
        """As a power cut would: its children with it, for a busy one would live on and might even commit."""
        self._child.send_signal(signal.SIGSTOP)  # no new ones meanwhile
        for child in _children(self.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.end(signal.SIGKILL)


def _children(parent: int) -> list[int]:
    """As the kernel tells it; nothing where it has no such files. The name before the parent's id may hold anything."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(status.parent.name))
    return found


def environment() -> dict[str, str]:
    """Ours, without the variables that PostgreSQL's programs would take as orders."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


class Identity(TypedDict, total=False):
    """The arguments of `subprocess` that make a child run as another account; only root may."""

    user: int
    group: int
    extra_groups: list[int]


def identity(account: pwd.struct_passwd | None) -> Identity:
    """Nothing where the child runs as we do."""
    return Identity(user=account.pw_uid, group=account.pw_gid, extra_groups=[]) if account else {}


def free_port() -> int:
    """A port to keep over restarts: below those that the system hands out to clients, who would take it meanwhile."""
    for port in random.sample(range(15_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    message = "No free port between 15000 and 32000"
    raise ServerError(message)


class Folder:
    """A temporary folder that is locked while its process lives, so that others can tell what may be swept."""

    def __init__(self, prefix: str) -> None:
        _sweep(prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def remove(self) -> None:
        """Delete it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _sweep(prefix: str) -> None:
    """Remove what earlier processes left behind, except in the first minute, when a folder may not be locked yet."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            handle = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - left.stat().st_mtime > 60:
                    shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(handle)
