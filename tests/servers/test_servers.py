"""The servers of the tests are real, new enough, and crash and come back as real ones do."""

import asyncio

import asyncpg
import pytest
import redis

from tests.servers import PostgreSQL, Redis, ServerError


async def test_postgresql_is_new_enough(postgresql_server: PostgreSQL) -> None:
    """The oldest PostgreSQL that Projectory supports is 15."""
    assert int(postgresql_server.version.split(".")[0]) >= 15


async def test_a_database_can_be_copied_and_dropped(postgresql_server: PostgreSQL) -> None:
    """A copy has what its template has; after the drop it is gone, whoever is connected."""
    url = await postgresql_server.create_database("servers_template")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE facts AS SELECT 42 AS answer")
    await connection.close()
    copy = await asyncpg.connect(await postgresql_server.create_database("servers_copy", "servers_template"))
    assert await copy.fetchval("SELECT answer FROM facts") == 42
    await postgresql_server.drop_database("servers_copy")
    await postgresql_server.drop_database("servers_template")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(postgresql_server.url_of("servers_copy"))


async def test_a_killed_postgresql_keeps_what_it_committed() -> None:
    """With fsync on, a crash loses no commit, whatever was going on meanwhile, and the address stays."""
    with PostgreSQL(fsync=True) as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE facts AS SELECT 42 AS answer")
        busy = asyncio.ensure_future(connection.fetchval("SELECT count(*) FROM generate_series(1, 10000000000)"))
        await asyncio.sleep(0)
        server.kill()
        with pytest.raises(asyncpg.PostgresConnectionError):
            await busy
        server.start()
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("SELECT answer FROM facts") == 42
        assert await connection.fetchval("SHOW fsync") == "on"
        await connection.close()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_a_restarted_redis_has_forgotten_everything(ending: str) -> None:
    """Redis carries wake-ups only; the drills rely on it that nothing survives."""
    with Redis(own=True) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        getattr(server, ending)()
        with pytest.raises(redis.ConnectionError):
            client.get("key")
        server.start()
        assert client.get("key") is None


def test_a_server_of_others_is_not_stopped(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that the environment names is used, and left alone."""
    monkeypatch.setenv("PROJECTORY_TEST_REDIS_URL", redis_server.url)
    with Redis() as server:
        assert server.version == redis_server.version
        with pytest.raises(ServerError, match="own=True"):
            server.kill()
