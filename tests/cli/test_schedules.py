"""Showing the schedule of a plan on the command line."""

from pathlib import Path

from .running import CommandLine
from .test_plans import SAMPLE


def test_the_schedule_of_an_imported_plan_is_shown(command_line: CommandLine) -> None:
    """As a table, and for programs; all, or what is critical."""
    assert command_line("migrate").status == 0
    plan = command_line("import", SAMPLE, "--json").json["project"]
    told = command_line("schedule", plan, "--json").json
    assert (told["schedule"]["state"], told["schedule"]["tasks"], len(told["tasks"])) == ("computed", 50, 50)
    critical = command_line("schedule", "garden studio", "--critical", "--json").json["tasks"]
    assert len(critical) == told["schedule"]["critical"]
    assert all(task["critical"] for task in critical)
    lines = command_line("schedule", plan).out.splitlines()
    assert lines[0] == "Garden studio"
    assert lines[1].startswith(f"50 tasks, {len(critical)} critical, 2026-03-02 08:00 to ")
    codes = [line.split()[0] for line in lines[3:] if line[0] != " "]
    assert codes == [task["wbs"] for task in told["tasks"]]


def test_a_project_that_is_not_there_has_no_schedule(embedded: CommandLine) -> None:
    """It is said so."""
    answer = embedded("schedule", "nothing", "--json")
    assert answer.status != 0
    assert "nothing" in answer.err + answer.out


def test_a_plan_is_shown_and_exported_as_it_was(command_line: CommandLine, tmp_path: Path) -> None:
    """By a position or a time: before the file was imported again with less in it, everything is there."""
    assert command_line("migrate").status == 0
    plan = command_line("import", SAMPLE, "--json").json["project"]
    then = command_line("log", "tail", "-n", "1", "--json").json
    before = [command_line(*what, "--json").json for what in (("show", plan), ("schedule", plan))]
    longer = tmp_path / "longer.xml"
    longer.write_text(SAMPLE.read_text().replace("<Duration>PT16H0M0S", "<Duration>PT80H0M0S"))
    command_line("import", longer)
    assert command_line("schedule", plan, "--json").json != before[1]
    for when in (str(then["position"]), then["recorded_at"]):
        told = [command_line(*what, "--as-of", when, "--json").json for what in (("show", plan), ("schedule", plan))]
        assert told[0] == before[0]
        assert told[1]["tasks"] == before[1]["tasks"]
    was, is_ = tmp_path / "was.xml", tmp_path / "is.xml"
    command_line("export", plan, was, "--as-of", then["position"])
    command_line("export", plan, is_)
    assert was.read_bytes() != is_.read_bytes()
    for when in ("x", "2026-01-01", str(2**50)):
        code, _ = command_line.fails("show", plan, "--as-of", when, "--json")
        assert code == "MOMENT_UNKNOWN"
