"""The read tables: users, projects with members, tasks, links, the audit trail, and their checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "read_0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
TABLES = ("members", "users", "tasks", "projects", "links", "checkpoints", "audit")


def upgrade() -> None:
    """The application writes read models; the audit trail it only adds to."""
    op.create_table(
        "audit",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Uuid(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("causation_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("project", sa.Uuid(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit"),
    )
    op.create_index("ix_audit_actor_position", "audit", ["actor", "position"])
    op.create_index("ix_audit_project_position", "audit", ["project", "position"])
    op.create_table(
        "checkpoints",
        sa.Column("projection", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('running', 'faulted')", name="ck_checkpoints_state_known"),
        sa.PrimaryKeyConstraint("projection", name="pk_checkpoints"),
    )
    op.create_table(
        "links",
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("predecessor", sa.Uuid(), nullable=False),
        sa.Column("successor", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("lag_amount", sa.BigInteger(), nullable=False),
        sa.Column("lag_unit", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("type IN ('FS', 'SS', 'FF', 'SF')", name="ck_links_type_known"),
        sa.CheckConstraint("predecessor <> successor", name="ck_links_not_itself"),
        sa.PrimaryKeyConstraint("project", "id", name="pk_links"),
    )
    op.create_index("ix_links_predecessor", "links", ["predecessor"])
    op.create_index("ix_links_successor", "links", ["successor"])
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=True),
        sa.Column("must_finish", sa.DateTime(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("parent", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("wbs", sa.Text(), nullable=False),
        sa.Column("summary", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("duration_tenths", sa.BigInteger(), nullable=False),
        sa.Column("duration_elapsed", sa.Boolean(), nullable=False),
        sa.Column("constraint_type", sa.Text(), nullable=False),
        sa.Column("constraint_date", sa.DateTime(), nullable=True),
        sa.Column("percent_complete", sa.Integer(), nullable=False),
        sa.Column("actual_start", sa.DateTime(), nullable=True),
        sa.Column("actual_finish", sa.DateTime(), nullable=True),
        sa.Column("progress_as_of", INSTANT, nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("placement_revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("percent_complete BETWEEN 0 AND 100", name="ck_tasks_percent_range"),
        sa.CheckConstraint("sequence >= 1", name="ck_tasks_sequence_positive"),
        sa.ForeignKeyConstraint(
            ["parent"], ["tasks.id"], name="fk_tasks_parent", initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_parent", "tasks", ["parent"])
    op.create_index("ix_tasks_project_sequence", "tasks", ["project", "sequence"])
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username_reservation", sa.Text(), nullable=False),
        sa.Column("email_reservation", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_reservation", name="uq_users_email_reservation"),
        sa.UniqueConstraint("username_reservation", name="uq_users_username_reservation"),
    )
    op.create_table(
        "members",
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("user", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'admin')", name="ck_members_role_known"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_members_project"),
        sa.PrimaryKeyConstraint("project", "user", name="pk_members"),
    )
    op.create_index("ix_members_user_project", "members", ["user", "project"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT SELECT ON schema_version_read TO projectory_app")
        op.execute("GRANT SELECT ON audit TO projectory_app")
        op.execute("GRANT INSERT ON audit TO projectory_app")
        writable = ", ".join(f'"{table}"' for table in TABLES if table != "audit")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {writable} TO projectory_app")
        op.execute(
            "CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_refuse_{action.lower()} BEFORE {action} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'audit rows are immutable'); END"
            )


def downgrade() -> None:
    """Removes what is projected; it grows again from the log."""
    for table in TABLES:
        op.drop_table(table)
