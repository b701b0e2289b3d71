"""The hash chain over the log: each link holds the one before and every byte of an event: none can be exchanged."""

from hashlib import sha256

from .codec import canonical_json
from .instant import to_micros
from .log import RecordedEvent

START = bytes(32)
"""What the first link is made with."""


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
        to_micros(recorded.effective_at),
        to_micros(recorded.recorded_at),
    ]
    return sha256(previous + canonical_json(columns).encode()).digest()
