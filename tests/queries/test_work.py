"""My work: what somebody is assigned to, over all projects."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands.account import DeleteAccount
from src.commands.assignment import Assign
from src.commands.member import AddMember
from src.commands.progress import RecordProgress
from src.commands.project import CreateProject
from src.commands.resource import DefineResource
from src.commands.resource_user import SetResourceUser
from src.commands.staffing import AddResourceToProject
from src.commands.task import AddTask
from src.commands.task_schedule import SetDeadline
from src.config import Settings
from src.events.project import ProjectRole
from src.projections.resources import RESOURCES, ResourceRow
from src.scheduling import Duration
from src.testing import a_user, context, done, given, request, rows_of
from src.testing.acting import accepted
from src.testing.http import Service, problem, served

ANN, BOB, SHED, BARN, DIG, SOW, ROOF, DONE, FIRST, SECOND = (UUID(int=n) for n in range(1, 11))
DAY = 4800


def on(project: UUID, task: UUID, resource: UUID, **fields: Any) -> Assign:
    """The resource is on the task."""
    return Assign(project=project, task=task, resource=resource, **fields)


WORK = given(
    a_user(ANN),
    a_user(BOB),
    done(
        DefineResource(resource=FIRST, name="Ann by day"),
        DefineResource(resource=SECOND, name="Ann by night"),
        SetResourceUser(resource=FIRST, user=ANN),
        SetResourceUser(resource=SECOND, user=ANN),
        by=BOB,
    ),
    done(
        CreateProject(project=SHED, name="Shed", start=datetime(2026, 3, 2, 8)),
        CreateProject(project=BARN, name="Barn", start=datetime(2098, 3, 3, 8), time_zone="Asia/Tokyo"),
        *[AddMember(project=project, user=ANN, role=ProjectRole.VIEWER) for project in (SHED, BARN)],
        *[AddResourceToProject(project=p, resource=r) for p in (SHED, BARN) for r in (FIRST, SECOND)],
        *[
            AddTask(project=project, task=task, name=task.hex[-1], duration=Duration(tenths=2 * DAY))
            for project, task in ((SHED, DIG), (SHED, SOW), (SHED, DONE), (BARN, ROOF))
        ],
        *[on(SHED, DIG, FIRST), on(SHED, DIG, SECOND), on(SHED, DONE, FIRST), on(BARN, ROOF, SECOND)],
        SetDeadline(project=SHED, task=DIG, deadline=datetime(2026, 3, 2, 17)),
        RecordProgress(project=SHED, task=DONE, percent_complete=100),
        by=BOB,
    ),
)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The API, with two projects in which Ann works as two resources."""
    async with served(settings) as service:
        await WORK.on(service).when(request("GET", "users/me/work"), by=ANN).then(200)
        yield service


async def work_of(service: Service, user: UUID, **params: Any) -> list[dict[str, Any]]:
    """All pages of somebody's work."""
    person = await service.speaking_for(user)
    return [item for page in await person.pages("users/me/work", limit=1, **params) for item in page]


async def test_my_work_is_that_of_all_that_i_am(service: Service) -> None:
    """A task is there once, with the work of both resources, by start; what is finished is asked for."""
    dig, roof = await work_of(service, ANN)
    assert (dig["task"], roof["task"]) == (str(DIG), str(ROOF))
    assert (dig["project_name"], dig["wbs"], dig["work"], dig["remaining_work"]) == ("Shed", "1", 4 * DAY, 4 * DAY)
    assert (dig["start"], dig["critical"], dig["late"]) == ("2026-03-02T08:00:00", True, True)
    assert "DEADLINE_MISSED" in [warning["code"] for warning in dig["warnings"]]
    assert (roof["start"], roof["time_zone"], roof["late"]) == ("2098-03-03T08:00:00", "Asia/Tokyo", False)
    assert [item["task"] for item in await work_of(service, ANN, state="finished")] == [str(DONE)]
    assert [item["task"] for item in await work_of(service, ANN, state="late")] == [str(DIG)]
    assert [item["task"] for item in await work_of(service, ANN, project=str(BARN))] == [str(ROOF)]
    assert await work_of(service, BOB) == []


async def test_work_is_seen_where_one_may_read(service: Service) -> None:
    """Who was removed from a project finds none of it."""
    bob = await service.speaking_for(BOB)
    await bob.do("DELETE", f"projects/{SHED}/members/{ANN}")
    assert [item["task"] for item in await work_of(service, ANN)] == [str(ROOF)]


async def test_my_work_has_a_past(service: Service) -> None:
    """What somebody was assigned to then, as far as it was done then, whatever has become of it since."""
    ann, bob = await service.speaking_for(ANN), await service.speaking_for(BOB)
    then = ann.seen
    before = {state: await work_of(service, ANN, state=state) for state in ("open", "finished", "late")}
    await bob.do("POST", f"projects/{BARN}/tasks/{ROOF}/progress", {"percent_complete": 100})
    finished = bob.seen
    await bob.do("DELETE", f"projects/{SHED}/tasks/{DIG}/assignments/{FIRST}")
    await bob.do("PUT", f"resources/{SECOND}/user", {"user": None})
    await bob.do("POST", f"projects/{SHED}/archive", {})
    ann.seen = bob.seen
    for state, told in before.items():
        assert await work_of(service, ANN, state=state, as_of=then) == told
        assert await work_of(service, ANN, state=state) == []
    assert [item["task"] for item in await work_of(service, ANN, as_of=then, project=str(BARN))] == [str(ROOF)]
    assert {item["task"] for item in await work_of(service, ANN, as_of=finished, state="finished")} == {
        str(DONE),
        str(ROOF),
    }
    assert await work_of(service, ANN, as_of=1) == []
    assert int((await ann.get("users/me/work", as_of=then)).headers["Projectory-As-Of"]) == then


async def test_the_past_is_read_where_one_may_read_now(service: Service) -> None:
    """Who was removed since finds none of it, and who is let in finds it again."""
    bob, then = await service.speaking_for(BOB), await service.app.log.head()
    await bob.do("DELETE", f"projects/{SHED}/members/{ANN}")
    removed = bob.seen
    assert [item["task"] for item in await work_of(service, ANN, as_of=then)] == [str(ROOF)]
    await bob.do("POST", f"projects/{SHED}/members", {"user": str(ANN), "role": "viewer"})
    for position in (then, removed):
        assert [item["task"] for item in await work_of(service, ANN, as_of=position)] == [str(DIG), str(ROOF)]


async def test_what_was_late_is_told_by_the_clock_of_then(service: Service) -> None:
    """By the time that is asked about, of a position by when it was recorded; in the future it is as it is now."""
    before, hall, task, hand = await service.app.log.head(), *[uuid4() for _ in range(3)]
    commands = [
        CreateProject(project=hall, name="Hall", start=datetime(2024, 1, 1, 8)),
        AddMember(project=hall, user=ANN, role=ProjectRole.VIEWER),
        DefineResource(project=hall, resource=hand, name="Ann"),
        SetResourceUser(project=hall, resource=hand, user=ANN),
        AddTask(project=hall, task=task, name="Floor"),
        on(hall, task, hand),
        SetDeadline(project=hall, task=task, deadline=datetime(2021, 6, 1, 17)),
    ]
    for command in commands:
        past = context(imported=True, effective_at=datetime(2020, 1, 1, tzinfo=UTC))
        accepted(await service.app.commands.execute(command, past))

    async def lateness(**asked: Any) -> list[bool]:
        return [item["late"] for item in await work_of(service, ANN, project=str(hall), **asked)]

    assert await lateness() == [True]
    for when, late in (("2019", []), ("2021", [False]), ("2022", [True]), ("2999", [True])):
        assert await lateness(as_of=f"{when}-01-01T00:00:00Z") == late
        assert await lateness(as_of=f"{when}-01-01T00:00:00Z", known_at=before) == []
    assert await lateness(as_of=await service.app.log.head()) == [True]
    assert await lateness(known_at="2999-01-01T00:00:00Z") == [True]
    assert [item["late"] for item in await work_of(service, ANN, as_of="2999-01-01T00:00:00Z")] == [True, True, False]


async def test_the_past_of_too_many_projects_is_refused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them can be asked for; who is in none may ask for all."""
    monkeypatch.setattr("src.api.everywhere.MOST_PLANS", 1)
    ann, bob = await service.speaking_for(ANN), await service.speaking_for(BOB)
    problem(await ann.ask("GET", "users/me/work", params={"as_of": ann.seen}), 422, "PAST_TOO_WIDE")
    problem(await ann.ask("GET", "search", params={"as_of": ann.seen, "q": "9"}), 422, "PAST_TOO_WIDE")
    assert [item["task"] for item in await work_of(service, ANN, as_of=ann.seen, project=str(BARN))] == [str(ROOF)]
    assert (await bob.get("users/me/work", as_of=bob.seen)).json()["items"] == []


async def test_of_who_was_deleted_no_resource_is_left(settings: Settings) -> None:
    """The link means nobody once the account is gone."""
    there = given(
        a_user(ANN),
        DefineResource(resource=FIRST, name="Ann"),
        DefineResource(resource=SECOND, name="Bob"),
        SetResourceUser(resource=FIRST, user=ANN),
        DeleteAccount(user=ANN),
    )
    rows = rows_of(ResourceRow, "id", "user").are((FIRST, None), (SECOND, None))
    await there.on(settings).when(RESOURCES).then(rows)
