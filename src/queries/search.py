"""Which tasks say something: full text search over names and notes, in one project or in all that somebody may read."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    column,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import OperationalError

from ..projections.projects import MemberRow, ProjectRow
from ..projections.search import OF_PROJECT, SearchRow, fts5_of, vector_of
from ..projections.tasks import TaskRow
from .marking import marked, snippet
from .reading import Page, ReadSession, View, cursor_of, key_of, whole
from .search_query import SearchError, SearchQuery, Term, parse

MOST_HITS = 10_000
"""More are not put in order for anybody: the question is too broad."""


class SearchHit(View):
    """A task that was found; `rank` counts the parts of the question that are found in its name.

    `marked` and `snippet` are HTML: what was found stands between <mark> and </mark>, all else is escaped.
    """

    task: UUID
    project: UUID
    project_name: str
    wbs: str = Field(description="Empty when the task is deleted")
    name: str
    marked: str = Field(description="The name, as HTML")
    snippet: str | None = Field(description="What was found in the notes, as HTML; None: it is all in the name")
    deleted: bool
    rank: int


async def search(
    read: ReadSession,
    question: str,
    *,
    project: UUID | None = None,
    reader: UUID | None = None,
    deleted: bool = False,
    after: str | None = None,
    limit: int = 20,
) -> Page[SearchHit]:
    """The tasks of a project that are found, or of all projects that the reader is a member of (None: of all).

    Those come first of which more is found in the name, then by id. `deleted` adds deleted ones. The place of a hit
    follows from itself and the question alone, so what happens to other tasks moves it to no other page. Raises
    SearchError: nothing is asked for, too much is found, or the database has no full text search.
    """
    asked = parse(question)
    key = None if after is None else key_of(after, whole(16), UUID)
    try:
        rows = (await read.execute(_statement(read, asked, project, reader, deleted, key, limit))).all()
    except OperationalError as error:
        if "_fts" in str(error.orig) or "fts5" in str(error.orig):
            raise SearchError("SEARCH_UNAVAILABLE", "the SQLite of this machine has no full text search") from error
        raise
    if rows[0].found > MOST_HITS:
        raise SearchError("SEARCH_TOO_BROAD", f"more than {MOST_HITS} tasks are found; add a word, or name a project")
    hits = [row for row in rows if row.task is not None]
    more = cursor_of(hits[limit - 1].rank, str(hits[limit - 1].task)) if len(hits) > limit else None
    return Page(items=await asyncio.to_thread(_hits, hits[:limit], asked), next=more)


def _statement(
    read: ReadSession,
    asked: SearchQuery,
    project: UUID | None,
    reader: UUID | None,
    deleted: bool,
    key: list[Any] | None,
    limit: int,
) -> Any:
    """The first rows after the key, and how many tasks the index gave: no more than may be, and one."""
    texts, names, projects, tasks = read[SearchRow], read[SearchRow].alias(), read[ProjectRow], read[TaskRow]
    sqlite = read.connection.dialect.name == "sqlite"
    holds = func.instr if sqlite else func.strpos

    def said(where: Any, term: Term) -> ColumnElement[bool]:
        return holds(where, term.sought) > 0

    fits = [said(texts.c.words, term) for term in asked.wanted if len(term.words) > 1]
    fits += [not_(said(texts.c.words, term)) for term in asked.unwanted]
    fits += [] if deleted else [texts.c.deleted.is_(False)]
    rank = sum((case((said(texts.c.name_words, term), 1), else_=0) for term in asked.wanted), literal(0))
    given = select(texts.c.task, rank.label("rank"), and_(literal(True), *fits).label("fits"))
    given = (_in_fts5 if sqlite else _in_gin)(read, given, texts, asked, project, reader)
    if project is not None:
        given = given.where(texts.c.project == project)
    hits = given.limit(MOST_HITS + 1).cte("hits")
    page = select(hits.c.task, hits.c.rank).where(hits.c.fits)
    if key is not None:
        page = page.where(or_(hits.c.rank < key[0], and_(hits.c.rank == key[0], hits.c.task > key[1])))
    some = page.order_by(hits.c.rank.desc(), hits.c.task).limit(limit + 1).subquery()
    shown = names.c.name, names.c.notes, names.c.project, names.c.deleted
    of = (
        some.join(names, names.c.task == some.c.task)
        .join(projects, projects.c.id == names.c.project)
        .outerjoin(tasks, tasks.c.id == some.c.task)
    )
    items = select(some, *shown, projects.c.name.label("project_name"), tasks.c.wbs).select_from(of).subquery()
    count = select(func.count().label("found")).select_from(hits).subquery()
    both = count.outerjoin(items, literal(True))
    return select(count.c.found, items).select_from(both).order_by(items.c.rank.desc(), items.c.task)


def _in_gin(
    read: ReadSession, given: Any, texts: Any, asked: SearchQuery, project: UUID | None, reader: UUID | None
) -> Any:
    """By PostgreSQL's index. The words need no parser there: they are letters and digits, in quotes."""
    parts = [f"'{word}'{':*' if prefix else ''}" for word, prefix in _words(asked)]
    parts += [] if project is None else [f"'{OF_PROJECT}{project.hex}'"]
    wanted: Any = as_type(" & ".join(parts), TSQUERY)
    if project is None and reader is not None:
        members = read[MemberRow]
        one = literal(f"'{OF_PROJECT}") + func.replace(as_type(members.c.project, Text), "-", "") + literal("'")
        mine = select(as_type(func.string_agg(one, " | "), TSQUERY)).where(members.c.user == reader)
        wanted = wanted.op("&&")(mine.scalar_subquery())
    return given.where(vector_of(texts).op("@@")(wanted))


def _in_fts5(
    read: ReadSession, given: Any, texts: Any, asked: SearchQuery, project: UUID | None, reader: UUID | None
) -> Any:
    """By SQLite's index: every word is a string of its own, so none is an operator."""
    name = fts5_of(texts)
    parts = [f'"{word}"{" *" if prefix else ""}' for word, prefix in _words(asked)]
    parts += [] if project is None else [f'"{OF_PROJECT}{project.hex}"']
    wanted: Any = literal(" AND ".join(parts))
    if project is None and reader is not None:
        members = read[MemberRow]
        one = literal(f'"{OF_PROJECT}') + as_type(members.c.project, Text) + literal('"')
        mine = select(func.group_concat(one, " OR ")).where(members.c.user == reader).scalar_subquery()
        wanted = wanted + literal(" AND (") + func.coalesce(mine, f'"{OF_PROJECT}"') + literal(")")
    index = table(name, column("rowid"))
    found = given.join(index, index.c.rowid == texts.c.number)
    return found.where(literal_column(name).op("MATCH")(wanted))


def _words(asked: SearchQuery) -> dict[tuple[str, bool], None]:
    """All words that must be there, each with whether it is only the beginning of one."""
    return {
        (word, term.prefix and at == len(term.words)): None
        for term in asked.wanted
        for at, word in enumerate(term.words, 1)
    }


def _hits(rows: Sequence[Any], asked: SearchQuery) -> tuple[SearchHit, ...]:
    """Made beside the event loop: notes are long, and each is cut into words."""
    return tuple(_hit(row, asked) for row in rows)


def _hit(row: Any, asked: SearchQuery) -> SearchHit:
    return SearchHit(
        task=row.task,
        project=row.project,
        project_name=row.project_name,
        wbs=row.wbs or "",
        name=row.name,
        marked=marked(row.name, asked),
        snippet=snippet(row.notes, asked),
        deleted=row.deleted,
        rank=row.rank,
    )
