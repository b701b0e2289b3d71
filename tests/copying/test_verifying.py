"""Whoever changes the log past its guards is found out: what is wrong is named, and where."""

import re
from pathlib import Path

import pytest

from src.config import Settings
from src.copying.errors import DamagedLogError
from src.copying.verifying import LIMIT
from src.events import chain
from src.wiring import open_app
from tests.conftest import nobody_woken
from tests.copying.conftest import Another
from tests.copying.logs import copied, exported, kind, made, verified
from tests.databases import as_owner

CREATED = "(SELECT min(position) FROM events WHERE type = 'ProjectCreated')"
EARLIER = "(SELECT recorded_at FROM events WHERE position = 1)"
STREAM = f"(SELECT stream FROM events WHERE position = {CREATED})"


async def loosened(settings: Settings, *statements: str) -> None:
    """Runs the statements as a superuser does who has taken the guards away."""
    guards = ("update", "delete", "replace")
    loose = (
        [f"DROP TRIGGER IF EXISTS events_refuse_{guard}" for guard in guards]
        if settings.embedded
        else ["ALTER TABLE events DISABLE TRIGGER ALL"]
    )
    await as_owner(settings, *loose, *statements)


async def test_a_log_is_sound(settings: Settings) -> None:
    """Of a history of chance nothing is told but how long it is, and where the chain ends."""
    await made(settings, 150)
    async with open_app(settings, nobody_woken) as app:
        link = chain.START
        for event in await app.log.read(0, 100_000):
            link = chain.link(link, event)
        head = await app.log.head()
    found = await verified(settings)
    assert (found.problems, found.more, found.events, found.head, found.link) == ([], False, head, head, link)


@pytest.mark.parametrize(
    "statements, told",
    [
        ([f"DELETE FROM events WHERE position = {CREATED}"], ["position P is missing", "version 2 follows version 0"]),
        (
            [f"UPDATE events SET recorded_at = {EARLIER} WHERE position = {CREATED}"],
            ["position P, S: it was recorded before the event ahead of it"],
        ),
        ([f"UPDATE events SET branch = 'other' WHERE position = {CREATED}"], ["position P, S: its branch is 'other'"]),
        (
            [f"UPDATE events SET data = '{{' WHERE position = {CREATED}"],
            ["position P, S: the data of a stored ProjectCreated", "position P, S: its data is no canonical JSON"],
        ),
        (
            [f"UPDATE events SET data = '{{}}' WHERE position = {CREATED}"],
            ["position P, S: the data of a stored ProjectCreated .* does not fit"],
        ),
        (
            [f"UPDATE events SET metadata = ' ' || metadata WHERE position = {CREATED}"],
            ["position P, S: its metadata is no canonical JSON"],
        ),
        (
            [f"UPDATE events SET type = 'Nothing' WHERE position = {CREATED}"],
            ["position P, S: no event type 'Nothing' with schema 1"],
        ),
        (
            [f"UPDATE events SET schema = 99 WHERE position = {CREATED}"],
            ["position P, S: no event type 'ProjectCreated' with schema 99"],
        ),
        (
            ["DELETE FROM events WHERE position = (SELECT max(position) FROM events)"],
            ["the log may be cut off"],
        ),
        ([f"UPDATE streams SET version = 99 WHERE stream = {STREAM}"], ["S: its head says version 99 and its events"]),
        ([f"DELETE FROM streams WHERE stream = {STREAM}"], ["S: its head says nothing and its events version"]),
        (
            ["INSERT INTO streams (stream, version) VALUES ('task-none@main', 1)"],
            ["task-none@main: its head says version 1 and it has no event"],
        ),
        (
            [
                f"UPDATE events SET version = -1 WHERE position = {CREATED}",
                f"UPDATE events SET version = 1 WHERE stream = {STREAM} AND version = 2",
                f"UPDATE events SET version = 2 WHERE position = {CREATED}",
            ],
            ["position P, S: version 2 comes before version 1"],
        ),
    ],
)
async def test_a_changed_log_is_found_out(
    settings: Settings, another: Another, tmp_path: Path, statements: list[str], told: list[str]
) -> None:
    """The change is named with position and stream. What is out of order cannot be copied either."""
    await made(settings, 20)
    before = await verified(settings)
    ((position, stream),) = await as_owner(settings, f"SELECT position, stream FROM events WHERE position = {CREATED}")
    await loosened(settings, *statements)
    found = await verified(settings)
    words = "\n".join(map(str, found.problems))
    for pattern in told:
        wanted = re.sub(r"\bS\b", re.escape(stream), re.sub(r"\bP\b", str(position), pattern))
        assert re.search(wanted, words), (wanted, words)
    only_heads = "streams" in statements[0]
    assert (found.link == before.link) == only_heads
    in_order = any(f"SET {name}" in statements[0] for name in ("data", "metadata", "type", "schema"))
    target = await another(kind(settings), settings)
    if in_order:
        assert (await copied(settings, target)).link == found.link
    else:
        with pytest.raises(DamagedLogError):
            await copied(settings, target)


async def test_damaged_bytes_are_found_out(sqlite_settings: Settings, tmp_path: Path) -> None:
    """A text that is no text, and a number that is none: SQLite keeps whatever it is told."""
    await made(sqlite_settings)
    damage = "UPDATE events SET data = CAST(x'7b22c328' AS TEXT) WHERE position = 3"
    await loosened(sqlite_settings, damage, "UPDATE events SET effective_at = 'soon' WHERE position = 5")
    assert [each.position for each in (await verified(sqlite_settings)).problems] == [3, 5]
    with pytest.raises(DamagedLogError, match="position 3"):
        await exported(sqlite_settings, tmp_path / "log")
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    "table, column, words",
    [
        ("outcomes", "outcome", "the row of outcomes that begins with '"),
        ("keys", "id", r"the row of keys that begins with '\\udcc3"),
        ("reactions", "error", "the row of reactions that begins with '"),
        ("credentials", "kind", "the row of credentials that begins with '"),
        ("credentials", "user", "an id in a row of credentials is none"),
    ],
)
async def test_a_text_beside_the_events_that_is_none_is_told(
    sqlite_settings: Settings, another: Another, tmp_path: Path, table: str, column: str, words: str
) -> None:
    """With the name of its table, and neither a file nor a copy is made of it."""
    await made(sqlite_settings)
    credential = "INSERT INTO credentials VALUES (hex(randomblob(16)), hex(randomblob(16)), 'password', x'00', 0)"
    one = f"(SELECT min(rowid) FROM {table})"
    damage = f"UPDATE {table} SET \"{column}\" = CAST(x'c328' AS TEXT) WHERE rowid = {one}"
    await loosened(sqlite_settings, credential, damage)
    with pytest.raises(DamagedLogError, match=words):
        await exported(sqlite_settings, tmp_path / "log")
    assert not (tmp_path / "log").exists()
    for target in ("sqlite", "postgresql"):
        with pytest.raises(DamagedLogError, match=table):
            await copied(sqlite_settings, await another(target, sqlite_settings))


async def test_so_many_problems_are_named(settings: Settings) -> None:
    """And that there are more."""
    await made(settings, 100)
    await loosened(settings, "UPDATE events SET metadata = ' ' || metadata")
    found = await verified(settings)
    assert (len(found.problems), found.more) == (LIMIT, True)
