"""Importing, listing and showing plans on the command line."""

from pathlib import Path

from .running import ROOT, CommandLine

SAMPLE = ROOT / "examples" / "garden-studio.mspdi.xml"
NARROW = {"COLUMNS": "80"}


def test_a_plan_is_imported_listed_and_shown(command_line: CommandLine) -> None:
    """From an empty folder or database to the outline of the sample plan; the second import does nothing."""
    assert command_line("migrate").status == 0
    first = command_line("import", SAMPLE, "--json").json
    assert (first["tasks"], first["links"], first["name"]) == (50, 46, "Garden studio")
    assert {"CreateProject": 1, "AddTask": 50, "LinkTasks": 46}.items() <= first["done"].items()
    again = command_line("import", SAMPLE, **NARROW)
    assert again.status == 0
    assert "50 tasks and 46 links in the file; nothing new: it is so already" in again.out
    assert f"projectory show {first['project']}" in again.out

    (listed,) = command_line("projects", "--json").json
    assert (listed["id"], listed["name"], listed["role"], listed["tasks"]) == (
        first["project"],
        "Garden studio",
        "admin",
        50,
    )
    table = command_line("projects", **NARROW)
    assert first["project"] in table.out.split()

    whole = command_line("show", "garden STUDIO", "--json").json
    assert (len(whole["tasks"]), len(whole["links"])) == (50, 46)
    assert [task["sequence"] for task in whole["tasks"]] == list(range(1, 51))
    lines = command_line("show", first["project"], **NARROW).out.splitlines()
    assert lines[0] == "Garden studio"
    assert lines[1].startswith(f"{first['project']}: 50 tasks, 46 links, starts 2026-03-02 08:00 (UTC)")
    assert max(len(line.rstrip()) for line in lines[2:]) <= 80
    codes = [line.split()[0] for line in lines[3:] if line[0] != " "]
    assert codes == [task["wbs"] for task in whole["tasks"]]

    piped = command_line("show", first["project"]).out.splitlines()
    assert len(piped) == 50 + 3
    for task, line in zip(whole["tasks"], piped[3:], strict=True):
        assert task["name"] in line


def test_narrow_names_go_on_below_themselves(embedded: CommandLine) -> None:
    """In sixty columns no letter of a name, and no letter of a code, is lost."""
    command_line = embedded
    plan = command_line("import", SAMPLE, "--json").json["project"]
    tasks = command_line("show", plan, "--json").json["tasks"]
    shown = command_line("show", plan, COLUMNS="60").out
    for task in tasks:
        assert task["wbs"] in shown
        assert all(word in shown for word in task["name"].split() if len(word) < 8)
    assert max(len(line.rstrip()) for line in shown.splitlines()[2:]) <= 60
    assert "…" not in shown


def test_a_plan_is_exported_and_comes_back(embedded: CommandLine, tmp_path: Path) -> None:
    """The file that is written has the schedule; where it came from it changes nothing, and all its dates agree."""
    command_line = embedded
    made = command_line("import", SAMPLE, "--json").json
    file = tmp_path / "studio.xml"
    told = command_line("export", "garden studio", file, "--json").json
    assert (told["tasks"], told["links"], told["bytes"]) == (50, 46, file.stat().st_size)
    again = command_line("import", file, "--json").json
    assert (again["project"], again["done"]) == (made["project"], {})
    leaves = again["comparison"]["early_start"]["of"]
    assert leaves > 30
    fields = ("early_start", "early_finish", "late_start", "late_finish")
    assert again["comparison"] == {field: {"exact": leaves, "of": leaves} for field in fields}
    lines = command_line("import", file, **NARROW).out
    for field in ("early start", "early finish", "late start", "late finish"):
        assert f"{leaves} of {leaves}" in next(line for line in lines.splitlines() if field in line)
    assert "50 tasks, 46 links, 1 calendar," in command_line("export", made["project"], file).out
    assert command_line.fails("export", made["project"], tmp_path / "none" / "x.xml")[0] == "FILE_NOT_WRITTEN"
    assert command_line.fails("export", "nothing", file)[0] == "NOT_FOUND"


def test_an_import_may_be_somebodys(embedded: CommandLine) -> None:
    """With --as the plan is that user's, in the zone that was said; others do not see it."""
    command_line = embedded
    assert "is registered as" in command_line("user", "add", "ann", "--email", "ann@example.org").out
    made = command_line("import", SAMPLE, "--as", "ANN", "--time-zone", "Europe/Berlin", "--json").json
    (hers,) = command_line("projects", "--as", "ann", "--json").json
    assert (hers["id"], hers["time_zone"]) == (made["project"], "Europe/Berlin")
    command_line("user", "add", "bob", "--email", "bob@example.org")
    assert command_line("projects", "--as", "bob", "--json").json == []
    assert "no projects yet" in command_line("projects", "--as", "bob").out
    assert command_line.fails("import", SAMPLE, "--as", "bob", "--project", made["project"])[0] == "NOT_FOUND"
    code, words = command_line.fails("show", "--as", "bob", made["project"])
    assert code == "NOT_FOUND"
    assert words.endswith("see: projectory projects")


def test_errors_of_plans_say_what_to_do(embedded: CommandLine, tmp_path: Path) -> None:
    """A file that is no plan, a user, zone or project that nobody knows: each has a code and a sentence."""
    command_line = embedded
    (tmp_path / "text.xml").write_text("no plan")
    for expected, arguments in (
        ("FILE_UNREADABLE", ("import", "missing.xml")),
        ("FILE_UNREADABLE", ("import", ".")),
        ("FILE_UNREADABLE", ("import", "x" * 300)),
        ("NOT_XML", ("import", "text.xml")),
        ("NOT_XML", ("import", "text.xml", "--json")),
        ("USER_UNKNOWN", ("import", SAMPLE, "--as", "nobody")),
        ("TIME_ZONE_UNKNOWN", ("import", SAMPLE, "--time-zone", "Atlantis")),
        ("NOT_FOUND", ("show", "nothing")),
    ):
        code, words = command_line.fails(*arguments)
        assert (code, len(words.split()) > 5) == (expected, True), words
