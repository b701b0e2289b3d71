"""The activity feed: what happened, for members."""

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from src.commands.account import DeleteAccount
from src.commands.command import SYSTEM
from src.commands.member import AddMember
from src.commands.plan import DeleteTask
from src.commands.project import CreateProject
from src.commands.resource import DefineResource
from src.commands.resource_rate import SetRate
from src.commands.task import AddTask, UpdateTask
from src.commands.task_fields import SetFields
from src.config import Settings
from src.events.project import ProjectRole
from src.projections.activity import MOST_LETTERS, MOST_VALUES
from src.testing import a_user, done, given, request
from src.testing.acting import accepted
from src.testing.http import Service, problem, served
from tests.acting import context

ANN, BOB, EVE, SHED, BARN, DIG, SOW, CREW = (UUID(int=n) for n in range(1, 9))
HISTORY = given(
    *[a_user(user) for user in (ANN, BOB, EVE)],
    done(
        CreateProject(project=SHED, name="Shed", start=datetime(2026, 3, 2, 8)),
        AddMember(project=SHED, user=BOB, role=ProjectRole.EDITOR),
        AddTask(project=SHED, task=DIG, name="Dig", notes="x" * 2 * MOST_LETTERS),
        AddTask(project=SHED, task=SOW, name="Sow", parent=DIG),
        CreateProject(project=BARN, name="Barn"),
        by=ANN,
    ),
    done(UpdateTask(project=SHED, task=SOW, name="Sow oats"), by=BOB, reason="oats are better"),
    done(DefineResource(resource=CREW, project=SHED, name="Crew"), by=BOB),
    done(SetRate(resource=CREW, project=SHED, currency="EUR", rate=Decimal(80)), by=ANN),
    done(DeleteTask(project=SHED, task=DIG), by=ANN),
)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The API, with two projects in which something happened."""
    async with served(settings) as service:
        await HISTORY.on(service).when(request("GET", "users/me/activity"), by=ANN).then(200)
        yield service


async def feed(service: Service, user: UUID, path: str = f"projects/{SHED}/activity", **params: Any) -> list[Any]:
    """All of it, in pages of two changes unless something else is said."""
    person = await service.speaking_for(user)
    return [item for page in await person.pages(path, **({"limit": 2} | params)) for item in page]


async def test_members_see_what_happened(service: Service) -> None:
    """Newest first, who and why, what it was about by its name, and what was set; by command."""
    items = await feed(service, BOB, limit=100)
    assert [(item["command"], len(item["changes"])) for item in items] == [
        ("DeleteTask", 1),
        ("SetRate", 1),
        ("DefineResource", 2),
        ("UpdateTask", 1),
        ("AddTask", 2),
        ("AddTask", 2),
        ("AddMember", 1),
        ("CreateProject", 2),
    ]
    deleted, rate, _, updated, *_ = items
    (change,) = deleted["changes"]
    assert (change["what"], change["values"]) == ("Tasks deleted", {"tasks": 2})
    assert change["about"] == {"kind": "task", "id": str(DIG), "name": "Dig"}
    (change,) = updated["changes"]
    assert (updated["actor"], updated["reason"]) == (str(BOB), "oats are better")
    assert updated["actor_name"]
    assert (change["about"]["name"], change["values"]) == ("Sow oats", {"name": "Sow oats"})
    assert rate["changes"][0]["values"] == {}, "what a resource costs is not for every member"
    told = str(items)
    assert "session" not in told
    assert "address" not in told


async def test_a_feed_is_filtered(service: Service) -> None:
    """By who did it, by what it is about, deleted subtrees included, and by kind."""
    commands = ("UpdateTask", "DefineResource")
    by_bob = await feed(service, ANN, by=str(BOB))
    assert {item["command"] for item in by_bob} == set(commands)
    about_sow = await feed(service, ANN, about=str(SOW))
    assert [item["command"] for item in about_sow] == ["DeleteTask", "UpdateTask", "AddTask"]
    of_people = await feed(service, ANN, kind="user")
    assert {change["what"] for item in of_people for change in item["changes"]} == {"Member added"}
    assert await feed(service, ANN, by=str(BOB), about=str(DIG)) == []


async def test_a_page_keeps_a_command_together(service: Service) -> None:
    """What one command did is cut only where it does not fit into a page at all."""
    whole = await feed(service, ANN, limit=100)
    for limit in (2, 3, 5):
        assert await feed(service, ANN, limit=limit) == whole
    changes = [change["position"] for item in await feed(service, ANN, limit=1) for change in item["changes"]]
    assert changes == [change["position"] for item in whole for change in item["changes"]]


async def test_long_texts_are_cut(service: Service) -> None:
    """The whole is with the task."""
    (item,) = [item for item in await feed(service, ANN, about=str(DIG)) if item["command"] == "AddTask"][-1:]
    (notes,) = [change["values"]["notes"] for change in item["changes"] if "notes" in change["values"]]
    assert notes == "x" * MOST_LETTERS + "…"


async def test_texts_inside_values_are_cut(service: Service) -> None:
    """Fields of others are many and long: of them a few are told, and the beginning of each."""
    many: dict[str, str | tuple[str, ...]] = {f"F{n:03}": ("y" * 900,) * 3 for n in range(60)}
    many |= {"A": "x" * 30_000, "B": ("z",) * 1_000}
    reap = UUID(int=9)
    add = AddTask(project=SHED, task=reap, name="Reap")
    fields = done(add, SetFields(project=SHED, task=reap, fields=many), by=BOB)
    await given(fields).on(service).when(request("GET", f"projects/{SHED}"), by=BOB).then(200)
    (item,) = [item for item in await feed(service, ANN, about=str(reap)) if item["command"] == "SetFields"]
    (told,) = [change["values"]["fields"] for change in item["changes"]]
    assert len(told) == MOST_VALUES + 1
    assert told["…"] == len(many) - MOST_VALUES
    assert told["A"] == "x" * (MOST_LETTERS // MOST_VALUES) + "…"
    assert told["B"] == ["z"] * MOST_VALUES + ["…"]
    assert told["F000"] == ["y" * (MOST_LETTERS // MOST_VALUES) + "…"] * 3
    assert len(str(told)) < 10 * MOST_LETTERS


async def test_my_feed_is_that_of_my_projects(service: Service) -> None:
    """Of all that I am a member of, and of no other."""
    mine = await feed(service, ANN, "users/me/activity")
    assert {item["project"] for item in mine} == {str(SHED), str(BARN)}
    assert mine == await feed(service, ANN, "users/me/activity", limit=100)
    assert [item["position"] for item in mine] == sorted((item["position"] for item in mine), reverse=True)
    assert {item["project"] for item in await feed(service, BOB, "users/me/activity")} == {str(SHED)}
    assert await feed(service, EVE, "users/me/activity") == []
    eve = await service.speaking_for(EVE)
    problem(await eve.ask("GET", f"projects/{SHED}/activity"), 404, "NOT_FOUND")


async def test_who_was_deleted_is_named_no_more(service: Service) -> None:
    """What they did stays."""
    accepted(await service.app.commands.execute(DeleteAccount(user=BOB), context(SYSTEM)))
    assert {item["actor_name"] for item in await feed(service, ANN, by=str(BOB))} == {"(deleted user)"}
