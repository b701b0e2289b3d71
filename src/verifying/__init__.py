"""Whether log and audit trail are what they were: recomputed, compared, and what is otherwise named."""

from .checkpoints import BadCheckpointError, KeptCheckpoint, NoCheckpointError, checkpoint, read_checkpoints
from .findings import Finding, What, Where
from .verify import Verification, verify

__all__ = [
    "BadCheckpointError",
    "Finding",
    "KeptCheckpoint",
    "NoCheckpointError",
    "Verification",
    "What",
    "Where",
    "checkpoint",
    "read_checkpoints",
    "verify",
]
