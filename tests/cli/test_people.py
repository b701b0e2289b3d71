"""Persons on the command line: exports, the list of erased persons, and the master key."""

import base64
import json
import os

from .running import CommandLine


def _lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_user_is_exported(command_line: CommandLine) -> None:
    """A JSON object a line; of nobody nothing is."""
    command_line("migrate")
    command_line("user", "add", "zeb", "--email", "zeb@example.org", "--name", "Zebulon")
    told = _lines(command_line("user", "export", "zeb").out)
    assert (told[0]["kind"], told[0]["name"], told[0]["email"]) == ("profile", "Zebulon", "zeb@example.org")
    assert "UserRegistered" in [each.get("type") for each in told]
    assert command_line.fails("user", "export", "nobody")[0] == "USER_UNKNOWN"


def test_the_list_of_erased_persons_is_told_and_replayed(command_line: CommandLine) -> None:
    """What the log tells can be replayed; where nobody came back nobody is erased."""
    command_line("migrate")
    assert command_line("erasures", "list", "--json").out == ""
    erased = command_line.folder / "list"
    user = command_line("user", "add", "zeb", "--email", "zeb@example.org", "--json").json["user"]
    erased.write_text(json.dumps({"user": user, "at": "2026-03-02T08:00:00+00:00"}) + "\n")
    assert command_line("erasures", "replay", erased, "--json").json == {"erased": 1}
    assert command_line("erasures", "replay", erased, "--json").json == {"erased": 0}
    assert [each["user"] for each in _lines(command_line("erasures", "list", "--json").out)] == [user]
    assert user in command_line("erasures", "list").out
    assert command_line.fails("user", "export", "zeb")[0] == "USER_UNKNOWN"


def test_a_damaged_list_keeps_the_database_closed(embedded: CommandLine) -> None:
    """It is told which line."""
    embedded("user", "add", "zeb", "--email", "zeb@example.org")
    (embedded.folder / "projectory.erased").write_text("zeb\nann\n")
    code, words = embedded.fails("projects")
    assert code == "ERASED_LIST_DAMAGED"
    assert "line 1" in words


def test_the_master_key_of_a_file_is_rotated(embedded: CommandLine) -> None:
    """Everybody can be read afterwards."""
    embedded("user", "add", "zeb", "--email", "zeb@example.org", "--name", "Zebulon")
    before = (embedded.folder / "projectory.key").read_text()
    assert embedded("keys", "rotate", "--json").json["rewrapped"] > 0
    assert (embedded.folder / "projectory.key").read_text() != before
    assert "Zebulon" in embedded("user", "export", "zeb").out
    assert embedded("keys", "rewrap", "--json").json == {"rewrapped": 0}


def test_the_master_key_of_the_settings_is_changed(postgresql: CommandLine) -> None:
    """Both are given while the keys are wrapped anew, then the new one is enough."""
    postgresql("migrate")
    postgresql("user", "add", "zeb", "--email", "zeb@example.org", "--name", "Zebulon")
    old, new = postgresql.settings["PROJECTORY_MASTER_KEY"], base64.b64encode(os.urandom(32)).decode()
    now = {"PROJECTORY_MASTER_KEY": new}
    assert postgresql.fails("user", "export", "zeb", **now)[0] == "WRONG_MASTER_KEY"
    done = postgresql("keys", "rewrap", "--json", **now, PROJECTORY_OLD_MASTER_KEY=old)
    assert done.json["rewrapped"] > 0
    assert "Zebulon" in postgresql("user", "export", "zeb", **now).out
    assert postgresql.fails("keys", "rotate", **now)[0] == "SETTINGS"
