"""Starts the command line many times: this process has imported it once, and forks for every command.

To import it takes longer than most commands do. A command is a process of its own all the same, with its own folder,
environment and output; only the import is shared. One line of JSON in for each command, its status out.
"""

import json
import os
import sys
from typing import Any

from src.cli import main


def run(request: dict[str, Any]) -> None:
    """Becomes the command. Does not return."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(request[name], flags), number)
    sys.argv = ["projectory", *request["arguments"]]
    status: Any = 1
    try:
        main()
    except SystemExit as exit_:
        status = exit_.code
    except BaseException:  # noqa: BLE001 - what Python itself would do at the end of a program
        sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


def serve() -> None:
    """Answers each request with the status of the command that it asked for, when that has ended."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            run(request)
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    serve()
