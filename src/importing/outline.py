"""The tree of tasks from their levels, in document order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .plan_file import ImportRefused, RefusalCode
from .task_row import TaskRow


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and the place that its level gives it."""

    row: TaskRow
    parent: int | None
    absent_as: str | None  # its own reason to stay behind, or that of a task above


def placed(rows: Sequence[TaskRow]) -> Iterator[Placed]:
    """Give every row its parent: the nearest row before it that is one level higher."""
    above: list[Placed] = []
    for row in rows:
        if not 1 <= row.level <= len(above) + 1:
            before = f"“{above[-1].row.task.name}” on level {len(above)}" if above else "the first"
            raise ImportRefused(
                RefusalCode.BAD_OUTLINE,
                f"Task “{row.task.name}” (UID {row.task.uid}) is on level {row.level}, straight after {before}.",
                row.task.line,
                "A task may be one level below the task before it, not more, and the first is on level 1.",
            )
        del above[row.level - 1 :]
        parent = above[-1] if above else None
        inherited = parent.absent_as if parent is not None else None
        place = Placed(row, parent.row.task.uid if parent is not None else None, inherited or row.absent_as)
        above.append(place)
        yield place
