"""What the databases themselves refuse, whoever asks, and what the application may do on PostgreSQL."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from uuid_utils.compat import uuid4, uuid7

from src.config import Settings
from src.database import open_database
from src.events import EventLog
from src.wiring import App, open_app
from tests.conftest import nobody_woken
from tests.databases import as_owner, postgresql
from tests.events.committing import ACTOR, appended, call_append, commit, new_stream

# --- what the database itself refuses -----------------------------------------------------------------------------

_CHANGES = {
    "UPDATE": "UPDATE {table} SET type = 'Other'",
    "UPDATE of a row": "UPDATE {table} SET position = position + 1000000 WHERE position = 1",
    "DELETE": "DELETE FROM {table}",
    "DELETE of a row": "DELETE FROM {table} WHERE position = 1",
}


@pytest.mark.parametrize("change", _CHANGES)
async def test_events_cannot_be_changed_by_the_owner(shared: App, change: str) -> None:
    """The database refuses to change or delete an event, whoever asks."""
    await appended(shared.log, commit({new_stream(): 0}))
    before = await shared.log.read(0, 10)
    with pytest.raises(Exception, match="immutable"):
        await as_owner(shared.settings, _CHANGES[change].format(table="events"))
    assert await shared.log.read(0, 10) == before


@pytest.mark.parametrize("table", ["events", "audit_1"])
async def test_events_and_audit_cannot_be_truncated_by_the_owner(
    shared_postgresql_settings: Settings, table: str
) -> None:
    """PostgreSQL refuses TRUNCATE of what is immutable, also of many tables at once."""
    for statement in (f"TRUNCATE {table}", f"TRUNCATE {table}, streams CASCADE"):
        with pytest.raises(
            asyncpg.RestrictViolationError, match=r"TRUNCATE of [a-z0-9_]+ is refused: its rows are immutable"
        ):
            await as_owner(shared_postgresql_settings, statement)


async def test_events_cannot_be_replaced_by_the_owner(shared: App) -> None:
    """An INSERT in the place of an event is a change, too."""
    await appended(shared.log, commit({new_stream(): 0}))
    (before,) = await shared.log.read(0, 1)
    columns = "position, stream, version, type, schema, data, metadata, project, branch, effective_at, recorded_at"
    other = columns.replace(" data", " 'forged'")
    statement = f"INSERT OR REPLACE INTO events ({columns}) SELECT {other} FROM events WHERE position = 1"
    if not shared.settings.embedded:
        statement = statement.replace(" OR REPLACE", "") + " ON CONFLICT (position) DO UPDATE SET data = 'forged'"
    with pytest.raises(Exception, match="immutable"):
        await as_owner(shared.settings, statement)
    assert await shared.log.read(0, 1) == [before]


@pytest.mark.parametrize("change", _CHANGES)
async def test_audit_rows_cannot_be_changed_by_the_owner(settings: Settings, change: str) -> None:
    """The audit trail is as immutable as the log."""
    async with open_app(settings, nobody_woken) as app:
        await appended(app.log, commit({new_stream(): 0}, metadata=_metadata()))
        await app.runner.catch_up_all()
        with pytest.raises(Exception, match="immutable"):
            await as_owner(settings, _CHANGES[change].format(table="audit_1"), read_file=True)
        assert await as_owner(settings, "SELECT count(*) FROM audit_1 WHERE position = 1", read_file=True) == [(1,)]


# --- what the application may do on PostgreSQL ---------------------------------------------------------------------

_LOG_TABLES = ("events", "streams", "outcomes")


async def test_the_application_may_read_the_log(shared_postgresql_settings: Settings) -> None:
    """Its role reads all three tables of the log, and appends by the one function."""
    async with postgresql(shared_postgresql_settings, application=True) as connection:
        assert await connection.fetchval("SELECT current_user") == "projectory_app"
        (answer,) = await call_append(connection, commit({new_stream(): 0}))
        assert answer["status"] == "appended"
        for table in _LOG_TABLES:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") > 0


_FORBIDDEN = {
    "INSERT": "INSERT INTO {table} SELECT * FROM {table} LIMIT 1",
    "UPDATE": "UPDATE {table} SET {column} = {column}",
    "DELETE": "DELETE FROM {table}",
    "TRUNCATE": "TRUNCATE {table}",
    "ALTER": "ALTER TABLE {table} ADD COLUMN more text",
    "DROP": "DROP TABLE {table} CASCADE",
    "DISABLE TRIGGER": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "CREATE TRIGGER": "CREATE TRIGGER t BEFORE INSERT ON {table} EXECUTE FUNCTION refuse_change()",
    "CREATE RULE": "CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "CREATE INDEX": "CREATE INDEX ON {table} ({column})",
    "LOCK": "BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
}


@pytest.mark.parametrize("what", _FORBIDDEN)
async def test_the_application_cannot_write_the_log_itself(shared_postgresql_settings: Settings, what: str) -> None:
    """Whatever is not the append or a SELECT is refused on every table of the log."""
    async with postgresql(shared_postgresql_settings, application=True) as connection:
        for table in _LOG_TABLES:
            column = await connection.fetchval(
                "SELECT column_name FROM information_schema.columns WHERE table_name = $1 LIMIT 1", table
            )
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ObjectNotInPrerequisiteStateError)):
                await connection.execute(_FORBIDDEN[what].format(table=table, column=column))
            await connection.execute("ROLLBACK")


async def test_the_application_was_granted_nothing_more(shared_postgresql_settings: Settings) -> None:
    """What its role, and everybody, may do to the tables beside the read models, in full."""
    async with postgresql(shared_postgresql_settings) as connection:
        rows = await connection.fetch(
            "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS privileges "
            "FROM information_schema.role_table_grants WHERE grantee IN ('projectory_app', 'PUBLIC') "
            "AND table_schema = 'public' AND table_name = ANY ($1) GROUP BY table_name",
            [*_LOG_TABLES, "keys", "reactions", "leases", "audit_1", "schema_version_log", "schema_version_read"],
        )
    assert dict(rows) == {
        **dict.fromkeys((*_LOG_TABLES, "schema_version_log", "schema_version_read"), "SELECT"),
        "keys": "DELETE INSERT SELECT",
        "reactions": "INSERT SELECT UPDATE",
        "leases": "DELETE INSERT SELECT UPDATE",
        "audit_1": "INSERT SELECT",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE keys SET id = 'other'",
        "UPDATE keys SET created_at = now()",
        "TRUNCATE keys",
        "UPDATE audit_1 SET reason = 'none'",
        "DELETE FROM audit_1",
        "TRUNCATE audit_1",
        "ALTER TABLE audit_1 DISABLE TRIGGER ALL",
        "UPDATE schema_version_log SET version_num = 'none'",
        "SET session_replication_role = replica",
        "DROP FUNCTION append_commits",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TABLE more ()",
        "CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz'",
    ],
)
async def test_the_application_cannot_loosen_the_database(shared_postgresql_settings: Settings, statement: str) -> None:
    """Keys and audit rows are not changed, guards not removed, nothing put in the way of the append."""
    async with postgresql(shared_postgresql_settings, application=True) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_nobody_else_may_append(shared_postgresql_settings: Settings) -> None:
    """A role that was granted nothing can neither append nor read."""
    role = f"stranger_{uuid4().hex}"
    async with postgresql(shared_postgresql_settings) as connection:
        await connection.execute(f"CREATE ROLE {role}; SET ROLE {role}")
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await call_append(connection, commit({new_stream(): 0}))
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("SELECT * FROM events")
        finally:
            await connection.execute(f"RESET ROLE; DROP ROLE {role}")


async def test_a_temporary_table_does_not_stand_in_for_a_table_of_the_log(
    shared_postgresql_settings: Settings, shared_postgresql_log: EventLog
) -> None:
    """The append runs with its owner's rights, so it must not see what a caller calls `events`."""
    head = await shared_postgresql_log.head()
    async with postgresql(shared_postgresql_settings, application=True) as connection:
        await connection.execute("CREATE TEMPORARY TABLE events (LIKE public.events)")
        await call_append(connection, commit({new_stream(): 0}))
        assert await connection.fetchval("SELECT count(*) FROM events") == 0
    assert await shared_postgresql_log.head() == head + 1


@pytest.mark.parametrize("level", ["repeatable_read", "serializable"])
async def test_an_append_on_a_snapshot_is_refused(shared_postgresql_settings: Settings, level: Any) -> None:
    """A snapshot from before the lock would hide what others have appended: only READ COMMITTED will do."""
    async with postgresql(shared_postgresql_settings, application=True) as connection:
        with pytest.raises(asyncpg.RaiseError, match="needs READ COMMITTED"):
            async with connection.transaction(isolation=level):
                await call_append(connection, commit({new_stream(): 0}))


@pytest.fixture
async def shared_postgresql_log(shared_postgresql_settings: Settings) -> AsyncIterator[EventLog]:
    """The log of the shared PostgreSQL database, by engines of the test's own."""
    database, log = open_database(shared_postgresql_settings)
    yield log
    await log.close()
    await database.dispose()


def _metadata() -> str:
    return f'{{"actor":"{ACTOR}","command":"Test","command_id":"{uuid7()}","correlation_id":"test"}}'
