"""What is read from a Microsoft Project XML file."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.importing import read_mspdi
from src.importing.field_text import tenths
from src.importing.limits import MAX_DEPTH, MAX_NAME, MAX_NOTES
from src.importing.plan_file import FileTask
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType

from .mspdi_text import SAMPLE, codes, document, left_out, link, read, refusal, task

MONDAY = datetime.fromisoformat("2026-03-02T08:00:00")


def one(folder: Path, **fields: Any) -> FileTask:
    """The only task of a file, with these fields."""
    return read(folder, document(task(1, **fields))).tasks[0]


def test_the_sample_plan_reads_whole() -> None:
    """The plan shipped as an example loses nothing."""
    plan = read_mspdi(SAMPLE)
    assert (plan.name, plan.currency, plan.start) == ("Garden studio", "EUR", MONDAY)
    assert (len(plan.tasks), len(plan.links)) == (50, 46)
    assert ([entry.name for entry in plan.calendars], plan.calendar) == (["Standard"], 1)
    assert left_out(plan) == {}
    assert {entry.type for entry in plan.links} == {
        LinkType.FINISH_START,
        LinkType.START_START,
        LinkType.FINISH_FINISH,
    }
    assert {entry.lag.unit for entry in plan.links} == {LagUnit.WORKING, LagUnit.ELAPSED, LagUnit.PERCENT}


def test_the_sample_plan_numbers_its_outline_correctly() -> None:
    """The example's outline numbers are those of its tree."""
    plan = read_mspdi(SAMPLE)
    assert codes(plan) == {entry.uid: entry.outline_number for entry in plan.tasks}


def test_absent_elements_have_their_defaults(tmp_path: Path) -> None:
    """A converted file leaves zeros out, so a task may hold next to nothing."""
    read_task = one(tmp_path)
    assert (read_task.duration, read_task.constraint) == (Duration(tenths=0), Constraint())
    assert (read_task.percent_complete, read_task.actual_start, read_task.notes) == (0, None, "")


def test_the_project_summary_and_blank_rows_are_no_tasks(tmp_path: Path) -> None:
    """UID 0 is the project itself, and a null row is an empty line of the table."""
    blank = "<Task><UID>7</UID><IsNull>1</IsNull></Task>"
    plan = read(tmp_path, document(task(0, level=0), task(1), blank, task(2, level=2)))
    assert [(entry.uid, entry.parent) for entry in plan.tasks] == [(1, None), (2, 1)]


def test_levels_in_document_order_make_the_tree(tmp_path: Path) -> None:
    """A task belongs to the nearest task before it that is one level higher."""
    levels = [1, 2, 3, 2, 1, 2]
    plan = read(tmp_path, document(*(task(uid, level=level) for uid, level in enumerate(levels, 1))))
    assert [entry.parent for entry in plan.tasks] == [None, 1, 2, 1, None, 5]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=25))
def test_any_outline_is_numbered_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, steps: list[int]) -> None:
    """Levels that never jump down by more than one give the tree whose numbers they were made from."""
    tasks, numbers = [], [0]
    for uid, step in enumerate(steps, 1):
        level = 1 if uid == 1 else min(step + 1, len(numbers) + 1)
        numbers = [*numbers[:level], *[0] * (level - len(numbers))]
        numbers[-1] += 1
        tasks.append(task(uid, level=level, OutlineNumber=".".join(map(str, numbers))))
    plan = read(tmp_path_factory.mktemp("outline"), document(*tasks))
    assert codes(plan) == {entry.uid: entry.outline_number for entry in plan.tasks}


@pytest.mark.parametrize("levels", [(2,), (1, 3), (1, 0)])
def test_a_level_that_jumps_is_refused(tmp_path: Path, levels: tuple[int, ...]) -> None:
    """A task without a task above it has no place in the tree."""
    refused = refusal(tmp_path, document(*(task(uid, level=level) for uid, level in enumerate(levels, 1))))
    assert (refused.code, refused.line) == ("BAD_OUTLINE", 1 + len(levels))


def test_an_outline_has_a_deepest_level(tmp_path: Path) -> None:
    """The tree may be as deep as the limit, and no deeper."""
    deep = [task(level, level=level) for level in range(1, MAX_DEPTH + 2)]
    assert len(read(tmp_path, document(*deep[:-1])).tasks) == MAX_DEPTH
    assert refusal(tmp_path, document(*deep)).code == "BAD_OUTLINE"


def test_an_absent_level_follows_from_the_outline_number(tmp_path: Path) -> None:
    """A file with outline numbers alone has its tree too."""
    second = "<Task><UID>2</UID><Name>b</Name><OutlineNumber>1.1</OutlineNumber></Task>"
    assert read(tmp_path, document(task(1), second)).tasks[1].parent == 1


def test_a_summary_has_no_duration_progress_or_actuals(tmp_path: Path) -> None:
    """What a summary says of itself is the roll-up of its tasks."""
    done: dict[str, Any] = {"PercentComplete": 50, "ActualStart": "2026-03-02T08:00:00", "Duration": "PT8H0M0S"}
    summary, leaf = read(tmp_path, document(task(1, **done), task(2, level=2, **done))).tasks
    assert (summary.duration, summary.percent_complete, summary.actual_start) == (None, 0, None)
    assert (leaf.duration, leaf.percent_complete) == (Duration(tenths=4800), 50)
    assert leaf.actual_start == MONDAY


@pytest.mark.parametrize(
    "text, amount",
    [
        ("PT8H0M0S", 4800),
        ("PT0H0M0S", 0),
        ("PT0H0M6S", 1),
        ("PT0H0M9S", 2),
        ("PT0H0M8.99S", 1),
        ("PT0H0M0.4S", 1),
        ("PT8H", 4800),
        ("P0Y0M0DT1H0M0S", 600),
    ],
)
def test_durations_are_rounded_to_tenths_of_a_minute(text: str, amount: int) -> None:
    """Seconds are rounded to tenths of a minute, halves up, but what takes time never becomes a milestone."""
    assert tenths(text) == amount


@given(st.integers(0, 10**9))
def test_whole_tenths_of_a_minute_are_read_exactly(amount: int) -> None:
    """Writing tenths of a minute as hours, minutes and seconds loses nothing."""
    assert tenths(f"PT{amount // 600}H{amount % 600 // 10}M{amount % 10 * 6}S") == amount


@pytest.mark.parametrize("number", [4, 6, 8, 10, 12, 20, 36, 38, 40, 42, 44, 52])
def test_elapsed_formats_give_elapsed_durations(tmp_path: Path, number: int) -> None:
    """Even formats are clock time, also with a question mark; the odd ones before them are working time."""
    assert one(tmp_path, Duration="PT24H0M0S", DurationFormat=number).duration == Duration(tenths=14400, elapsed=True)
    assert one(tmp_path, Duration="PT24H0M0S", DurationFormat=number - 1).duration == Duration(tenths=14400)


@pytest.mark.parametrize(
    "number, kind", list(enumerate(("ASAP", "ALAP", "MSO", "MFO", "SNET", "SNLT", "FNET", "FNLT")))
)
def test_constraints_by_number(tmp_path: Path, number: int, kind: str) -> None:
    """Each number is a constraint; only those with a date take the date."""
    read_task = one(tmp_path, ConstraintType=number, ConstraintDate="2026-03-02T08:00:00")
    dated = ConstraintType(kind).dated
    assert read_task.constraint == Constraint(type=ConstraintType(kind), date=MONDAY if dated else None)


def test_a_must_date_of_a_summary_is_left_out(tmp_path: Path) -> None:
    """A summary keeps the constraints that it may have, and loses a must-date."""
    date: dict[str, Any] = {"ConstraintDate": "2026-03-02T08:00:00"}
    summaries = [task(1, ConstraintType=4, **date), task(2, level=2, ConstraintType=2, **date), task(3, level=3)]
    plan = read(tmp_path, document(*summaries))
    assert [entry.constraint.type for entry in plan.tasks] == ["SNET", "ASAP", "ASAP"]
    assert left_out(plan) == {"must-dates of summaries": 1}


@pytest.mark.parametrize(
    "number, unit",
    [(7, "working"), (8, "elapsed"), (19, "percent"), (20, "elapsed_percent"), (40, "elapsed"), (51, "percent")],
)
def test_lag_formats_say_what_a_lag_counts(tmp_path: Path, number: int, unit: str) -> None:
    """A lag is tenths of a minute, of working or clock time, or whole per cents of the predecessor."""
    joined = task(2, link(1, Type=3, LinkLag=-75, LagFormat=number))
    assert read(tmp_path, document(task(1), joined)).links[0].lag == Lag(amount=-75, unit=LagUnit(unit))


def test_links_by_number(tmp_path: Path) -> None:
    """Types are numbered FF, FS, SF, SS; a link without a type is FS, without a lag waits for nothing."""
    joined = [task(uid, link(uid - 1, Type=uid - 2)) for uid in range(2, 6)]
    plan = read(tmp_path, document(task(1), *joined, task(6, link(5))))
    assert [entry.type for entry in plan.links] == ["FF", "FS", "SF", "SS", "FS"]
    assert plan.links[-1].lag == Lag()
    assert plan.links[-1].line == 7


@pytest.mark.parametrize(
    "fields",
    [
        {"PercentComplete": 101},
        {"PercentComplete": "50.5"},
        {"Duration": "8 days"},
        {"Duration": "P1D"},
        {"Duration": "PT99999999H0M0S"},
        {"DurationFormat": 99},
        {"ConstraintType": 8},
        {"ConstraintType": 2},
        {"ActualStart": "1983-12-31T08:00:00"},
        {"ActualStart": "2150-01-01T08:00:00"},
        {"ActualStart": "2026-02-30T08:00:00"},
        {"ActualStart": "2026-03-02T08:00:00Z"},
        {"ActualStart": "2026-03-02T08:00:00", "ActualFinish": "2026-03-01T08:00:00"},
        {"UID": -1},
        {"UID": ""},
        {"UID": 2**31},
        {"IsNull": "maybe"},
        {"Name": "x" * (MAX_NAME + 1)},
    ],
)
def test_a_value_that_cannot_be_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    """The refusal names the task and the line, and says what to do."""
    refused = refusal(tmp_path, document(task(1, name="Dig"), task(2, **{"Name": "Pour", **fields})))
    assert (refused.code, refused.line) == ("BAD_VALUE", 3)
    assert "Pour" in refused.message or "xxx" in refused.message
    assert refused.hint


@pytest.mark.parametrize(
    "fields", [{"LinkLag": 10**9}, {"LinkLag": 10_001, "LagFormat": 19}, {"LagFormat": 13}, {"Type": 4}]
)
def test_a_link_that_cannot_be_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Lags longer than a century or than a hundred predecessors, and unknown numbers, are mistakes."""
    assert refusal(tmp_path, document(task(1), task(2, link(1, **fields)))).code == "BAD_VALUE"


def test_a_uid_names_one_task(tmp_path: Path) -> None:
    """A second task with the same UID is refused, with the line of the first."""
    refused = refusal(tmp_path, document(task(1), task(2), task(1)))
    assert (refused.code, refused.line) == ("DUPLICATE_UID", 4)
    assert "line 2" in refused.message


def test_control_characters_do_not_reach_names_and_notes(tmp_path: Path) -> None:
    """A name is one line; a note keeps its lines; neither keeps other control characters."""
    read_task = one(tmp_path, name="Dig&#13;&#10;the&#x85;pit ", Notes=" one&#13;\ntwo&#9;&#x9f;x\n")
    assert (read_task.name, read_task.notes) == ("Dig the pit", "one\ntwo\t x")


def test_a_long_note_is_cut_and_said_so(tmp_path: Path) -> None:
    """One long note does not cost the plan."""
    plan = read(tmp_path, document(task(1, Notes="n" * (MAX_NOTES + 1)), task(2, Notes="n" * MAX_NOTES)))
    assert [len(entry.notes) for entry in plan.tasks] == [MAX_NOTES, MAX_NOTES]
    assert left_out(plan) == {"cut notes": 1}


def test_a_task_without_a_name_is_named_after_its_uid(tmp_path: Path) -> None:
    """An empty name is replaced, and said so."""
    plan = read(tmp_path, document("<Task><UID>5</UID><OutlineLevel>1</OutlineLevel></Task>"))
    assert plan.tasks[0].name == "Task 5"
    assert left_out(plan) == {"missing names": 1}
