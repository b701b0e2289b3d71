"""Destroyed keys leave tombstones, and keys are wrapped anew in their place."""

import sqlalchemy as sa
from alembic import op

revision = "log_0005"
down_revision = "log_0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """The application may change what a key is wrapped in, and nothing else of it."""
    op.add_column("keys", sa.Column("destroyed_at", INSTANT))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT UPDATE (wrapped, destroyed_at) ON keys TO projectory_app")


def downgrade() -> None:
    """Tombstones go: a row with nothing in it is no key."""
    op.execute("DELETE FROM keys WHERE destroyed_at IS NOT NULL")
    op.drop_column("keys", "destroyed_at")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("REVOKE UPDATE ON keys FROM projectory_app")
