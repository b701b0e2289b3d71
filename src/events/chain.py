"""The hash chain over the log: each link holds the one before and every byte of an event: none can be exchanged."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from .codec import canonical_json
from .log import RecordedEvent

START = bytes(32)
"""What the first link is made with."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def link(previous: bytes, recorded: RecordedEvent) -> bytes:
    """The link of the event (32 bytes, SHA-256), given that of the position before, or START.

    It is over the previous link and the canonical JSON of all columns in their order, times as microseconds since 1970
    in UTC, so it can be computed by anybody who has the log, whichever database it is in.
    """
    columns = [
        recorded.position,
        recorded.stream,
        recorded.version,
        recorded.type,
        recorded.schema,
        recorded.data,
        recorded.metadata,
        recorded.project and str(recorded.project),
        recorded.branch,
        _microseconds(recorded.effective_at),
        _microseconds(recorded.recorded_at),
    ]
    return sha256(previous + canonical_json(columns).encode()).digest()


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
