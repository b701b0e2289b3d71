"""The log on the command line: looked into, verified, and moved as a whole."""

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import MASTER_KEY

from .running import CommandLine
from .test_plans import NARROW, SAMPLE


@pytest.fixture
def with_a_plan(command_line: CommandLine) -> CommandLine:
    """With the sample plan in its database."""
    assert command_line("migrate").status == 0
    assert command_line("import", SAMPLE).status == 0
    return command_line


def test_events_and_streams_are_shown(with_a_plan: CommandLine) -> None:
    """One event in full, the events of a stream by how its name begins, the names in pages."""
    command_line = with_a_plan
    shown = command_line("log", "show", "3", "--link", "--json").json
    assert (shown["position"], shown["type"], len(shown["link"])) == (3, "UserRegistered", 64)
    for name in ("stream", "version", "schema", "branch", "effective_at", "recorded_at"):
        assert shown[name]
    people = command_line("log", "show", "3", **NARROW).out
    assert (shown["stream"] in people, shown["metadata"]["command_id"] in people) == (True, True)
    for command in (("log", "show", shown["stream"]), ("log", "show", "user-0")):
        lines = [json.loads(line) for line in command_line(*command, "--json").out.splitlines()]
        assert [line["version"] for line in lines] == list(range(1, len(lines) + 1))
        assert {line["stream"] for line in lines} == {shown["stream"]}
    assert shown["stream"] in command_line("log", "show", shown["stream"], "-n", "1", **NARROW).out
    listed = [json.loads(line) for line in command_line("log", "streams", "-n", "1000", "--json").out.splitlines()]
    names = [each["stream"] for each in listed]
    assert names == sorted(names)
    assert sum(each["version"] for each in listed) == max(each["position"] for each in listed)
    page = command_line("log", "streams", "task-", "-n", "2").out
    tasks = [name for name in names if name.startswith("task-")]
    assert (tasks[0] in page, tasks[2] in page, f"--after {tasks[1]}" in page) == (True, False, True)
    after = command_line("log", "streams", "task-", "--after", tasks[1], "-n", "1", "--json").json
    assert after["stream"] == tasks[2]
    longer = next(each["stream"] for each in listed if each["version"] > 1)
    second = command_line("log", "show", longer, "--after", "1", "-n", "1", "--json")
    assert second.json["version"] == 2
    assert command_line.fails("log", "show", "99999")[0] == "NOT_IN_LOG"
    assert command_line.fails("log", "show", "nothing-", "--json")[0] == "NOT_IN_LOG"
    code, words = command_line.fails("log", "show", "task-")
    assert (code, tasks[0] in words) == ("STREAM_AMBIGUOUS", True)


def test_the_log_is_verified(embedded: CommandLine) -> None:
    """A sound one with its length and hash; of a damaged one the problems, and the status is not 0."""
    assert embedded("import", SAMPLE).status == 0
    sound = embedded("log", "verify")
    assert (sound.status, "The log is sound" in sound.out) == (0, True)
    facts = embedded("log", "verify", "--json").json
    assert (facts["events"], facts["problems"], facts["more"]) == (facts["head"], [], False)
    assert facts["link"] in sound.out
    with closing(sqlite3.connect(embedded.folder / "projectory.db")) as connection, connection:
        connection.execute("DROP TRIGGER events_refuse_update")
        connection.execute("UPDATE events SET data = '{}' WHERE position = 7")
    damaged = embedded("log", "verify")
    assert (damaged.status, "position 7, " in damaged.out, "The log is damaged" in damaged.out) == (1, True, True)
    told = embedded("log", "verify", "--json")
    assert (told.status, [each["position"] for each in told.json["problems"]]) == (1, [7])
    assert embedded.fails("log", "verify", PROJECTORY_DATABASE_URL="sqlite:///nothing.db")[0] == "DATABASE_UNREACHABLE"
    assert not (embedded.folder / "nothing.db").exists()


def test_the_log_moves_from_sqlite_to_postgresql_and_back(
    embedded: CommandLine, postgresql: CommandLine, tmp_path: Path
) -> None:
    """As docs/log.md says it: what to do with the master key is told, never the key, and the plan is there again."""
    assert embedded("import", SAMPLE).status == 0
    projects = embedded("projects", "--json").json
    key_file = embedded.folder / "projectory.key"
    key = key_file.read_text().strip()
    url = postgresql.settings["PROJECTORY_DATABASE_URL"]
    assert embedded.fails("log", "copy", "sqlite:///projectory.db", url)[0] == "SCHEMA"
    assert postgresql("migrate").status == 0
    wrong = embedded.fails("log", "copy", "sqlite:///projectory.db", url, PROJECTORY_MASTER_KEY=MASTER_KEY)
    assert wrong[0] == "WRONG_MASTER_KEY"
    copied = embedded("log", "copy", "sqlite:///projectory.db", url)
    assert copied.status == 0, copied.err
    assert "PROJECTORY_MASTER_KEY=$(head -n 1 projectory.key)" in copied.out
    assert key not in copied.out + copied.err
    code, words = postgresql.fails("projects")
    assert code == "WRONG_MASTER_KEY"
    assert postgresql("projects", "--json", PROJECTORY_MASTER_KEY=key).json == projects
    assert embedded.fails("log", "copy", "sqlite:///projectory.db", url)[0] == "NOT_EMPTY"
    back = embedded("log", "copy", url, "sqlite:///back.db", "--json")
    assert (back.status, "back.key" in back.json["key"]) == (0, True)
    (embedded.folder / "back.key").write_text(key_file.read_text())
    assert embedded("projects", "--json", PROJECTORY_DATABASE_URL="sqlite:///back.db").json == projects
    code, words = embedded.fails("log", "copy", "nonsense", url)
    assert (code, words.startswith("FROM ")) == ("SETTINGS", True)


def test_the_log_goes_into_a_file_and_back(with_a_plan: CommandLine) -> None:
    """What the file holds is told; what is no such file is refused with its code."""
    command_line = with_a_plan
    told = command_line("log", "export", "log.gz")
    assert (told.status, "master key" in told.out) == (0, True)
    file = command_line.folder / "log.gz"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    facts = command_line("log", "verify", "--json").json
    new = {"PROJECTORY_DATABASE_URL": "sqlite:///new.db"}
    imported = command_line("log", "import", "log.gz", "--json", **new).json
    assert (imported["link"], imported["rows"]["events"]) == (facts["link"], facts["events"])
    assert command_line.fails("log", "import", "log.gz", **new)[0] == "NOT_EMPTY"
    file.write_bytes(file.read_bytes()[:-20])
    other = {"PROJECTORY_DATABASE_URL": "sqlite:///other.db"}
    assert command_line.fails("log", "import", "log.gz", **other)[0] == "LOG_FILE_CUT_OFF"
    assert command_line.fails("log", "import", "nothing.gz", **other)[0] == "LOG_FILE_INVALID"
    assert command_line("log", "verify", "--json", **other).json["events"] == 0
    assert command_line.fails("log", "export", "no/such/folder/log")[0] == "FILE_NOT_WRITTEN"
