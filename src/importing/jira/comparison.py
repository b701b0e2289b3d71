"""How much of what the file says of the end is exactly so here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ...commands.session import Session
from ...commands.task_state import TASK
from ..comparison import Agreement
from .folding import things
from .reading import PERSONS
from .telling import Telling
from .values import Issue, Value

_OWN = {"summary": "name", "description": "notes"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is another one here."""

    issue: str
    field: str
    file: Value | None
    ours: Value | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """By field, as changes call it; the differences in the order of the file."""

    fields: Mapping[str, Agreement]
    differences: tuple[Difference, ...]


async def compare(
    issues: tuple[Issue, ...], telling: Telling, people: Mapping[str, UUID], session: Session
) -> Comparison | None:
    """Compares the tasks, as the log has them, with the end by the file; None where that tells of none."""
    given: Counter[str] = Counter()
    differences = []
    states = await session.load_all([TASK.at(telling.task(issue)) for issue in issues])
    for issue, state in zip(issues, states, strict=True):
        for name, theirs in issue.state.items():
            if name in _OWN:
                continue
            given[name] += 1
            ours = state.fields.get(name)
            if isinstance(theirs, str) and name in PERSONS:
                same = ours == str(people[theirs])
            else:
                same = things(name, ours) == things(name, theirs)
            if not same:
                differences.append(Difference(issue.key, name, theirs, ours))
    if not given:
        return None
    wrong = Counter(difference.field for difference in differences)
    fields = {name: Agreement(count - wrong[name], count) for name, count in sorted(given.items())}
    return Comparison(fields, tuple(differences))
