"""What happened: the event models, how they are stored, and the log that holds them."""

from .event import Event, Personal, Sealed
from .log import ANONYMOUS, MAIN, SYSTEM, EventLog, LogUnavailableError, RecordedEvent, StreamLog, stream_name

__all__ = [
    "ANONYMOUS",
    "MAIN",
    "SYSTEM",
    "Event",
    "EventLog",
    "LogUnavailableError",
    "Personal",
    "RecordedEvent",
    "Sealed",
    "StreamLog",
    "stream_name",
]
