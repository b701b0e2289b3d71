"""Users, tokens, projections, the log, migrations, and what is told when something is wrong."""

import json

import jwt
import pytest

from src.projections import PROJECTIONS

from .running import CommandLine
from .test_plans import NARROW, SAMPLE


def test_users_get_tokens(embedded: CommandLine) -> None:
    """A registered user gets a token that speaks for them as long as was said; nobody else gets one."""
    command_line = embedded
    added = command_line("user", "add", "ann", "--email", "ann@example.org", "--role", "administrator", "--json")
    token = command_line("token", "Ann", "--hours", "2").out.strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["exp"] - claims["iat"]) == (added.json["user"], 7200)
    assert set(command_line("token", "operator", "--json").json) == {"token"}
    code, words = command_line.fails("token", "bob")
    assert code == "USER_UNKNOWN"
    assert "projectory user add bob" in words
    for expected, arguments in (
        ("USERNAME_TAKEN", ("ANN", "--email", "a@example.org")),
        ("EMAIL_TAKEN", ("bob", "--email", "Ann@Example.ORG")),
        ("ROLE_UNKNOWN", ("bob", "--email", "b@example.org", "--role", "king")),
        ("INVALID", ("bob", "--email", "no address")),
        ("INVALID", ("no name", "--email", "b@example.org", "--json")),
    ):
        code, words = command_line.fails("user", "add", *arguments)
        assert (code, len(words.split()) > 4) == (expected, True), words
        assert "pydantic" not in words


def test_the_log_and_the_projections_are_shown(command_line: CommandLine) -> None:
    """The end of the log as lines of JSON or for people, and projections that have come to its end."""
    assert command_line("migrate").status == 0
    position = command_line("import", SAMPLE, "--json").json["position"]
    lines = [json.loads(line) for line in command_line("log", "tail", "-n", "3", "--json").out.splitlines()]
    assert [line["position"] for line in lines] == [position - 2, position - 1, position]
    assert lines[0]["metadata"]["reason"] == f"import of {SAMPLE.name}"
    assert len(command_line("log", "tail", "-n", "100000", "--json").out.splitlines()) == position
    for line in lines:
        assert line["type"] in command_line("log", "tail", **NARROW).out
    first = command_line("log", "tail", "-n", str(position), "--json").out
    assert "operator@example.org" not in first

    found = command_line("projections", "--json").json
    assert {row["projection"]: (row["position"], row["lag"], row["state"]) for row in found} == {
        projection.name: (position, 0, "running") for projection in PROJECTIONS
    }
    table = command_line("projections", **NARROW).out
    assert all(projection.name in table for projection in PROJECTIONS)
    assert command_line("projections", "retry", "tasks").status == 0
    assert command_line.fails("projections", "retry", "nothing")[0] == "PROJECTION_UNKNOWN"
    assert command_line.fails("projections", "skip", "audit", "1")[0] == "NEVER_SKIPPED"
    command_line("projections", "pause", "tasks", "--reason", "a look at it")
    paused = command_line("projections", "--json").json
    assert {row["projection"]: row["state"] for row in paused}["tasks"] == "paused"
    resumed = command_line("projections", "resume", "tasks", "--json").json
    assert {row["projection"]: row["state"] for row in resumed}["tasks"] == "running"
    reactions = command_line("reactions", "--json").json
    names = ("housekeeping", "sweep", "operator", "erasure")
    assert {row["name"]: row["attempts"] for row in reactions} == dict.fromkeys(names, 0)
    assert "operator" in command_line("reactions", "retry", "operator", **NARROW).out
    assert command_line.fails("reactions", "retry", "nothing")[0] == "REACTION_UNKNOWN"
    rebuilt = command_line("projections", "rebuild", "tasks", "--json").json
    assert {row["projection"]: (row["generation"], row["lag"], row["state"]) for row in rebuilt} == {
        projection.name: (2 if projection.name == "tasks" else 1, 0, "running") for projection in PROJECTIONS
    }


def test_the_schema_goes_up_and_down(command_line: CommandLine) -> None:
    """Migrations are applied, listed, checked against the code, and taken back one by one."""
    assert "up to date" in command_line("migrate").out
    assert "up to date" in command_line("migrate", "up").out
    history = command_line("migrate", "history").out
    assert ("log" in history, "read" in history, history.count("(current)")) == (True, True, 2)
    checked = command_line("migrate", "check")
    assert (checked.status, checked.out.count("No new upgrade operations detected")) == (0, 2), checked.err
    assert "one migration down" in command_line("migrate", "down").out
    while (done := command_line("migrate", "down")).status == 0:
        assert "one migration down" in done.out
    code, words = command_line.fails("migrate", "down")
    assert (code, len(words.split()) > 4) == ("MIGRATION", True)
    assert command_line.fails("migrate", "check")[0] == "MIGRATION"
    assert command_line.fails("migrate", "up", "--area", "moon")[0] == "AREA_UNKNOWN"
    assert "up to date" in command_line("migrate").out


def test_an_unmigrated_database_is_refused(postgresql: CommandLine) -> None:
    """On PostgreSQL every command says which command to run first, and succeeds after it."""
    for arguments in (("projects",), ("serve", "--port", "0"), ("token", "operator", "--json")):
        code, words = postgresql.fails(*arguments)
        assert code == "SCHEMA"
        assert "projectory migrate" in words
    assert postgresql("migrate").status == 0
    assert postgresql("projects", "--json").json == []


@pytest.mark.parametrize(
    "expected, words, setting",
    [
        ("SETTINGS", "PROJECTORY_DATABASE_URL", {"PROJECTORY_DATABASE_URL": "mysql://host/name"}),
        ("SETTINGS", "PROJECTORY_DATABASE_URL", {"PROJECTORY_DATABASE_URL": "nonsense"}),
        ("SETTINGS", "PROJECTORY_LOG_LEVEL", {"PROJECTORY_LOG_LEVEL": "loud"}),
        ("SETTINGS", "PROJECTORY_LOG_JSON", {"PROJECTORY_LOG_JSON": "perhaps"}),
        ("SETTINGS", "PROJECTORY_MASTER_KEY", {"PROJECTORY_MASTER_KEY": "too short"}),
        ("SETTINGS", "PROJECTORY_MASTER_KEY", {"PROJECTORY_DATABASE_URL": "postgresql://localhost/x"}),
        ("SETTINGS", "PROJECTORY_REDIS_URL", {"PROJECTORY_REDIS_URL": "redis://:pass4711@localhost:1/0"}),
        ("DATABASE_UNREACHABLE", "", {"PROJECTORY_DATABASE_URL": "sqlite:////nowhere/at/all.db"}),
        ("DATABASE_UNREACHABLE", "", {"PROJECTORY_DATABASE_URL": "sqlite:////dev/null"}),
    ],
)
def test_a_setting_that_does_not_fit_is_told(
    embedded: CommandLine, expected: str, words: str, setting: dict[str, str]
) -> None:
    """Which setting is wrong and what to do, in one line, whatever the command."""
    code, said = embedded.fails("projects", **setting)
    assert code == expected, said
    assert words in said
    assert len(said.split()) > 4


def test_workers_need_redis(embedded: CommandLine) -> None:
    """Without the address of a Redis there is nothing that workers could be woken by."""
    code, words = embedded.fails("worker")
    assert (code, "PROJECTORY_REDIS_URL" in words) == ("SETTINGS", True)


def test_an_unreachable_database_is_told_without_its_password(embedded: CommandLine) -> None:
    """The address that does not answer is named, the password in it is not."""
    setting = {
        "PROJECTORY_DATABASE_URL": "postgresql://ann:pass4711@127.0.0.1:1/plans",
        "PROJECTORY_MASTER_KEY": "cHJvamVjdG9yeSB0ZXN0IG1hc3RlciBrZXkgMzIgYnk=",
    }
    for arguments in (("projects",), ("migrate",), ("serve", "--port", "0")):
        code, words = embedded.fails(*arguments, **setting)
        assert code == "DATABASE_UNREACHABLE"
        assert ("127.0.0.1:1" in words, "pass4711" in words) == (True, False)


def test_another_master_key_is_told(embedded: CommandLine) -> None:
    """A database whose keys were wrapped by another master key is not opened."""
    assert embedded("projects").status == 0
    code, words = embedded.fails("projects", PROJECTORY_MASTER_KEY="QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=")
    assert code == "WRONG_MASTER_KEY"
    assert "PROJECTORY_MASTER_KEY" in words


def test_help_lists_the_commands(embedded: CommandLine) -> None:
    """The help names every command, and a command that there is not ends with its own status."""
    shown = embedded("--help", **NARROW)
    assert shown.status == 0
    for name in (
        "serve",
        "worker",
        "migrate",
        "import",
        "projects",
        "show",
        "token",
        "projections",
        "run",
        "user",
        "log",
    ):
        assert f" {name} " in shown.out
    assert embedded("--version").out.strip()[0].isdigit()
    assert embedded("nothing").status == 2
