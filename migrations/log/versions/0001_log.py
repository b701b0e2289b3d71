"""The log: events, stream heads, outcomes, keys; the append; what refuses changes; the application's role."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "log_0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
ID = sa.Uuid().with_variant(sa.Text(), "sqlite")
SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    """One shape on both databases; the append and the roles exist on PostgreSQL only."""
    op.create_table(
        "events",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False
        ),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("project", ID),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_events"),
    )
    op.create_index("ix_events_stream_version", "events", ["stream", "version"], unique=True)
    op.create_table(
        "streams",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name="pk_streams"),
    )
    op.create_table(
        "outcomes",
        sa.Column("actor", ID, nullable=False),
        sa.Column("command_id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("actor", "command_id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_recorded_at", "outcomes", ["recorded_at"])
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_refuse_{action.lower()} BEFORE {action} ON events "
                "BEGIN SELECT RAISE(ABORT, 'events are immutable'); END"
            )


def _guard_postgresql() -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    # Stream heads are updated in place at every append: room on the page keeps the updates off the index.
    op.execute("ALTER TABLE streams SET (fillfactor = 70)")
    op.execute((SQL / "0001_append_commits.sql").read_text())
    op.execute(f"ALTER FUNCTION append_commits SET search_path = {schema}, pg_temp")
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: its rows are immutable', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # Roles belong to the server, not to the database: another database may have made it, even just now.
    op.execute(
        """
        DO $$ BEGIN
            BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'projectory_app') THEN
                    CREATE ROLE projectory_app NOLOGIN;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
            -- Who makes a role may not take it by that alone; a second grant does no harm.
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER) THEN
                BEGIN
                    GRANT projectory_app TO CURRENT_USER;
                EXCEPTION WHEN insufficient_privilege THEN
                    IF NOT pg_has_role('projectory_app', 'MEMBER') THEN RAISE; END IF;
                END;
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN RAISE EXCEPTION
            'the role projectory_app is missing and % may not make it: let a superuser run '
            '"CREATE ROLE projectory_app NOLOGIN; GRANT projectory_app TO %" and migrate again',
            CURRENT_USER, CURRENT_USER;
        END $$
        """
    )
    op.execute(f"GRANT USAGE ON SCHEMA {schema} TO projectory_app")
    op.execute("REVOKE ALL ON FUNCTION append_commits FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION append_commits TO projectory_app")
    op.execute("GRANT SELECT ON schema_version_log TO projectory_app")
    op.execute("GRANT SELECT ON events, streams, outcomes TO projectory_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON keys TO projectory_app")


def downgrade() -> None:
    """Removes the log and all that it holds. The role stays: other databases may use it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION append_commits")
    for table in ("keys", "outcomes", "streams", "events"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change")
