"""The audit trail on the command line: verified, kept in checkpoints, exported."""

import csv
import json
import sqlite3
import stat
from contextlib import closing

from .running import CommandLine


def _begun(command_line: CommandLine) -> None:
    command_line("migrate")
    command_line("user", "add", "zeb", "--email", "zeb@example.org", "--name", "Zebulon")


def test_what_was_not_changed_is_verified(command_line: CommandLine) -> None:
    """By itself, and against checkpoints that were kept in words and in a file."""
    _begun(command_line)
    kept = command_line("audit", "checkpoint")
    assert kept.status == 0
    position, _, hash_ = kept.out.strip().partition(":")
    assert int(position) > 3
    told = command_line("audit", "checkpoint", "--json").json
    assert (told["position"], told["hash"]) == (int(position), hash_)
    file = command_line.folder / "checkpoints"
    file.write_text(f"# kept elsewhere\n{kept.out}")
    command_line("user", "add", "zoe", "--email", "zoe@example.org")
    done = command_line("audit", "verify")
    assert (done.status, "Nothing was changed, as far as" in done.out) == (0, True)
    done = command_line("audit", "verify", "--checkpoint", file, "--checkpoint", f"0:{'0' * 64}")
    assert (done.status, "2 checkpoints hold" in done.out) == (0, True)
    facts = command_line("audit", "verify", "--json").json
    assert (facts["sound"], facts["findings"], facts["audit"]["read"]) == (True, [], True)
    assert facts["log"]["position"] > int(position)


def test_what_was_changed_is_named(embedded: CommandLine) -> None:
    """With position, column, type and stream, and the exit status says so."""
    _begun(embedded)
    kept = embedded("audit", "checkpoint").out.strip()
    with closing(sqlite3.connect(embedded.folder / "projectory.db")) as log:
        log.execute("DROP TRIGGER events_refuse_update")
        log.execute("UPDATE events SET effective_at = 0 WHERE position = 3")
        log.commit()
    done = embedded("audit", "verify", "--checkpoint", kept)
    assert done.status == 1
    assert "log: changed at position 3, in effective_at (UserRegistered of user-" in done.out
    done = embedded("audit", "verify", "--json")
    (found,) = done.json["findings"]
    assert (done.status, done.json["sound"]) == (1, False)
    assert (found["what"], found["where"], found["position"]) == ("changed", "log", 3)
    assert (found["columns"], found["type"]) == (["effective_at"], "UserRegistered")


def test_a_checkpoint_that_is_none_is_refused(embedded: CommandLine) -> None:
    """Before anything is verified."""
    code, words = embedded.fails("audit", "verify", "--checkpoint", "yesterday")
    assert (code, "POSITION:HASH" in words) == ("INVALID", True)


def test_the_audit_trail_is_exported(command_line: CommandLine) -> None:
    """To the output or to a file, filtered; that it was taken out is in it the next time."""
    _begun(command_line)
    lines = [json.loads(line) for line in command_line("audit", "export", "--format", "jsonl").out.splitlines()]
    assert [line["position"] for line in lines] == list(range(1, len(lines) + 1))
    file = command_line.folder / "trail.csv"
    done = command_line("audit", "export", "--format", "csv", "--type", "DataExported", "--output", file, "--json")
    assert done.json == {"file": str(file), "bytes": file.stat().st_size}
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert {row["command"] for row in rows} == {"audit"}
    assert command_line("audit", "export", "--format", "jsonl", "--to", "2020-01-01").out == ""
    code, _ = command_line.fails("audit", "export", "--format", "csv", "--output", command_line.folder / "no" / "where")
    assert code == "FILE_NOT_WRITTEN"
    assert command_line.fails("audit", "export", "--format", "csv", "--as", "zeb")[0] == "FORBIDDEN"


def test_an_exported_trail_is_for_who_exported_it(embedded: CommandLine) -> None:
    """Addresses are plain in it: nobody else may read the file, nor lead it elsewhere by a link beside it."""
    _begun(embedded)
    folder = embedded.folder / "open"
    folder.mkdir()
    (embedded.folder / "victim").write_text("mine")
    (folder / ".trail.part").symlink_to(embedded.folder / "victim")
    assert embedded("audit", "export", "--format", "jsonl", "--output", folder / "trail").status == 0
    assert stat.S_IMODE((folder / "trail").stat().st_mode) == 0o600
    assert (embedded.folder / "victim").read_text() == "mine"
    assert {each.name for each in folder.iterdir()} == {".trail.part", "trail"}
