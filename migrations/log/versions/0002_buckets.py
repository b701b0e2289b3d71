"""The events of a bucket of projects are found in order: workers and followers read only what is theirs."""

from alembic import op

revision = "log_0002"
down_revision = "log_0001"
branch_labels = None
depends_on = None

POSTGRESQL = "(get_byte(uuid_send(project), 15) & 63)"
SQLITE = (
    "(instr('0123456789abcdef', substr(project, 36, 1)) - 1 + "
    "(instr('0123456789abcdef', substr(project, 35, 1)) - 1) % 4 * 16)"
)


def upgrade() -> None:
    """The bucket is an expression of the project: nothing stored changes."""
    bucket = POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE
    op.execute(f"CREATE INDEX ix_events_bucket_position ON events ({bucket}, position) WHERE project IS NOT NULL")


def downgrade() -> None:
    """The events stay."""
    op.execute("DROP INDEX ix_events_bucket_position")
