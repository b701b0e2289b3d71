"""The hot reads by the plans that the databases make for them: keyed, never sorted, never the whole table."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from src.projections import Projection
from src.projections.assignments import ASSIGNMENTS, AssignmentRow, StaffRow
from src.projections.audit import AuditResult
from src.projections.calendars import CALENDARS, CalendarExceptionRow, CalendarRow
from src.projections.links import LINKS, LinkRow
from src.projections.projects import PROJECTS, MemberRow, ProjectRow
from src.projections.resources import RESOURCES, ResourceRateRow, ResourceRow
from src.projections.tasks import TASKS, TaskRow
from src.projections.users import USERS, UserRow
from src.queries import load, subjects, work
from src.queries.activity import list_activity, list_my_activity
from src.queries.assignment import get_assignment, get_staff, list_assignments, list_staff
from src.queries.audit import AuditFilter, list_audit
from src.queries.causes import get_causes
from src.queries.critical_path import get_critical_path
from src.queries.everywhere import Everywhere, begun, every_project
from src.queries.history import history
from src.queries.link import get_link, list_links
from src.queries.load import list_load, list_over_allocations, resource_load
from src.queries.moment import moment_in
from src.queries.outline import place_in
from src.queries.project import get_project, list_members, list_projects
from src.queries.reading import ReadSession, cursor_of, reading
from src.queries.resource import get_rates, get_resource, list_resources
from src.queries.role import get_role, list_roles
from src.queries.row_versions import next_versions
from src.queries.schedule import get_scheduled_task, list_scheduled_tasks, list_warnings
from src.queries.task import get_task, list_tasks
from src.queries.user import get_user, names_of
from src.queries.work import list_work
from src.wiring import App

ID = UUID(int=7)
DAY = date(2026, 3, 2)
ID_CURSOR, NUMBER_CURSOR, OUTLINE_CURSOR = cursor_of(str(ID)), cursor_of(7), cursor_of(7, 7, str(ID))
Question = Callable[[ReadSession, App], Awaitable[Any]]
REFUSED = AuditResult.REFUSED
NOW = datetime(2026, 3, 2, tzinfo=UTC)
AUDIT_FILTERS: list[dict[str, Any]] = [
    {"project": ID},
    {"actor": ID},
    {"author": ID},
    {"session": ID},
    {"command": "AddTask"},
    {"command_id": ID},
    {"correlation_id": "x"},
    {"type": "TaskAdded"},
    {"stream": f"task-{ID}@main"},
    {"entity": str(ID)},
    {"result": REFUSED},
    {"result": AuditResult.ACCEPTED},
    {"address": "203.0.113.7"},
    {"since": NOW, "until": NOW},
    {"project": ID, "result": REFUSED},
    {"actor": ID, "result": REFUSED},
    {"project": ID, "type": "TaskAdded"},
    {"project": ID, "actor": ID, "session": ID, "type": "TaskAdded", "command": "AddTask", "since": NOW},
    {"entity": str(ID), "correlation_id": "x", "address": "203.0.113.7", "result": REFUSED, "until": NOW},
]


def of_audit(wanted: AuditFilter, *, oldest_first: bool = False) -> Question:
    """A page of what fits."""
    return lambda read, app: list_audit(
        read, app.log, app.keyring, wanted, after=NUMBER_CURSOR, oldest_first=oldest_first
    )


def chosen(wanted: Callable[[ReadSession, int], Any], reader: UUID | None) -> Question:
    """The projects that a question about the past is about."""
    return lambda read, _: begun(read, wanted(read, 1_000), reader, NOW, 1_000, 100)


QUESTIONS: dict[str, Question] = {
    "list_projects": lambda read, _: list_projects(read, ID, after=ID_CURSOR),
    "get_project": lambda read, _: get_project(read, ID, ID),
    "list_projects of all": lambda read, _: list_projects(read, ID, after=ID_CURSOR, everything=True),
    "get_project of any": lambda read, _: get_project(read, ID, ID, everything=True),
    "list_members": lambda read, app: list_members(read, app.keyring, ID, after=ID_CURSOR),
    "list_tasks": lambda read, _: list_tasks(read, ID, after=OUTLINE_CURSOR),
    "get_task": lambda read, _: get_task(read, ID, ID),
    "list_links": lambda read, _: list_links(read, ID, after=ID_CURSOR),
    "list_links of a task": lambda read, _: list_links(read, ID, task=ID),
    "get_link": lambda read, _: get_link(read, ID, ID),
    "list_resources": lambda read, _: list_resources(read, None, after=ID_CURSOR),
    "list_resources of a project": lambda read, _: list_resources(read, ID, after=ID_CURSOR),
    "get_resource": lambda read, _: get_resource(read, ID, ID),
    "get_rates": lambda read, _: get_rates(read, ID, ID),
    "list_assignments": lambda read, _: list_assignments(read, ID, after=cursor_of(str(ID), str(ID))),
    "list_assignments of a task": lambda read, _: list_assignments(read, ID, task=ID),
    "get_assignment": lambda read, _: get_assignment(read, ID, ID, ID),
    "list_staff": lambda read, _: list_staff(read, ID, after=ID_CURSOR),
    "get_staff": lambda read, _: get_staff(read, ID, ID),
    "list_scheduled_tasks": lambda read, _: list_scheduled_tasks(read, ID, after=OUTLINE_CURSOR),
    "list_scheduled_tasks that are critical": lambda read, _: list_scheduled_tasks(read, ID, critical=True),
    "get_scheduled_task": lambda read, _: get_scheduled_task(read, ID, ID),
    "list_warnings": lambda read, _: list_warnings(read, ID, after=OUTLINE_CURSOR),
    "get_critical_path": lambda read, _: get_critical_path(read, ID),
    "list_load": lambda read, _: list_load(read, ID, DAY, DAY, after=cursor_of("2026-03-02", str(ID))),
    "resource_load": lambda read, _: resource_load(Everywhere(read, read, read), ID, ID, DAY, DAY),
    "list_over_allocations": lambda read, _: list_over_allocations(
        Everywhere(read, read, read), ID, ID, DAY, DAY, reader=ID
    ),
    "begun of a resource": chosen(partial(load.projects_of, project=ID, resource=ID), None),
    "begun of a user": chosen(partial(work.projects_of, user=ID, project=None), ID),
    "begun of a user in one": chosen(partial(work.projects_of, user=ID, project=ID), ID),
    "begun of a reader": chosen(every_project, ID),
    **{f"list_audit of {' and '.join(given)}": of_audit(AuditFilter(**given)) for given in AUDIT_FILTERS},
    "list_audit, oldest first": of_audit(AuditFilter(actor=ID, type="TaskAdded"), oldest_first=True),
    "get_causes": lambda read, _: get_causes(read, ID),
    "list_audit": of_audit(AuditFilter()),
    "list_activity": lambda read, app: list_activity(read, app.keyring, ID, after=NUMBER_CURSOR),
    "list_activity by one": lambda read, app: list_activity(read, app.keyring, ID, by=ID, after=NUMBER_CURSOR),
    "list_activity of a kind": lambda read, app: list_activity(read, app.keyring, ID, kind="task"),
    "list_activity about one": lambda read, app: list_activity(read, app.keyring, ID, about=ID, after=NUMBER_CURSOR),
    "list_my_activity": lambda read, app: list_my_activity(read, app.keyring, ID, after=NUMBER_CURSOR),
    "list_work": lambda read, _: list_work(read, ID, now=datetime(2026, 3, 2, tzinfo=UTC)),
    "place_in": lambda read, _: place_in(read, ID, OUTLINE_CURSOR),
    "list_roles": lambda read, _: list_roles(read, after=cursor_of("a")),
    "get_role": lambda read, _: get_role(read, "a"),
    "get_user": lambda read, app: get_user(read, app.keyring, ID),
    "names_of": lambda read, app: names_of(read, app.keyring, [ID]),
    "moment_in": lambda read, app: moment_in(read, app.log, ID, datetime(2999, 1, 1, tzinfo=UTC), known_at=2**60),
}


_KEYS: dict[type, Any] = {UUID: ID, int: 7, date: DAY, str: "MO"}


async def _history(subject: subjects.Subject, read: ReadSession, app: App) -> None:
    """Its first page, and what comes after a version of each part."""
    await history(read, app.log, app.keyring, subject)
    for place, part in enumerate(subject.parts):
        key = part.kind.model.__table__.primary_key
        rest = [_KEYS[column.type.python_type] for column in key if column.name not in part.of]
        await next_versions(read, subject.parts, (7, -place, *rest), 101)


QUESTIONS |= {
    f"history of a {name}": partial(_history, subject)
    for name, subject in {
        "project": subjects.project_and_members(ID),
        "member": subjects.member(ID, ID),
        "task": subjects.task(ID, ID),
        "link": subjects.link(ID, ID),
        "assignment": subjects.assignment(ID, ID, ID),
        "resource in a project": subjects.staff(ID, ID),
        "calendar": subjects.calendar(ID, ID),
        "resource": subjects.resource(None, ID),
        "resource's rates": subjects.rates(ID, ID),
        "user": subjects.user(ID),
        "role": subjects.role("a"),
    }.items()
}
MAY_SORT = {"list_links of a task", "get_critical_path", "list_work"}
"""Of the few links of one task; of what is critical, or somebody's own, which no index has in order of its dates."""
FOUND_BY = {
    "author": "author",
    "session": "session",
    "command": "command",
    "command_id": "command_id",
    "correlation_id": "correlation_id",
    "type": "type",
    "stream": "entity",
    "entity": "entity",
    "project and type": "project",
    "project and actor and session and type and command and since": "session",
    "entity and correlation_id and address and result and until": "correlation_id",
}
"""The filters of the audit trail, and the column by whose index the rows are found."""


@asynccontextmanager
async def noted(app: App) -> AsyncIterator[list[tuple[str, Any]]]:
    """All statements that are sent while the block runs."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        statements.append((statement, parameters))

    event.listen(app.readers.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(app.readers.sync_engine, "before_cursor_execute", note)


async def plan_of(app: App, question: Question) -> str:
    """The plan of every statement that answers the question, as the database explains it."""
    async with noted(app) as statements, reading(app.readers) as read:
        await question(read, app)
    asked = [(statement, parameters) for statement, parameters in statements if statement.startswith("SELECT")]
    assert asked
    lines: list[str] = []
    async with app.readers.connect() as connection:
        postgresql = connection.dialect.name == "postgresql"
        if postgresql:  # small tables are read whole, which says nothing of large ones
            for method in ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"):
                await connection.execute(text(f"SET LOCAL {method} = off"))
        for statement, parameters in asked:
            explain = f"EXPLAIN {'' if postgresql else 'QUERY PLAN '}{statement}"
            rows = (await connection.exec_driver_sql(explain, parameters)).all()
            lines += [str(row[-1]) for row in rows]
    return "\n".join(lines)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_question_is_answered_by_keys(shared: App, name: str) -> None:
    """No hot read goes through a whole table, and none sorts what an index has in order."""
    plan = await plan_of(shared, QUESTIONS[name])
    assert "Index" in plan or "SEARCH" in plan, plan
    rest = plan.replace("SCAN changed", "")  # of a history: the one page that was found by key just before
    for whole in ("Seq Scan", "SCAN "):
        assert whole not in rest, plan
    if name not in MAY_SORT:
        for sorting in ("Sort", "TEMP B-TREE"):
            assert sorting not in plan, plan


PAST: list[tuple[Projection, Any]] = [
    (PROJECTS, ProjectRow.id),
    (PROJECTS, MemberRow.project),
    (TASKS, TaskRow.project),
    (LINKS, LinkRow.project),
    (ASSIGNMENTS, AssignmentRow.project),
    (ASSIGNMENTS, AssignmentRow.resource),
    (ASSIGNMENTS, StaffRow.project),
    (RESOURCES, ResourceRow.id),
    (RESOURCES, ResourceRow.scope),
    (RESOURCES, ResourceRateRow.resource),
    (CALENDARS, CalendarRow.project),
    (CALENDARS, CalendarExceptionRow.calendar),
    (USERS, UserRow.id),
]


@pytest.mark.parametrize("projection, column", PAST, ids=[str(column) for _, column in PAST])
async def test_the_past_is_found_by_keys(shared: App, projection: Projection, column: Any) -> None:
    """Of each row that had begun one look into the key; never the versions of a row, and never a whole table."""

    async def question(read: ReadSession, _app: App) -> None:
        await read.at(7).rows(projection).fetch([(column, ID)])

    plan = await plan_of(shared, question)
    assert "Index" in plan or "SEARCH" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert set(re.findall(r"SCAN (\w+)", plan)) <= {"begun"}, plan
    assert plan.count("valid_from<") + plan.count("valid_from <=") > 0, plan


@pytest.mark.parametrize("name", FOUND_BY)
async def test_a_filter_of_the_audit_trail_has_an_index(app: App, name: str) -> None:
    """Whatever is rare is found by its index, so that nobody goes through all that is frequent.

    On a database of its own: in one that many tests share nothing is rare, and PostgreSQL knows after a while.
    """
    plan = await plan_of(app, QUESTIONS[f"list_audit of {name}"])
    assert f"_{FOUND_BY[name]}_position" in plan
    assert not re.search("pk_audit|PRIMARY KEY", plan) or "since" in name or "until" in name, plan
