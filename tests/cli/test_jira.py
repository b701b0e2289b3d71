"""Importing histories of Jira on the command line."""

import json

from tests.importing.jira.made import PAGE

from .running import CommandLine


def test_a_history_is_imported_once(command_line: CommandLine) -> None:
    """From a file to the plan, with the comparison as facts and in words; the second import does nothing."""
    assert command_line("migrate").status == 0
    file = command_line.folder / "export.json"
    file.write_text(json.dumps(PAGE, indent=1))
    first = command_line("import-jira", file, "--json").json
    assert (first["name"], first["issues"], first["changes"]) == ("Garden shed", 2, 11)
    assert first["people"] == {"known": 0, "recorded": 2}
    assert first["comparison"]["status"] == {"exact": 2, "of": 2}
    assert first["done"]["AddTask"] == 2
    again = command_line("import-jira", file)
    assert again.status == 0
    assert "2 issues with 11 changes in the file; nothing new: it is so already" in again.out
    assert "status" in again.out
    assert "2 of 2" in again.out
    shown = command_line("show", "Garden shed", "--json").json
    assert [task["name"] for task in shown["tasks"]] == ["Raise the roof", "Saw the beams"]
    assert shown["tasks"][0]["fields"]["status"] == "Open"


def test_what_is_wrong_with_a_file_is_told(embedded: CommandLine) -> None:
    """The code, the line and what to do; nothing is made."""
    file = embedded.folder / "export.jsonl"
    file.write_text('{"type": "IssueCreated", "issue": "A-1", "at": "2024-01-01"}\n')
    told = embedded("import-jira", file, "--json")
    assert told.status == 1
    assert told.json["error"]["code"] == "BAD_VALUE"
    assert told.json["error"]["line"] == 1
    assert embedded("projects", "--json").json == []
