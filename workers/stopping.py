"""How a worker process ends: once, in order, and in any case."""

import signal
from types import FrameType

STOP_SECONDS = 17
"""Supervisors kill after twenty, and Dramatiq's master needs a second or two to notice."""


def stop_once() -> None:
    """Makes the first signal to stop the only one, and has the kernel end the process if it takes too long.

    When a supervisor signals the whole process group, the signal comes twice: from it, and from Dramatiq's master.
    Dramatiq would take the second for impatience and drop the batch under way.
    """
    stopping = False
    dramatiq_stops = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:
            return
        stopping = True
        # The alarm is nobody's to handle, so it ends a process of which every thread hangs.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(STOP_SECONDS)
        if callable(dramatiq_stops):
            dramatiq_stops(number, frame)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
