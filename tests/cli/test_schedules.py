"""Showing the schedule of a plan on the command line."""

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
