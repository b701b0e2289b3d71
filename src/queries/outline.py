"""Where a page of an outline ended, so that the next one goes on there though tasks before it came, went or moved.

Places in an outline are numbers that shift with every task that is put in front, so a cursor names the last task
instead. A deleted one keeps its parent and rank: what followed it is found by these. Only if that task, or a summary
above it, was itself put elsewhere is the old number the best that is left, and tasks around it may be met twice or not.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from ..projections.tasks import TaskRow
from .reading import ReadSession, cursor_of, key_of, whole


async def cursor_behind(read: ReadSession, sequence: int, task: UUID) -> str:
    """The cursor of what follows the task, which has this place."""
    return cursor_of(sequence, _placed_last(await _chain(read, task)), str(task))


async def place_in(read: ReadSession, project: UUID, cursor: str) -> int:
    """The number behind which the next page begins; raises BadCursorError."""
    sequence, placed, task = key_of(cursor, whole(32), whole(32), UUID)
    chain = await _chain(read, task)
    if not chain or chain[0].project != project or _placed_last(chain, deleted=False) > placed:
        return int(sequence)
    if chain[0].sequence is not None:
        return int(chain[0].sequence)
    tasks = read[TaskRow]
    rank = tasks.c.rank if read.connection.dialect.name == "sqlite" else tasks.c.rank.collate("C")
    for row in chain:
        same = tasks.c.parent.is_(None) if row.parent is None else tasks.c.parent == row.parent
        later = or_(rank > row.rank, and_(tasks.c.rank == row.rank, tasks.c.id > row.id))
        wanted = select(func.min(tasks.c.sequence)).where(tasks.c.project == project, same, later)
        if (following := await read.scalar(wanted)) is not None:
            return int(following) - 1
    return 2**31 - 1


async def _chain(read: ReadSession, task: UUID) -> list[Any]:
    """The task and the summaries above it, lowest first, deleted ones too."""
    tasks = read[TaskRow]
    columns = [tasks.c[name] for name in ("id", "project", "parent", "rank", "sequence", "placement_revision")]
    found: list[Any] = []
    next_: UUID | None = task
    while next_ is not None:
        row = (await read.execute(select(*columns).where(tasks.c.id == next_))).one_or_none()
        if row is None:
            break
        found.append(row)
        next_ = row.parent
    return found


def _placed_last(chain: list[Any], *, deleted: bool = True) -> int:
    """The latest revision of a place in the chain; of what is deleted that is the deletion, which moves nothing."""
    return max((row.placement_revision for row in chain if deleted or row.sequence is not None), default=0)
