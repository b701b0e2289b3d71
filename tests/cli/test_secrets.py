"""Secrets never reach a log: the whole service at its most talkative, with everything going wrong that can."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import redis
from pydantic import SecretStr
from sqlalchemy import make_url
from uuid_utils.compat import uuid4

from src.config import Settings
from tests.conftest import MASTER_KEY, settings_for
from tests.servers import PostgreSQL, Redis
from tests.workers.processes import Workers

from .running import ROOT, CommandLine, Starter

PROGRAM = (str(ROOT / "bin/projectory"),)
NAMED = ("password", "refresh_token", "client_secret", "code", "api_key", "authorization")


@dataclass
class Known:
    """Strings that nobody may find again."""

    texts: dict[str, str] = field(default_factory=lambda: {"master key": MASTER_KEY})

    def __getitem__(self, name: str) -> str:
        return self.texts.setdefault(name, f"S3cret{secrets.token_hex(12)}")

    def found_in(self, said: str) -> set[str]:
        """The names of those that are in a text."""
        return {name for name, text in self.texts.items() if text in said or text.split(".")[-1] in said}


@pytest.fixture
def known() -> Known:
    """Secrets of the test's own."""
    return Known()


@contextmanager
def guarded_redis(password: str) -> Iterator[Redis]:
    """A Redis of the test's own that asks for a password."""
    with Redis(own=True) as server:
        with closing(redis.Redis.from_url(server.url)) as client:
            client.config_set("requirepass", password)
        yield server


@pytest.fixture
async def database(postgresql_server: PostgreSQL, postgresql_template: str) -> AsyncIterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    name = f"secrets_{uuid4().hex}"
    await postgresql_server.create_database(name, postgresql_template)
    yield name
    await postgresql_server.drop_database(name)


def ask(service: httpx.Client, known: Known) -> list[httpx.Response]:
    """Requests that are right and requests that are wrong in every way, full of secrets."""
    bearer = {"Authorization": f"Bearer {known['token']}", "Idempotency-Key": known["key"], "Cookie": f"s={known['s']}"}
    body = {name: known[f"body {name}"] for name in NAMED}
    query = {name: known[f"query {name}"] for name in NAMED}
    json = {"Content-Type": "application/json"}
    users, projects = "/api/v1/users", "/api/v1/projects"
    made = service.post(projects, json={"name": "Shed"}, headers=bearer, params=query)
    assert made.status_code == 201, made.text
    return [
        made,
        service.post("/api/v1/sessions", json={"name": known["account"], "password": known["wrong password"]}),
        service.post("/api/v1/sessions/refresh", json={"refresh_token": known["refresh"]}),
        service.post("/api/v1/password-resets", json={"reset": known["reset"], "new_password": known["new password"]}),
        service.post(projects, json={"name": "Other"}, headers=bearer),
        service.post(users, json=body, headers=bearer),
        service.post(users, json={"username": body, "email": [body], "name": known["name"] * 99}, headers=bearer),
        service.post(users, json={"username": "ann", "email": known["email"], "name": "Ann"}, headers=bearer),
        service.post(users, content=f'{{"password": "{known["cut"]}', headers=bearer | json),
        service.post(users, data=body, headers=bearer),
        service.get(f"{users}/nobody", headers=bearer, params=query),
        service.get(projects, headers={"Authorization": f"Basic {known['basic']}"}, params=query),
        service.get(projects, headers={"Authorization": f"Bearer {known['opaque token']}"}),
        service.get(projects, headers=bearer | {"If-Match": known["tag"]}, params={"after": known["cursor"]}),
        service.patch(made.headers["location"], json={"name": 1}, headers=bearer | {"If-Match": known["tag"]}),
        service.get("/nothing", headers=bearer, params=query),
        service.get("/readyz"),
        service.get("/metrics", headers=bearer),
    ]


def with_password(command_line: CommandLine, known: Known) -> None:
    """The operator, who is there from the first command on, can sign in."""
    for done in (
        command_line("projects", PROJECTORY_REDIS_URL=""),
        command_line.told(known["password"] + "\n", "user", "password", "operator", PROJECTORY_REDIS_URL=""),
    ):
        assert done.status == 0, done


def sign_in(service: httpx.Client, known: Known) -> None:
    """The operator signs in, refreshes, and is given an API key and a reset: all of them secrets."""
    words = {"name": "operator", "password": known["password"]}
    tokens = service.post("/api/v1/sessions", json=words).raise_for_status().json()
    again = service.post("/api/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    user = f"/api/v1/users/{tokens['user']}"
    key = service.post(f"{user}/api-keys", json={"name": "Reports", "scopes": ["project.create"]}, headers=bearer)
    reset = service.post(f"{user}/password-resets", headers=bearer)
    for kind in ("access_token", "refresh_token"):
        known.texts |= {f"first {kind}": tokens[kind], f"second {kind}": again.raise_for_status().json()[kind]}
    known.texts |= {
        kind: told.raise_for_status().json()["secret"] for kind, told in (("our key", key), ("our reset", reset))
    }


def make(service: httpx.Client, name: str, headers: dict[str, str]) -> httpx.Response:
    """A command."""
    return service.post("/api/v1/projects", json={"name": name}, headers=headers)


def read(service: httpx.Client, path: str, headers: dict[str, str]) -> httpx.Response:
    """A query."""
    return service.get(f"/api/v1/{path}", headers=headers)


async def break_tables(url: str) -> None:
    """What fails now fails as a fault of ours: statements that cannot be, and rows that are refused."""
    connection = await asyncpg.connect(url)
    for table in ("users_1", "tasks_1"):
        await connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    await connection.execute("ALTER TABLE outcomes ADD CONSTRAINT refused CHECK (digest IS NULL) NOT VALID")
    await connection.execute("ALTER TABLE projects_1 ADD CONSTRAINT refused CHECK (name IS NULL) NOT VALID")
    await connection.close()


@pytest.mark.parametrize("as_json", ["true", "false"])
async def test_secrets_are_in_no_log(
    as_json: str, known: Known, starter: Starter, postgresql_server: PostgreSQL, database: str, tmp_path: Path
) -> None:
    """Service and workers at level DEBUG on PostgreSQL and Redis, with faults and outages of both."""
    url = make_url(settings_for(postgresql_server, database).database_url).set(password=known["database password"])
    with guarded_redis(known["redis password"]) as server:
        settings = Settings(
            database_url=url.render_as_string(hide_password=False),
            redis_url=SecretStr(server.url.replace("://", f"://:{known['redis password']}@")),
            master_key=SecretStr(MASTER_KEY),
        )
        assert known.found_in(repr(settings)) == set()
        talkative = {"PROJECTORY_LOG_LEVEL": "DEBUG", "PROJECTORY_LOG_JSON": as_json}
        command_line = CommandLine(
            starter, tmp_path, environment(settings) | talkative, (str(ROOT / "bin/projectory"),)
        )
        with_password(command_line, known)
        known.texts["token"] = command_line("token", "operator", PROJECTORY_REDIS_URL="").out.strip()
        with (
            command_line.serving("serve", "--port", "0") as service,
            Workers(settings, tmp_path / "workers", 1, "workers", **talkative) as workers,
            httpx.Client(base_url=service.address, timeout=30) as client,
        ):
            await workers.ready()
            answers = ask(client, known)
            sign_in(client, known)
            await break_tables(settings.database_url)
            key = {"Authorization": f"Bearer {known['token']}", "Idempotency-Key": known["second key"]}
            answers += [make(client, known["refused row"], key), read(client, "users/me", key)]
            assert [answer.status_code for answer in answers[-2:]] == [500, 500]
            server.stop()
            answers.append(read(client, "projects", key))
            await postgresql_server.drop_database(database)
            answers.append(read(client, "projects", key))
            assert answers[-1].status_code == 503
            assert service.stop(10) < 10
            workers.stop()
        await postgresql_server.create_database(database)
        said = command_line.log() + workers.log + service.said
    assert ("request failed" in said, "correlation_id" in said, "DETAIL: [hidden]" in said) == (True, True, True)
    assert known.found_in(said) == set()
    for answer in answers:
        assert known.found_in(answer.text) == set(), answer.text


async def test_secrets_are_in_no_log_of_the_embedded_service(known: Known, embedded: CommandLine) -> None:
    """Nor with SQLite, whose driver tells at DEBUG every statement with its parameters."""
    embedded.settings.update(PROJECTORY_MASTER_KEY=MASTER_KEY, PROJECTORY_LOG_LEVEL="DEBUG")
    with_password(embedded, known)
    known.texts["token"] = embedded("token", "operator").out.strip()
    with (
        embedded.serving("serve", "--port", "0") as service,
        httpx.Client(base_url=service.address, timeout=30) as client,
    ):
        answers = ask(client, known)
        sign_in(client, known)
        (embedded.folder / "projectory-read.db").write_bytes(known["garbage"].encode() * 1000)
        answers.append(read(client, "users/me", {"Authorization": f"Bearer {known['token']}"}))
        assert answers[-1].status_code >= 500
        service.stop(10)
    said = embedded.log() + service.said
    assert known.found_in(said) == set()
    for answer in answers:
        assert known.found_in(answer.text) == set(), answer.text


@pytest.mark.parametrize(
    "name, value",
    [
        ("DATABASE_URL", "postgresql://ann:{}@127.0.0.1:1/nothing"),
        ("DATABASE_URL", "mysql://ann:{}@127.0.0.1/nothing"),
        ("DATABASE_URL", "postgresql://ann:{}@127.0.0.1:port/nothing"),
        ("OWNER_DATABASE_URL", "ann:{}"),
        ("REDIS_URL", "http://:{}@127.0.0.1"),
        ("REDIS_URL", "redis://:{}@127.0.0.1:1"),
        ("MASTER_KEY", "{}"),
        ("MASTER_KEY", "{}!"),
    ],
)
@pytest.mark.parametrize("command", [("projects",), ("migrate",), ("worker",), ("serve", "--port", "0")])
def test_errors_of_the_command_line_tell_no_secret(
    embedded: CommandLine, known: Known, command: tuple[str, ...], name: str, value: str
) -> None:
    """A setting that makes no sense, or leads nowhere, is told without its secret."""
    done = embedded(*command, **{f"PROJECTORY_{name}": value.format(known["setting"])})
    said = done.out + done.err
    assert (known.found_in(said), "Traceback" in said) == (set(), False), done


def environment(settings: Settings) -> dict[str, Any]:
    """These settings as a process is given them."""
    assert settings.redis_url is not None
    assert settings.master_key is not None
    return {
        "PROJECTORY_DATABASE_URL": settings.database_url,
        "PROJECTORY_REDIS_URL": settings.redis_url.get_secret_value(),
        "PROJECTORY_MASTER_KEY": settings.master_key.get_secret_value(),
    }
