"""Destroyed keys leave tombstones, which stay; keys are wrapped anew in their place."""

import sqlalchemy as sa
from alembic import op

revision = "log_0005"
down_revision = "log_0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
CHANGED = "NEW.wrapped <> OLD.wrapped OR NEW.destroyed_at IS NULL"
EMPTY = "(length({0}wrapped) = 0) = ({0}destroyed_at IS NOT NULL)"


def upgrade() -> None:
    """The application may change what a key is wrapped in, and destroy it, and nothing else of it."""
    op.add_column("keys", sa.Column("destroyed_at", INSTANT))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT UPDATE (wrapped, destroyed_at) ON keys TO projectory_app")
        op.execute(f"ALTER TABLE keys ADD CONSTRAINT ck_keys_destroyed_is_empty CHECK ({EMPTY.format('')})")
        op.execute(
            "CREATE FUNCTION refuse_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'the key % is destroyed for good', OLD.id USING ERRCODE = 'restrict_violation'; END $$"
        )
        for action, changed in (("UPDATE", f" AND ({CHANGED})"), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER keys_stay_destroyed_{action.lower()} BEFORE {action} ON keys FOR EACH ROW "
                f"WHEN (OLD.destroyed_at IS NOT NULL{changed}) EXECUTE FUNCTION refuse_key()"
            )
        return
    refused = "BEGIN SELECT RAISE(ABORT, '{0}'); END"
    gone, torn = refused.format("the key is destroyed for good"), refused.format("a key is whole or destroyed")
    op.execute(
        "CREATE TRIGGER keys_stay_destroyed_update BEFORE UPDATE ON keys "
        f"WHEN OLD.destroyed_at IS NOT NULL AND ({CHANGED}) {gone}"
    )
    op.execute(
        f"CREATE TRIGGER keys_stay_destroyed_delete BEFORE DELETE ON keys WHEN OLD.destroyed_at IS NOT NULL {gone}"
    )
    op.execute(f"CREATE TRIGGER keys_are_whole BEFORE UPDATE ON keys WHEN NOT ({EMPTY.format('NEW.')}) {torn}")


def downgrade() -> None:
    """Tombstones go: a row with nothing in it is no key."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    on = " ON keys" if postgresql else ""
    for trigger in ("keys_stay_destroyed_update", "keys_stay_destroyed_delete"):
        op.execute(f"DROP TRIGGER {trigger}{on}")
    if postgresql:
        op.execute("DROP FUNCTION refuse_key")
        op.execute("ALTER TABLE keys DROP CONSTRAINT ck_keys_destroyed_is_empty")
        op.execute("REVOKE UPDATE (wrapped, destroyed_at) ON keys FROM projectory_app")
    else:
        op.execute("DROP TRIGGER keys_are_whole")
    op.execute("DELETE FROM keys WHERE destroyed_at IS NOT NULL")
    op.drop_column("keys", "destroyed_at")
