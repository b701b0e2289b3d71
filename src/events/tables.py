"""The tables of the log. Times are microseconds since 1970 (UTC) on SQLite, timestamptz on PostgreSQL."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, Uuid, text

from .instant import Instant
from .log import SYSTEM

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

_POSITION = BigInteger().with_variant(Integer(), "sqlite")
_ID = Uuid().with_variant(Text(), "sqlite")

EVENTS = Table(
    "events",
    METADATA,
    Column("position", _POSITION, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("data", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("project", _ID),
    Column("branch", Text, nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "stream", "version", unique=True),
)

STREAMS = Table(
    "streams",
    METADATA,
    Column("stream", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""The head of every stream: what an expected version is checked against."""

EXPIRING = text(f"actor <> '{SYSTEM}'")
"""Outcomes of the service's own commands stay: their ids are derived, so a repeat may come at any time."""

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("actor", _ID, primary_key=True),
    Column("command_id", _ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_outcomes_expiring", "recorded_at", sqlite_where=EXPIRING, postgresql_where=EXPIRING),
)
"""What each command was answered, so that a repeat is answered the same; expires."""

KEYS = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("destroyed_at", Instant),
    Index(None, "created_at"),
)
"""Keys of persons and of the service, each wrapped by the master key. To destroy one is to erase: its row stays as a
tombstone, with nothing in it, so that no command under way makes another in its place."""

CREDENTIALS = Table(
    "credentials",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "user"),
)
"""What a secret is checked against: hashes of passwords, digests of keys. Good only while an event names the id."""

REFRESHES = Table(
    "refreshes",
    METADATA,
    Column("session", Uuid, primary_key=True),
    Column("user", Uuid, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index(None, "user"),
)
"""The number of each session's latest refresh token: an earlier one was used already."""

AUTHORISATIONS = Table(
    "authorisations",
    METADATA,
    Column("state", LargeBinary, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("provider", Text, nullable=False),
    Column("user", Uuid),
    Column("connection", Uuid),
    Column("return_to", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index(None, "user"),
    Index(None, "expires_at"),
)
"""Who was sent to a provider and has not come back yet: digests only of what shows that it is the same one."""

REACTIONS = Table(
    "reactions",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("updated_at", Instant, nullable=False),
)
"""How far each reaction has come in the log, and each schedule in its ticks; kept with the log, never rebuilt."""

LEASES = Table(
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("holder", Uuid, nullable=False),
    Column("until", Instant, nullable=False),
)
"""Who does what only one process at a time does, and until when."""
