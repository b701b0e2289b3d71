"""A PostgreSQL data directory of one's own and the server on it."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import binaries
from .process import PATIENCE, Folder, Process, ServerError, environment, free_port, identity

_SETTINGS = ("max_connections=200", "listen_addresses=127.0.0.1", "timezone=UTC")
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Cluster:
    """Made on construction; the address stays the same however often the server ends and starts."""

    def __init__(self, *, fsync: bool) -> None:
        self._settings = _SETTINGS if fsync else _SETTINGS + _CARELESS
        self.programs = binaries.postgresql()
        self._folder = Folder("projectory-pg-")
        self._data = self._folder.path / "data"
        self._log = self._folder.path / "log"
        self._account = _account()
        try:
            if self._account:
                os.chown(self._folder.path, self._account.pw_uid, self._account.pw_gid)
                self.programs = _within_reach(self.programs, self._folder.path, self._account)
            self._create()
            self._port = free_port()
            self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
            self.start()
        except BaseException:
            self._folder.remove()
            raise

    def start(self) -> None:
        """Start the server, also after a crash."""
        settings = (f"unix_socket_directories={self._folder.path}", *self._settings)
        options = [word for setting in settings for word in ("-c", setting)]
        command = [self.programs / "postgres", "-D", self._data, "-p", str(self._port), *options]
        deadline = time.monotonic() + PATIENCE
        while True:
            self._process = Process(command, log=self._log, farewell=signal.SIGQUIT, account=self._account)
            try:
                return self._process.wait_until(self._ready)
            except ServerError as error:
                # After a kill, the kernel may need a moment to take the last process out of the shared memory.
                if "still in use" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """In order, but without waiting for clients to leave."""
        self._process.end(signal.SIGINT)

    def kill(self) -> None:
        """As a crash would."""
        self._process.kill()

    def remove(self) -> None:
        """End the server, which need not write what nobody reads again, and delete its data."""
        self._process.end(signal.SIGQUIT)
        self._folder.remove()

    def _create(self) -> None:
        """Trusting everybody on this machine; sorting by bytes, as SQLite does."""
        subprocess.run(
            [
                *(self.programs / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust"),
                *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
            ],
            cwd="/",
            env=environment(),
            check=True,
            stdout=subprocess.DEVNULL,
            **identity(self._account),
        )

    def _ready(self) -> bool:
        """Its file begins with a process id and ends with a status; a killed server leaves its own behind."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self._process.pid) and lines[7].strip() == "ready"


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as an account that every system has."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _within_reach(programs: Path, folder: Path, account: pwd.struct_passwd) -> Path:
    """The programs, or a copy of them where that account may not go: a virtual environment in root's home, say."""
    try:
        subprocess.run(
            [programs / "initdb", "--version"], cwd="/", check=True, capture_output=True, **identity(account)
        )
    except (PermissionError, subprocess.CalledProcessError):
        install = programs.parent
        package = install.parent
        shutil.copytree(install, folder / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / package.name / install.name / programs.name
    return programs
