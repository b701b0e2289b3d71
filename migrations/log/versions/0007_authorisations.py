"""Who was sent to a provider and has not come back yet, beside the log."""

import sqlalchemy as sa
from alembic import op

revision = "log_0007"
down_revision = "log_0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Rows are used up or expire; they are looked for by state, by end, and by user when an account is deleted."""
    op.create_table(
        "authorisations",
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("user", sa.Uuid()),
        sa.Column("connection", sa.Uuid()),
        sa.Column("return_to", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state", name="pk_authorisations"),
    )
    op.create_index("ix_authorisations_user", "authorisations", ["user"])
    op.create_index("ix_authorisations_expires_at", "authorisations", ["expires_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT SELECT, INSERT, DELETE ON authorisations TO projectory_app")


def downgrade() -> None:
    """Who is at a provider has to begin again."""
    op.drop_table("authorisations")
