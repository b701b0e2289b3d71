"""`python -m tests.drills.work PROCESSES`: the workers of production, with the ledger beside, and a fault point.

With DRILL_CRASH set to a probability, a process kills itself with it in the middle of a batch: when the rows are
written and the checkpoints are not.
"""

import os
import random
import signal
import sys
from collections.abc import Sequence
from typing import Any

import src.projections.runner
import src.wiring
from src.projections import PROJECTIONS
from src.projections.claims import move
from tests.drills.ledger import LEDGER
from workers.__main__ import main


def between_rows_and_checkpoints(chance: float) -> None:
    """The fault point: puts a sudden death there."""
    async def dying(connection: Any, moves: Sequence[Any], state: str) -> None:
        if moves and random.random() < chance:
            os.kill(os.getpid(), signal.SIGKILL)
        await move(connection, moves, state)

    setattr(src.projections.runner, "move", dying)  # noqa: B010 - a name that is not for others


if __name__ == "__main__":
    setattr(src.wiring, "PROJECTIONS", (*PROJECTIONS, LEDGER))  # noqa: B010 - the same
    between_rows_and_checkpoints(float(os.environ.get("DRILL_CRASH", "0")))
    main(*sys.argv[1:])
