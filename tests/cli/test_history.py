"""What became of things, on the command line."""

from .running import ROOT, CommandLine

SAMPLE = ROOT / "examples" / "garden-studio.mspdi.xml"
WIDE = {"COLUMNS": "160"}


def test_a_history_is_shown(embedded: CommandLine) -> None:
    """Of a project with its members, and of a task by its WBS code or its id; newest first, as a table or as JSON."""
    assert embedded("import", SAMPLE).status == 0
    whole = embedded("history", "Garden studio", "--json").json
    assert [each["kind"] for each in whole["items"][-2:]] == ["member", "project"]
    assert {each["what"] for each in whole["items"]} <= {"added", "changed"}
    task = embedded("show", "Garden studio", "--json").json["tasks"][1]
    told = embedded("history", "Garden studio", task["wbs"], "--json").json
    assert told == embedded("history", "Garden studio", task["id"], "--json").json
    (added,) = [each for each in told["items"] if (each["kind"], each["what"]) == ("task", "added")]
    assert {"field": "name", "old": None, "new": task["name"]} in added["fields"]
    lines = embedded("history", "Garden studio", task["wbs"], **WIDE).out.splitlines()
    assert lines[0].split() == ["When", "Who", "What"]
    assert "task added" in "\n".join(lines)
    assert "There is more" in embedded("history", "Garden studio", "--limit", "1").out


def test_what_never_was_has_no_history(embedded: CommandLine) -> None:
    """It is said in words."""
    assert embedded("import", SAMPLE).status == 0
    refused = embedded("history", "Garden studio", "99.1")
    assert refused.status != 0
    assert "there never was a task '99.1'" in refused.err
