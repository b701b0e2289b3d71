"""The plans of search and feeds at a size at which a database would not read whole tables anyway."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid4

from src import migrate
from src.config import Settings
from src.projections import BY_TABLE
from src.projections.activity import AboutRow, ActivityRow
from src.projections.projects import MemberRow, ProjectRow
from src.projections.read_model import ReadModel
from src.projections.rows import Rows
from src.projections.search import SearchRow, row_of
from src.queries.activity import list_activity, list_my_activity
from src.queries.reading import cursor_of, reading
from src.queries.search import search
from src.queries.work import list_work
from src.wiring import App, open_app
from tests.conftest import nobody_woken, settings_for
from tests.queries.test_query_plans import Question, noted
from tests.servers import PostgreSQL

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PROJECTS, TASKS, MINE, ANN = 60, 400, 5, UUID(int=1)
CURSOR = cursor_of(9_000)
STAMPS = {"created_at": NOW, "updated_at": NOW}


def project(number: int) -> UUID:
    """The id of that project."""
    return UUID(int=1_000 + number)


def rows() -> list[tuple[type[ReadModel], dict[str, Any]]]:
    """24,000 tasks in 60 projects, of which five are Ann's; one word is in all notes, one in one of a thousand."""
    found: list[tuple[type[ReadModel], dict[str, Any]]] = []
    for number in range(PROJECTS):
        of = {"id": project(number), "owner": ANN, "name": f"P{number}", "time_zone": "UTC", "archived": False}
        unset = dict.fromkeys(("start", "must_finish", "calendar", "status_date", "currency", "external_id"))
        found.append((ProjectRow, of | unset | STAMPS | {"revision": 1}))
        users = [UUID(int=2 + n) for n in range(40)] + ([ANN] if number < MINE else [])
        found += [(MemberRow, {"project": project(number), "user": user, "role": "viewer", **STAMPS}) for user in users]
        for task in range(TASKS):
            at = number * TASKS + task + 1
            id_ = UUID(int=1_000_000 + at)
            name = f"Task {at} {'rare' if at % 1000 == 0 else 'usual'}"
            found.append(
                (
                    SearchRow,
                    {
                        "task": id_,
                        "number": at,
                        "deleted": False,
                        **row_of(project(number), name, f"common w{at % 500}"),
                    },
                )
            )
            by, kind = UUID(int=2 + at % 40), "task" if at % 100 else "calendar"
            event = {"position": at, "project": project(number), "by": by, "actor": by, "author": None, "kind": kind}
            said = {"command": "AddTask", "command_id": id_, "reason": None, "type": "TaskAdded", "data": "{}"}
            times = {"recorded_at": NOW, "effective_at": NOW}
            found.append((ActivityRow, event | said | times | {"entity": id_}))
            found.append((AboutRow, {"project": project(number), "entity": id_, "position": at, "by": by}))
    return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """A database with all these rows. It knows how many there are, so others do not share it."""
    if request.param == "sqlite":
        settings = Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('large')}/projectory.db")
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql_server")
        name = f"large_{uuid4().hex}"
        await server.create_database(name)
        settings = settings_for(server, name)
    await migrate.upgrade(settings)
    async with open_app(settings, nobody_woken) as app:
        await fill(app)
        yield app


async def fill(app: App) -> None:
    """Writes the rows as the projections do."""
    made = rows()
    models = {model for model, _ in made}
    async with reading(app.readers) as read:
        generations = {model: read.generation(BY_TABLE[model]) for model in models}
    async with app.models.begin() as connection:
        for model in sorted(models, key=lambda model: model is MemberRow):
            kept = Rows(connection, generations[model])
            for of, row in made:
                if of is model:
                    kept.put(model, row)
            await kept.flush()
    async with app.models.connect() as connection:
        await connection.execute(text("ANALYZE"))
        await connection.commit()


QUESTIONS: dict[str, Question] = {
    "search of a project": lambda read, _: search(read, "common", project=project(7)),
    "search of a project for a rare word": lambda read, _: search(read, "rare -usual", project=project(7)),
    "search of my projects": lambda read, _: search(read, "w77", reader=ANN),
    "search of all": lambda read, _: search(read, '"rare" tas*', after=cursor_of(1, str(ANN))),
    "activity of a project": lambda read, app: list_activity(read, app.keyring, project(7), after=CURSOR),
    "activity by one": lambda read, app: list_activity(read, app.keyring, project(7), by=UUID(int=9), after=CURSOR),
    "activity about one": lambda read, app: list_activity(read, app.keyring, project(7), about=UUID(int=1_003_000)),
    "activity of a kind": lambda read, app: list_activity(read, app.keyring, project(7), kind="calendar"),
    "my activity": lambda read, app: list_my_activity(read, app.keyring, ANN, after=CURSOR),
    "my work": lambda read, _: list_work(read, ANN, now=NOW),
}
LARGE = ("search", "activity", "activity_about", "members")
_WHOLE = re.compile(rf"(?:Seq Scan on|SCAN) ({'|'.join(LARGE)})_\d+\b(?!_fts)(?! USING (?:COVERING )?INDEX)")


async def plan_of(app: App, question: Question) -> str:
    """The plan of every statement, as the database makes it by itself."""
    async with noted(app) as statements, reading(app.readers) as read:
        await question(read, app)
    lines: list[str] = []
    async with app.readers.connect() as connection:
        explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        for statement, parameters in statements:
            if statement.startswith(("SELECT", "WITH")):
                found = await connection.exec_driver_sql(f"{explain} {statement}", parameters)
                lines += [str(row[-1]) for row in found]
    return "\n".join(lines)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_large_table_is_read_whole(large: App, name: str) -> None:
    """Neither the tasks, nor what happened, nor the members are gone through for one page."""
    plan = await plan_of(large, QUESTIONS[name])
    assert not _WHOLE.search(plan), plan
    if name.startswith("search"):
        assert "_words" in plan or "VIRTUAL TABLE INDEX" in plan, plan
