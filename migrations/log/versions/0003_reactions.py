"""Checkpoints of reactions and leases, beside the log; outcomes expire and orphaned keys are found."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "log_0003"
down_revision = "log_0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
SQL = Path(__file__).parent.parent / "sql"
EXPIRING = sa.text("actor <> '00000000-0000-7000-8000-000000000001'")


def upgrade() -> None:
    """Outcomes of the service itself leave the index: they stay, and looking for others never passes over them."""
    op.create_table(
        "reactions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_reactions"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.drop_index("ix_outcomes_recorded_at", "outcomes")
    op.create_index(
        "ix_outcomes_expiring", "outcomes", ["recorded_at"], sqlite_where=EXPIRING, postgresql_where=EXPIRING
    )
    op.create_index("ix_keys_created_at", "keys", ["created_at"])
    if op.get_bind().dialect.name == "postgresql":
        schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
        op.execute((SQL / "0003_expire_outcomes.sql").read_text())
        op.execute(f"ALTER FUNCTION expire_outcomes SET search_path = {schema}, pg_temp")
        op.execute("REVOKE ALL ON FUNCTION expire_outcomes FROM PUBLIC")
        op.execute("GRANT EXECUTE ON FUNCTION expire_outcomes TO projectory_app")
        op.execute("GRANT SELECT, INSERT, UPDATE ON reactions TO projectory_app")
        op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON leases TO projectory_app")


def downgrade() -> None:
    """Reactions forget how far they have come."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION expire_outcomes")
    op.drop_index("ix_keys_created_at", "keys")
    op.drop_index("ix_outcomes_expiring", "outcomes")
    op.create_index("ix_outcomes_recorded_at", "outcomes", ["recorded_at"])
    op.drop_table("leases")
    op.drop_table("reactions")
