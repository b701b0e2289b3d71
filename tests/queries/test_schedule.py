"""Questions about the schedule: when, why, what is critical, what is not kept."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import pytest

from src.commands.link import LinkTasks
from src.commands.project import CreateProject, SetProjectWindow
from src.commands.task import AddTask
from src.commands.task_schedule import SetDeadline
from src.config import Settings
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LinkType
from src.testing import a_user, done, given, request
from src.testing.http import Service, served

ANN, BOB, SHED, GROUND, DIG, SOW, REST, DIG_SOW, REST_SOW = (UUID(int=n) for n in range(1, 10))
MONDAY = datetime(2026, 3, 2, 8)
DAY = 4800
PATH = f"projects/{SHED}"


def days(count: int) -> Duration:
    """So many working days."""
    return Duration(tenths=count * DAY)


PLAN = given(
    a_user(ANN),
    a_user(BOB),
    done(
        CreateProject(project=SHED, name="Shed", start=MONDAY),
        AddTask(project=SHED, task=GROUND, name="Ground"),
        AddTask(project=SHED, task=DIG, name="Dig", parent=GROUND, duration=days(2)),
        AddTask(project=SHED, task=REST, name="Rest", parent=GROUND, duration=days(1)),
        AddTask(project=SHED, task=SOW, name="Sow", duration=days(1)),
        LinkTasks(project=SHED, link=DIG_SOW, predecessor=DIG, successor=SOW, lag=Lag(amount=2 * DAY)),
        LinkTasks(project=SHED, link=REST_SOW, predecessor=REST, successor=SOW, type=LinkType.FINISH_FINISH),
        by=ANN,
    ),
)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The API, with the plan."""
    async with served(settings) as service:
        yield service


async def test_the_schedule_is_told_in_the_order_of_the_outline(service: Service) -> None:
    """With the schedule as a whole; page by page; all, or what is critical."""
    await PLAN.on(service).when(request("GET", f"{PATH}/schedule"), by=ANN).then(200)
    ann = await service.speaking_for(ANN)
    told = (await ann.get(f"{PATH}/schedule")).json()
    assert {name: told["schedule"][name] for name in ("state", "due", "start", "finish", "tasks", "critical")} == {
        "state": "computed",
        "due": False,
        "start": "2026-03-02T08:00:00",
        "finish": "2026-03-06T17:00:00",
        "tasks": 4,
        "critical": 3,
    }
    assert [(task["wbs"], task["start"], task["finish"]) for task in told["items"]] == [
        ("1", "2026-03-02T08:00:00", "2026-03-03T17:00:00"),
        ("1.1", "2026-03-02T08:00:00", "2026-03-03T17:00:00"),
        ("1.2", "2026-03-02T08:00:00", "2026-03-02T17:00:00"),
        ("2", "2026-03-06T08:00:00", "2026-03-06T17:00:00"),
    ]
    assert [[task["wbs"] for task in page] for page in await ann.pages(f"{PATH}/schedule", critical=True, limit=2)] == [
        ["1", "1.1"],
        ["2"],
    ]
    (path,) = (await ann.get(f"{PATH}/critical-path")).json()["chains"]
    assert [(step["wbs"], [wait["words"] for wait in step["waits_for"]]) for step in path] == [
        ("1.1", []),
        ("2", ["FS+2d"]),
    ]


async def test_a_task_says_what_holds_it(service: Service) -> None:
    """In words and ids."""
    asked = request("GET", f"{PATH}/schedule/{SOW}")
    driver = {"hold": "link", "link": str(DIG_SOW), "task": str(DIG), "words": "waits for 1.1 Dig (FS+2d)"}
    await PLAN.on(service).when(asked, by=ANN).then(200, {"drivers": [driver], "total_slack": 0})
    ann = await service.speaking_for(ANN)
    (summary,) = (await ann.get(f"{PATH}/schedule/{GROUND}")).json()["drivers"][:1]
    assert summary["words"] == "begins with 1.1 Dig"
    date = datetime(2026, 3, 10, 8)
    held = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=date)
    put = {"constraint": held.model_dump(mode="json")}
    await ann.do("PUT", f"{PATH}/tasks/{REST}/constraint", put)
    told = (await ann.get(f"{PATH}/schedule/{REST}")).json()["drivers"]
    assert [driver["words"] for driver in told] == ["starts no earlier than 2026-03-10 08:00"]


async def test_what_is_not_kept_is_listed(service: Service) -> None:
    """Of the tasks, and of the project."""
    late = done(
        SetDeadline(project=SHED, task=SOW, deadline=datetime(2026, 3, 5, 17)),
        SetProjectWindow(project=SHED, start=MONDAY, must_finish=datetime(2026, 3, 5, 17)),
        by=ANN,
    )
    await PLAN.also(late).on(service).when(request("GET", f"{PATH}/warnings"), by=ANN).then(200)
    told = (await (await service.speaking_for(ANN)).get(f"{PATH}/warnings")).json()
    assert [warning["code"] for warning in told["project"]] == ["MUST_FINISH_MISSED"]
    found = {task["wbs"]: [warning["code"] for warning in task["warnings"]] for task in told["items"]}
    assert found["2"] == ["DEADLINE_MISSED", "CONSTRAINT_AGAINST_LOGIC"]


async def test_outsiders_see_no_schedule(service: Service) -> None:
    """Nor that there is a project."""
    await PLAN.on(service).when(request("GET", f"{PATH}/schedule"), by=BOB).refused(404, "NOT_FOUND")
    for path in ("critical-path", "warnings", f"schedule/{DIG}"):
        await given().on(service).when(request("GET", f"{PATH}/{path}"), by=BOB).refused(404, "NOT_FOUND")


async def test_a_task_that_is_not_in_the_plan_is_not_found(service: Service) -> None:
    """Also for members."""
    await PLAN.on(service).when(request("GET", f"{PATH}/schedule/{ANN}"), by=ANN).refused(404, "NOT_FOUND")
