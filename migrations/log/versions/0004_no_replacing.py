"""SQLite: no statement replaces an event. INSERT OR REPLACE deletes what it replaces without asking any trigger."""

from alembic import op

revision = "log_0004"
down_revision = "log_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """PostgreSQL has no such statement; its ON CONFLICT DO UPDATE is an update, which is refused."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER events_refuse_replace BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events "
            "WHERE position = NEW.position OR (stream = NEW.stream AND version = NEW.version)) "
            "BEGIN SELECT RAISE(ABORT, 'events are immutable'); END"
        )


def downgrade() -> None:
    """Back to what OR REPLACE gets past."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_refuse_replace")
