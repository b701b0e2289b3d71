"""Generations of read tables, a checkpoint a bucket, faults a project. The first tables become generation 1."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "read_0002"
down_revision = "read_0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
TABLES = {
    "users": ("users",),
    "projects": ("projects", "members"),
    "tasks": ("tasks",),
    "links": ("links",),
    "audit": ("audit",),
}
BUCKETED = ("projects", "tasks", "links")
REGISTRY = ("generations", "checkpoints", "faults")


def upgrade() -> None:
    """Rows and positions are kept: what was projected need not be projected again."""
    found = op.get_bind().execute(sa.text("SELECT projection, position FROM checkpoints")).all()
    positions = {row.projection: row.position for row in found}
    op.drop_table("checkpoints")
    for names in TABLES.values():
        for name in names:
            op.rename_table(name, f"{name}_1")
    generations = op.create_table(
        "generations",
        sa.Column("projection", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("measured_at", INSTANT, nullable=True),
        sa.Column("measured_events", sa.BigInteger(), nullable=False),
        sa.Column("speed", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "state IN ('wanted', 'building', 'active', 'retired', 'dropped')", name="ck_generations_state_known"
        ),
        sa.PrimaryKeyConstraint("projection", "generation", name="pk_generations"),
    )
    checkpoints = op.create_table(
        "checkpoints",
        sa.Column("projection", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('running', 'faulted')", name="ck_checkpoints_state_known"),
        sa.PrimaryKeyConstraint("projection", "generation", "bucket", name="pk_checkpoints"),
    )
    op.create_table(
        "faults",
        sa.Column("projection", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('faulted', 'retrying')", name="ck_faults_state_known"),
        sa.PrimaryKeyConstraint("projection", "generation", "bucket", "project", name="pk_faults"),
    )
    now = sa.text("CURRENT_TIMESTAMP" if _postgresql() else "CAST(strftime('%s', 'now') AS INTEGER) * 1000000")
    for projection, names in TABLES.items():
        # What has a checkpoint is read already; tables that are empty still are shown once they are level.
        state = "active" if projection in positions else "building"
        op.execute(
            generations.insert().values(
                projection=projection, generation=1, version=1, state=state, paused=False,
                tables=[f"{name}_1" for name in names], requested_at=now, changed_at=now, measured_events=0, speed=0.0,
            )
        )  # fmt: skip
        for bucket in range(64) if projection in BUCKETED else (-1,):
            op.execute(
                checkpoints.insert().values(
                    projection=projection, generation=1, bucket=bucket, position=positions.get(projection, 0),
                    events=0, state="running", updated_at=now,
                )
            )  # fmt: skip
    if not _postgresql():  # INSERT OR REPLACE deletes what it replaces without asking any trigger
        op.execute(
            "CREATE TRIGGER audit_refuse_replace BEFORE INSERT ON audit_1 WHEN EXISTS (SELECT 1 FROM audit_1 "
            "WHERE position = NEW.position) BEGIN SELECT RAISE(ABORT, 'audit rows are immutable'); END"
        )
    if _postgresql():
        # A checkpoint moves with every batch: room on the page keeps the updates off the index.
        op.execute("ALTER TABLE checkpoints SET (fillfactor = 30, autovacuum_vacuum_scale_factor = 0.0)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(REGISTRY)} TO projectory_app")


def downgrade() -> None:
    """Back to one set of tables, empty: they grow again from the log."""
    generations = sa.table("generations", sa.column("state"), sa.column("tables", sa.JSON()))
    for state, tables in op.get_bind().execute(sa.select(generations.c.state, generations.c.tables)).all():
        if state not in {"wanted", "dropped"}:
            for table in reversed(tables):
                op.drop_table(table)
    for table in REGISTRY:
        op.drop_table(table)
    script: Any = op.get_context().script
    script.get_revision("read_0001").module.upgrade()


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
