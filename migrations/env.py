"""Runs the migrations of one area (the log or the read tables) on the connection that the caller gives."""

import warnings
from typing import TYPE_CHECKING, Any, Literal

from alembic import context
from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from sqlalchemy import MetaData

connection: Connection = context.config.attributes["connection"]
metadata: "MetaData" = context.config.attributes["metadata"]

INDEXED_EXPRESSIONS = {"ix_events_bucket_position"}
"""Alembic cannot compare indexes of expressions."""


def ours(_object: Any, name: str | None, type_: str, reflected: bool, _compare_to: Any) -> bool:
    """Leaves out of a comparison what is not this area's: PostgreSQL holds both, and the generations, in one schema."""
    return not (reflected and (name not in metadata.tables if type_ == "table" else name in INDEXED_EXPRESSIONS))


def rendered(type_: str, value: Any, _context: Any) -> str | Literal[False]:
    """Migrations stand by themselves: the types of the application are written out."""
    if type_ == "type" and type(value).__name__ == "Instant":
        return 'sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")'
    return False


if connection.dialect.name == "postgresql":
    # A migration never queues behind a long query and thereby stops everybody else.
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('projectory migrations'))"))

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    include_object=ours,
    render_item=rendered,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction(), warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
    context.run_migrations()
