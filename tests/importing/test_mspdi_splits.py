"""What is read of the interruptions of tasks, and written."""

from datetime import datetime
from pathlib import Path
from typing import Any

from src.exporting.plan_rows import ExportedPlan
from src.importing import read_mspdi
from src.importing.file_plan import plan_of_file
from src.scheduling import Split, schedule
from tests.exporting.written import results_of, written

from .mspdi_text import document, left_out, read, task

START = "<StartDate>2026-03-02T08:00:00</StartDate>"
PEOPLE = "".join(f"<Resource><UID>{uid}</UID><Name>R{uid}</Name><Type>1</Type></Resource>" for uid in (1, 2))
DAYS: dict[str, Any] = {"Duration": "PT24H0M0S", "name": "Dig"}


def work(day: int, hours: int, *, kind: int = 1, until: int | None = None) -> str:
    """Time-phased work on a day of March 2026, or none until another."""
    return (
        f"<TimephasedData><Type>{kind}</Type><Start>2026-03-{day:02}T08:00:00</Start>"
        f"<Finish>2026-03-{until or day:02}T17:00:00</Finish><Value>PT{hours}H0M0S</Value></TimephasedData>"
    )


def assigned(uid: int, *inside: str, units: str = "1") -> str:
    """The resource of that UID on task 1, for three days."""
    head = f"<UID>{uid}</UID><TaskUID>1</TaskUID><ResourceUID>{uid}</ResourceUID><Units>{units}</Units>"
    return f"<Assignment>{head}<Work>PT{24 if units == '1' else 12}H0M0S</Work>{''.join(inside)}</Assignment>"


def plan(*assignments: str, **fields: str) -> str:
    """A file of one task with these assignments."""
    rest = f"<Resources>{PEOPLE}</Resources><Assignments>{''.join(assignments)}</Assignments>"
    return document(task(1, **{**DAYS, **fields}), head=START, rest=rest)


SPLIT = (work(2, 8), work(3, 0, until=4), work(5, 8), work(6, 8))
"""One day of work, two days of none, two of work."""


def test_an_interruption_is_a_stretch_without_work(tmp_path: Path) -> None:
    """After a day nobody works for two; a weekend without work is none, and what was done counts as well."""
    found = read(tmp_path, plan(assigned(1, *SPLIT))).tasks[0]
    assert found.splits == (Split(after=4800, gap=9600),)
    weekend = work(5, 8, kind=2), work(6, 8), work(7, 0, until=8), work(9, 8)
    assert read(tmp_path, plan(assigned(1, *weekend))).tasks[0].splits == ()


def test_an_interruption_within_a_day_is_to_the_minute(tmp_path: Path) -> None:
    """A day on which half was worked before the interruption is half of one."""
    found = read(tmp_path, plan(assigned(1, work(2, 4), work(3, 0), work(4, 8), work(5, 8), work(6, 4)))).tasks[0]
    assert found.splits == (Split(after=2400, gap=7200),)


def test_interruptions_are_of_all_who_work(tmp_path: Path) -> None:
    """Where only one of two stops, the task is not interrupted, and that is told; half a person stops as a whole."""
    half = assigned(2, work(2, 4), work(3, 0, until=4), work(5, 4), work(6, 4), units="0.5")
    assert read(tmp_path, plan(assigned(1, *SPLIT), half)).tasks[0].splits == (Split(after=4800, gap=9600),)
    found = read(tmp_path, plan(assigned(1, *SPLIT), assigned(2, work(2, 8), work(3, 8), work(4, 8))))
    assert found.tasks[0].splits == ()
    assert left_out(found) == {"interruptions of single resources": 1}


def test_work_that_resumes_later_is_told(tmp_path: Path) -> None:
    """A started task that stopped on Monday evening and resumes on Wednesday has lost a day, not a night."""
    begun = {"PercentComplete": "33", "ActualStart": "2026-03-02T08:00:00", "Stop": "2026-03-02T17:00:00"}
    begun["RemainingDuration"] = "PT16H0M0S"
    later = read(tmp_path, plan(**begun, Resume="2026-03-04T08:00:00")).tasks[0]
    assert (later.splits, later.resume) == ((), datetime.fromisoformat("2026-03-04T08:00:00"))
    assert read(tmp_path, plan(**begun, Resume="2026-03-03T08:00:00")).tasks[0].resume is None


def test_interruptions_are_written(tmp_path: Path) -> None:
    """A task that was interrupted twice is read back as it was."""
    text = plan(assigned(1, work(2, 4), work(3, 0), work(4, 8), work(5, 0, until=9), work(10, 8), work(11, 4)))
    file = read(tmp_path, text)
    assert len(file.tasks[0].splits) == 2
    computed = schedule(plan_of_file(file))
    assert computed.finish == datetime.fromisoformat("2026-03-11T12:00:00")
    again = read_mspdi(written(tmp_path, ExportedPlan(file, results_of(file), computed)))
    assert again.tasks[0].splits == file.tasks[0].splits
