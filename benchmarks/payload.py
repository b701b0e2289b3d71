"""What every contestant stores: the same event of 250 bytes, in streams of 20, each with its expected version."""

from uuid import UUID, uuid4

from src.commands.command import SYSTEM
from src.events.codec import canonical_json

EVENTS_A_STREAM = 20
_TASK = "019390c1-7d5e-7cc3-98c4-dc0c0c07398f"
_NOTES = "Measured twice; the concrete needs five dry days before the frame can go up. Ask the supplier about the beams"

DATA = canonical_json(
    {"task": _TASK, "name": "Pour the foundation of the garden studio", "notes": f"{_NOTES}{'.' * 33}"}
)
"""As a change of a task is stored; 250 bytes."""
METADATA = canonical_json(
    {"actor": str(SYSTEM), "command": "UpdateTask", "command_id": str(SYSTEM), "correlation_id": "benchmark"}
)


class Streams:
    """One client's streams, one after the other, and the version that the next event must get."""

    def __init__(self) -> None:
        self.version = EVENTS_A_STREAM
        self.id: UUID

    def next(self) -> None:
        """Go on to the next event."""
        if self.version == EVENTS_A_STREAM:
            self.id, self.version = uuid4(), 0
        self.version += 1
