"""How many dates of a schedule are exactly those that the file's own program computed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..scheduling import Schedule
from .file_plan import IDENTITIES
from .identities import Identities
from .plan_file import FileTask, PlanFile

FIELDS = ("early_start", "early_finish", "late_start", "late_finish")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the leaves that the file gives a date for, how many have exactly that date."""

    exact: int
    of: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A date that is another one. `ours` None: the task is not in the schedule."""

    uid: int
    name: str
    field: str
    file: datetime
    ours: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """By field, in the order of FIELDS; the differences in the order of the file."""

    fields: Mapping[str, Agreement]
    differences: tuple[Difference, ...]


def compare(file: PlanFile, schedule: Schedule, *, ids: Identities = IDENTITIES) -> Comparison:
    """Compares a schedule with the dates in the file. Summaries are left out: theirs follow from the leaves'.

    `ids` are those that the tasks have in the schedule, as `plan_of_file` or an import has given them.
    """
    given = dict.fromkeys(FIELDS, 0)
    differences = []
    for task, field, date in _dates(file):
        given[field] += 1
        found = schedule.tasks.get(ids.task(task.uid))
        ours: datetime | None = None if found is None else getattr(found, field)
        if ours != date:
            differences.append(Difference(task.uid, task.name, field, date, ours))
    wrong = [difference.field for difference in differences]
    agreements = {field: Agreement(given[field] - wrong.count(field), given[field]) for field in FIELDS}
    return Comparison(agreements, tuple(differences))


def _dates(file: PlanFile) -> Iterator[tuple[FileTask, str, datetime]]:
    """What the file says of its leaves."""
    summaries = {task.parent for task in file.tasks}
    for task in file.tasks:
        if task.uid in summaries:
            continue
        for field in FIELDS:
            date = getattr(task.dates, field)
            if date is not None:
                yield task, field, date
