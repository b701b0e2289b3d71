"""Credentials and refresh tokens, beside the log."""

import sqlalchemy as sa
from alembic import op

revision = "log_0006"
down_revision = "log_0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Both are looked for by id, and by user when an account is deleted."""
    op.create_table(
        "credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_user", "credentials", ["user"])
    op.create_table(
        "refreshes",
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("user", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("session", name="pk_refreshes"),
    )
    op.create_index("ix_refreshes_user", "refreshes", ["user"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT SELECT, INSERT, DELETE ON credentials TO projectory_app")
        op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON refreshes TO projectory_app")


def downgrade() -> None:
    """Everybody has to be given a new password."""
    op.drop_table("refreshes")
    op.drop_table("credentials")
