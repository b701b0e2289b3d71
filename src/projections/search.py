"""What tasks are found by: the words of their names and notes, folded, under a full text index of the database."""

from collections.abc import Iterable, Sequence
from typing import Any, assert_never, cast
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Index, Table, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.plan import TasksDeleted, TasksRestored
from ..events.task import TaskAdded, TaskUpdated
from .projection import Projection
from .read_model import ReadModel
from .rows import Need, Row, Rows
from .words import words_of

OF_PROJECT, NOTES = "\ue000", "\ue001"
"""What begins the word that stands for a project, and the word before the notes. Folded words never hold them."""
_MOST_TEXT = 200_000
"""Characters of words; a tsvector holds 1 MiB."""


class SearchRow(ReadModel):
    """`words` are those of name and notes with a space around each, after that of the project; `name_words` likewise.

    `number` is the position at which the task was added: a number, as SQLite's index wants it.
    """

    __tablename__ = "search"
    __table_args__ = (Index(None, "number", unique=True),)

    task: Mapped[UUID] = mapped_column(primary_key=True)
    project: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger)
    deleted: Mapped[bool]
    name: Mapped[str]
    notes: Mapped[str]
    name_words: Mapped[str]
    words: Mapped[str]

    @classmethod
    def complete(cls, connection: Connection, table: Table) -> Sequence[str]:
        """The full text index: GIN on PostgreSQL; on SQLite a table of FTS5, which triggers keep. None without FTS5."""
        if connection.dialect.name == "postgresql":
            indexed = "array_to_tsvector(string_to_array(btrim(words), ' '))"
            where = f"ix_{table.name}_words ON {table.name} USING gin ({indexed})"
            connection.execute(text(f"CREATE INDEX {where} WITH (fastupdate = off)"))  # no list that each search reads
            return ()
        if not connection.scalar(text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")):
            return ()
        for statement in _fts5(table.name, fts5_of(table)):
            connection.execute(text(statement))
        return (fts5_of(table),)


def fts5_of(table: Table) -> str:
    """The name of SQLite's full text index of the table."""
    return f"{table.name}_fts"


def vector_of(table: Table) -> Any:
    """What PostgreSQL's index holds, in the words of the index."""
    return func.array_to_tsvector(func.string_to_array(func.btrim(table.c.words), text("' '")))


def _fts5(name: str, index: str) -> Iterable[str]:
    """It holds no text of its own, and what it forgets it has to be told in full."""
    yield (
        f"CREATE VIRTUAL TABLE {index} USING fts5(words, content='{name}', content_rowid='number', "
        "tokenize='ascii', detail='none')"
    )
    forget = f"INSERT INTO {index}({index}, rowid, words) VALUES ('delete', OLD.number, OLD.words);"  # noqa: S608 - our own names
    learn = f"INSERT INTO {index}(rowid, words) VALUES (NEW.number, NEW.words);"  # noqa: S608 - our own names
    yield f"CREATE TRIGGER {name}_put AFTER INSERT ON {name} BEGIN {learn} END"
    yield f"CREATE TRIGGER {name}_removed AFTER DELETE ON {name} BEGIN {forget} END"
    changed = "OLD.words <> NEW.words OR OLD.number <> NEW.number"
    yield f"CREATE TRIGGER {name}_changed AFTER UPDATE ON {name} WHEN {changed} BEGIN {forget} {learn} END"


_Event = TaskAdded | TaskUpdated | TasksDeleted | TasksRestored


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("_Event", recorded.event)
    match event:
        case TaskAdded():
            return ()
        case TaskUpdated():
            return ((SearchRow.task, event.task),)
        case TasksDeleted() | TasksRestored():
            return tuple((SearchRow.task, task) for task in event.subtree)
        case _:
            assert_never(event)


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("_Event", recorded.event)
    match event:
        case TaskAdded():
            row = {"task": event.task, "number": recorded.position, "deleted": False}
            rows.put(SearchRow, row | row_of(recorded.project, event.name, event.notes))
        case TaskUpdated():
            before = rows.get(SearchRow, event.task)
            name = before["name"] if event.name is None else event.name
            notes = before["notes"] if event.notes is None else event.notes
            rows.change(SearchRow, event.task, **row_of(recorded.project, name, notes))
        case TasksDeleted() | TasksRestored():
            for task in event.subtree:
                rows.change(SearchRow, task, deleted=isinstance(event, TasksDeleted))
        case _:
            assert_never(event)


def row_of(project: UUID | None, name: str, notes: str) -> Row:
    """What is kept of a task of that name and notes, but for its number."""
    assert project is not None  # noqa: S101 - tasks are in projects
    of_name, of_notes = [" ".join(word.text for word in words_of(each)) for each in (name, notes)]
    words = f"{OF_PROJECT}{project.hex} {of_name} {NOTES} {of_notes}"[:_MOST_TEXT].split()
    return {
        "project": project,
        "name": name,
        "notes": notes,
        "name_words": f" {of_name} ",
        "words": f" {' '.join(words)} ",
    }


def row_of_task(task: Row, number: int) -> Row:
    """The row of a task, from what is known of it; as for each, a `number` of its own."""
    deleted = not task["placed"] and bool(task["rank"])  # a new one has no place either, and has had no rank
    of_task = {"task": task["id"], "number": number, "deleted": deleted}
    return of_task | row_of(task["project"], task["name"], task["notes"])


SEARCH = Projection(
    "search", 1, (SearchRow,), (TaskAdded, TaskUpdated, TasksDeleted, TasksRestored), _needs, _apply, bucketed=True
)
