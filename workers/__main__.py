"""`python -m workers PROCESSES THREADS`: Dramatiq's own command line with our settings.

Dramatiq's master ends all workers when one dies, so something outside has to start it again: compose.yaml
and systemd do.
"""

import os
import sys

_SETTINGS = {
    # An idle worker asks Redis for messages this often (milliseconds): the default wakes it after a second.
    "dramatiq_worker_timeout": "50",
    "dramatiq_queue_prefetch": "8",
}
_SHUTDOWN_MILLISECONDS = "20000"


def main(processes: str = "1", threads: str = "8") -> None:
    """Does not return before the workers have ended."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)  # Dramatiq reads them when it is imported
    from dramatiq import cli  # noqa: PLC0415 - after its settings

    arguments = ["workers.actors", "--processes", processes, "--threads", threads]
    arguments += ["--worker-shutdown-timeout", _SHUTDOWN_MILLISECONDS]
    sys.exit(cli.main(cli.make_argument_parser().parse_args(arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
