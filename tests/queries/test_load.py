"""Questions about load: how much work on which day, and where more is taken of a resource than there is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from src.commands.assignment import Assign
from src.commands.project import CreateProject
from src.commands.resource import DefineResource
from src.commands.staffing import AddResourceToProject
from src.commands.task import AddTask
from src.config import Settings
from src.queries.reading import cursor_of
from src.scheduling import Duration, ResourceType
from src.testing import a_user, done, given, request
from src.testing.http import Service, problem, served

ANN, BOB, SHED, BARN, DIG, ROOF, CREW = (UUID(int=n) for n in range(1, 8))
MONDAY = datetime(2026, 3, 2, 8)
DAY = 4800
WEEK = {"from": "2026-03-02", "to": "2026-03-08"}
PLANS = given(
    a_user(ANN),
    a_user(BOB),
    done(DefineResource(resource=CREW, name="Crew", type=ResourceType.WORK), by=ANN),
    done(
        CreateProject(project=SHED, name="Shed", start=MONDAY),
        AddTask(project=SHED, task=DIG, name="Dig", duration=Duration(tenths=3 * DAY)),
        AddResourceToProject(project=SHED, resource=CREW),
        Assign(project=SHED, task=DIG, resource=CREW),
        by=ANN,
    ),
    done(
        CreateProject(project=BARN, name="Barn", start=datetime(2026, 3, 3, 8)),
        AddTask(project=BARN, task=ROOF, name="Roof", duration=Duration(tenths=4 * DAY)),
        AddResourceToProject(project=BARN, resource=CREW),
        Assign(project=BARN, task=ROOF, resource=CREW, units=Decimal("0.5")),
        by=BOB,
    ),
)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The API, with two projects that share a crew."""
    async with served(settings) as service:
        await PLANS.on(service).when(request("GET", "projects"), by=ANN).then(200)
        yield service


async def test_the_load_of_a_project_is_told_day_by_day(service: Service) -> None:
    """It adds up to the work of the assignments."""
    bob = await service.speaking_for(BOB)
    (page,) = await bob.pages(f"projects/{BARN}/load", **WEEK)
    assert [(load["day"], load["name"], load["work"]) for load in page] == [
        (f"2026-03-0{day}", "Crew", DAY // 2) for day in range(3, 7)
    ]
    pages = await bob.pages(f"projects/{BARN}/load", **WEEK, limit=3)
    assert [len(page) for page in pages] == [3, 1]


async def test_the_load_of_a_resource_is_that_of_all_projects(service: Service) -> None:
    """Against what it can do."""
    ann = await service.speaking_for(ANN)
    for path in (f"resources/{CREW}/load", f"projects/{SHED}/resources/{CREW}/load"):
        days = (await ann.get(path, **WEEK)).json()
        assert [(day["work"] / DAY, day["capacity"] / DAY, day["over"] / DAY) for day in days] == [
            (1, 1, 0),
            (1.5, 1, 0.5),
            (1.5, 1, 0.5),
            (0.5, 1, 0),
            (0.5, 1, 0),
            (0, 0, 0),
            (0, 0, 0),
        ]


async def test_the_load_of_a_resource_has_a_past(service: Service) -> None:
    """Over all projects as they were; who sees their names is decided by today's rights."""
    ann, bob = await service.speaking_for(ANN), await service.speaking_for(BOB)
    then, path = ann.seen, f"resources/{CREW}"
    told = [(await ann.get(f"{path}/{what}", **WEEK)).json() for what in ("load", "over-allocations")]
    await bob.do("PUT", f"projects/{BARN}/tasks/{ROOF}/duration", {"duration": {"tenths": DAY}})
    await ann.do("DELETE", f"projects/{SHED}/tasks/{DIG}/assignments/{CREW}")
    ann.seen = max(ann.seen, bob.seen)
    for what, before in zip(("load", "over-allocations"), told, strict=True):
        for where in (path, f"projects/{SHED}/{path}"):
            assert (await ann.get(f"{where}/{what}", **WEEK, as_of=then)).json() == before
        assert (await ann.get(f"{path}/{what}", **WEEK)).json() != before
    await bob.do("POST", f"projects/{BARN}/members", {"user": str(ANN), "role": "viewer"})
    (span,) = (await ann.get(f"{path}/over-allocations", **WEEK, as_of=then, at_least=bob.seen)).json()["items"]
    assert [each["project_name"] for each in span["taken"]] == ["Shed", "Barn"]
    now = (await ann.get(f"{path}/load", **WEEK)).json()
    assert (await ann.get(f"{path}/load", **WEEK, as_of="2999-01-01T00:00:00Z")).json() == now
    problem(await ann.ask("GET", f"{path}/load", params={**WEEK, "as_of": 1}), 404, "NOT_FOUND")


async def test_the_past_of_too_many_projects_is_refused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what can be asked for in its place."""
    monkeypatch.setattr("src.api.everywhere.MOST_PLANS", 1)
    ann = await service.speaking_for(ANN)
    params = {**WEEK, "as_of": ann.seen}
    problem(await ann.ask("GET", f"resources/{CREW}/load", params=params), 422, "PAST_TOO_WIDE")
    for path in (f"projects/{BARN}/resources/{CREW}", f"resources/{DIG}"):  # not a member; no resource
        for what in ("load", "over-allocations"):
            problem(await ann.ask("GET", f"{path}/{what}", params=params), 404, "NOT_FOUND")


async def test_over_allocations_name_only_what_the_reader_may_see(service: Service) -> None:
    """What others do is summed, without names."""
    ann = await service.speaking_for(ANN)
    (span,) = (await ann.get(f"resources/{CREW}/over-allocations", **WEEK)).json()["items"]
    assert (span["start"], span["finish"]) == ("2026-03-03T08:00:00Z", "2026-03-04T17:00:00Z")
    assert (span["units"], span["available"]) == ("1.5", "1")
    assert [(each["project_name"], each["wbs"], each["name"], each["units"]) for each in span["taken"]] == [
        ("Shed", "1", "Dig", "1"),
        (None, None, None, "0.5"),
    ]
    assert [each["project"] for each in span["taken"]] == [str(SHED), None]


async def test_a_key_that_reads_no_projects_is_told_no_names(service: Service) -> None:
    """Though its user is a member."""
    ann = await service.speaking_for(ANN)
    for scopes, names in (["resource.read"], {None}), (["resource.read", "project.read"], {"Shed", None}):
        made = await ann.ask("POST", f"users/{ANN}/api-keys", json={"name": "Reports", "scopes": scopes})
        reader = replace(ann, token=made.json()["secret"])
        (span,) = (await reader.get(f"resources/{CREW}/over-allocations", **WEEK)).json()["items"]
        assert {each["project_name"] for each in span["taken"]} == names


async def test_a_window_is_a_year_at_most(service: Service) -> None:
    """Whichever way round it is given."""
    ann = await service.speaking_for(ANN)
    for first, last in (("2026-03-02", "2027-03-03"), ("2026-03-02", "2026-03-01")):
        for path in (f"projects/{SHED}/load", f"resources/{CREW}/load", f"resources/{CREW}/over-allocations"):
            answer = await ann.ask("GET", path, params={"from": first, "to": last})
            assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")


async def test_over_allocations_are_told_page_by_page(service: Service) -> None:
    """A cursor that none gave is refused."""
    ann = await service.speaking_for(ANN)
    path = f"resources/{CREW}/over-allocations"
    await ann.do("PUT", f"resources/{CREW}/max-units", {"max_units": "0.25"})
    pages = await ann.pages(path, **WEEK, limit=1)
    assert [(span["start"], span["finish"], span["units"]) for (span,) in pages] == [
        ("2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z", "1"),
        ("2026-03-03T08:00:00Z", "2026-03-04T17:00:00Z", "1.5"),
        ("2026-03-04T17:00:00Z", "2026-03-06T17:00:00Z", "0.5"),
    ]
    for key in ("x", 1e308, None, "2026-03-02", "2026-03-02T08:00:00", "9999-12-31T23:59:59-12:00"):
        answer = await ann.ask("GET", path, params={**WEEK, "after": cursor_of(key)})
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_CURSOR")


async def test_who_has_no_calendar_works_by_that_of_the_project(service: Service) -> None:
    """In its zone: two tasks of a morning in Tokyo, which is a night in UTC, are too much for one."""
    ann = await service.speaking_for(ANN)
    calendar = await ann.make("calendars", name="Mornings", time_zone="Asia/Tokyo")
    for day in ("MO", "TU", "WE", "TH", "FR"):
        await ann.do("PUT", f"calendars/{calendar}/weekdays/{day}", {"hours": [{"start": "06:00", "finish": "08:00"}]})
    start = "2026-03-10T06:00:00"
    quay = await ann.make("projects", name="Quay", time_zone="Asia/Tokyo", start=start)
    await ann.do("PUT", f"projects/{quay}/calendar", {"calendar": calendar})
    crew = await ann.make(f"projects/{quay}/resources", name="Divers")
    for name in ("Weld", "Dredge"):
        task = await ann.make(f"projects/{quay}/tasks", name=name, duration={"tenths": DAY // 4})
        await ann.do("PUT", f"projects/{quay}/tasks/{task}/assignments/{crew}", {})
    window = {"from": "2026-03-10", "to": "2026-03-10"}
    (span,) = (await ann.get(f"projects/{quay}/resources/{crew}/over-allocations", **window)).json()["items"]
    assert (span["start"], span["finish"]) == ("2026-03-09T21:00:00Z", "2026-03-09T23:00:00Z")
    (day,) = (await ann.get(f"projects/{quay}/resources/{crew}/load", **window)).json()
    assert [day[what] * 4 for what in ("work", "capacity", "over")] == [2 * DAY, DAY, DAY]


async def test_the_calendar_of_a_resource_moves_its_tasks(service: Service) -> None:
    """In every project that it works for."""
    ann, bob = [await service.speaking_for(user) for user in (ANN, BOB)]
    calendar = await ann.make("calendars", name="Four days", time_zone="UTC")
    await ann.do("PUT", f"calendars/{calendar}/weekdays/FR", {"hours": []})
    await ann.do("PUT", f"resources/{CREW}/calendar", {"calendar": calendar})
    roof = (await bob.get(f"projects/{BARN}/schedule/{ROOF}", at_least=ann.seen)).json()
    assert (roof["start"], roof["finish"]) == ("2026-03-03T08:00:00", "2026-03-09T17:00:00")


async def test_a_resource_that_is_not_there_is_not_found(service: Service) -> None:
    """By all paths."""
    ann = await service.speaking_for(ANN)
    for path in ("load", "over-allocations"):
        for where in ("", f"projects/{SHED}/"):
            answer = await ann.ask("GET", f"{where}resources/{BARN}/{path}", params=WEEK)
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
