"""Every list is bounded, and whoever pages through one while others write misses nothing and meets nothing twice."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from fastapi.routing import APIRoute

from src.api.routes import ROUTERS
from src.queries.reading import MAX_PAGE
from src.testing.http import Person
from tests.api.world import World

WEEK = {"from": "2026-03-02", "to": "2026-03-15"}
IN_ONE_PIECE = {
    "sessions": "a user has at most 100",
    "api_keys": "a user has at most 50",
    "providers": "those that are configured",
    "connections": "one a provider",
    "system_roles": "they are in the code",
    "calendar_days": "of a year at most",
    "project_calendar_days": "of a year at most",
    "holidays": "of one year",
    "load_of_resource": "of a year at most",
    "load_of_project_resource": "of a year at most",
    "projections": "they are in the code",
    "reactions": "they are in the code",
}
"""Lists that are answered whole, and why they stay short. Whoever adds one says why, or lets it be paged."""
UNCHANGED = {
    *("member_history", "assignment_history", "link_history", "staff_history", "user_history", "role_history"),
    *("project_resource_history", "project_resource_rates_history", "resource_history", "resource_rates_history"),
}
"""Histories of what nobody changes in this test: there is little in them."""
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
READS = [route for route in ROUTES if "GET" in (route.methods or ())]
Key = Callable[[dict[str, Any]], object]


def parameters(route: APIRoute) -> dict[str, Any]:
    """The query parameters of a route, by name."""
    found: dict[str, Any] = {}
    asked = [route.dependant]
    for each in asked:
        found |= {parameter.alias: parameter for parameter in each.query_params}
        asked += each.dependencies
    return found


LISTS = {route.name: route for route in READS if "after" in parameters(route) and "limit" in parameters(route)}


def is_list(route: APIRoute, document: dict[str, Any]) -> bool:
    """Whether the answer is a list, or has one called `items`."""
    told = document["paths"][f"/api/v1{route.path}"]["get"]["responses"]["200"].get("content", {})
    schema = told.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return schema.get("type") == "array" or "items" in document["components"]["schemas"].get(name, {}).get(
        "properties", {}
    )


def test_every_list_is_bounded_and_pages(still: World) -> None:
    """A list has `after`, and a `limit` with a maximum; the others are named above."""
    document = still.service.api.openapi()
    lists = {route.name for route in READS if route.include_in_schema and is_list(route, document)}
    assert lists == set(LISTS) | set(IN_ONE_PIECE)
    for name, route in LISTS.items():
        operation = document["paths"][f"/api/v1{route.path}"]["get"]
        (limit,) = [each["schema"] for each in operation["parameters"] if each["name"] == "limit"]
        assert limit["maximum"] <= MAX_PAGE, name
        assert limit["default"] <= limit["maximum"], name


class Garden:
    """A project with something of everything, some of which comes, goes or changes between two pages."""

    def __init__(self, world: World) -> None:
        self.world, self.owner, self.path = world, world.owner, world.path
        self.step = 0
        self.moved: set[str] = set()
        self.going: list[tuple[str, str]] = []

    async def grow(self) -> None:
        """What stays, and what goes later, one beside the other in every list."""
        world, owner, path = self.world, self.owner, self.path
        await owner.do("PUT", f"{path}/window", {"start": "2026-03-02T08:00:00"})
        self.top = await owner.make(f"{path}/tasks", name="Bed")
        self.target = await owner.make(f"{path}/tasks", name="Compost heap")
        await owner.do("PUT", f"resources/{world.resource}/user", {"user": str(owner.user)})
        await owner.do("PUT", f"{path}/staff/{world.resource}", {})
        for number in range(6):
            await self.something(number, "stays")
            self.going.append(await self.something(number, "goes"))
        self.kept = self.tasks[0]

    async def something(self, number: int, what: str) -> tuple[str, str]:
        """One more of everything; a task and a calendar that can be deleted come back."""
        world, owner, path = self.world, self.owner, self.path
        name = f"Dig {number} {what} {self.step}"
        parent = self.top if number % 2 else None
        task = await owner.make(f"{path}/tasks", name=name, parent=parent, duration={"tenths": 9600})
        await owner.do("PUT", f"{path}/tasks/{task}/deadline", {"deadline": "2020-01-01T08:00:00"})
        await owner.do("PUT", f"{path}/tasks/{task}/assignments/{world.resource}", {})
        await owner.make(f"{path}/links", predecessor=world.tasks[0], successor=task, type="SS")
        resource = await owner.make(f"{path}/resources", name=name)
        await owner.do("PUT", f"{path}/tasks/{world.tasks[2]}/assignments/{resource}", {})
        await owner.make("resources", name=name)
        await owner.make("projects", name=f"{name} {owner.user}")
        calendar = {"name": name, "time_zone": "UTC"}
        gone = await owner.make("calendars", **calendar)
        await owner.make(f"{path}/calendars", **calendar)
        for where in (f"calendars/{world.calendar}", f"{path}/calendars/{world.own_calendar}"):
            moments = {"start": f"2026-03-02T0{number}:00:00Z", "end": "2026-03-03T09:00:00Z"}
            await owner.do("POST", f"{where}/events", {"title": name, **moments})
        person = await world.service.person()
        await owner.do("POST", f"{path}/members", {"user": str(person.user), "role": "viewer"})
        role = {"role": f"r{number}{what}{self.step}-{owner.user.hex}"[:60], "name": name, "permissions": []}
        await world.administrator.do("POST", "roles", role)
        self.role = role["role"]
        self.tasks = [*getattr(self, "tasks", []), task]
        return task, gone

    async def write(self) -> None:
        """Somebody adds in front, renames, moves and deletes."""
        self.step += 1
        owner, path = self.owner, self.path
        await owner.do("POST", f"{path}/tasks", {"name": f"Dig first {self.step}", "position": 1})
        await owner.do("PATCH", f"{path}/tasks/{self.kept}", {"name": f"Dig renamed {self.step}"})
        if self.step % 2:
            await self.something(self.step % 6, "new")
        if self.going:
            task, calendar = self.going.pop(self.step % len(self.going))
            await owner.do("DELETE", f"{path}/tasks/{task}")
            await owner.do("DELETE", f"calendars/{calendar}")
        if self.going and self.step % 3 == 0:
            moved, _ = self.going.pop()
            self.moved.add(moved)
            await owner.do("POST", f"{path}/tasks/{moved}/move", {"parent": self.target, "position": 1})
        self.world.administrator.seen = owner.seen = max(owner.seen, self.world.administrator.seen)


def asked(garden: Garden) -> dict[str, tuple[Person, str, dict[str, Any], Key]]:
    """For every list: who asks, where, with what, and what tells its items apart."""
    world, owner, path = garden.world, garden.owner, garden.path
    own = {"at": f"{path}/resources/{world.own_resource}"}
    task: Key = itemgetter("task")
    id_: Key = itemgetter("id")
    entry: Key = itemgetter("position")
    load: Key = itemgetter("day", "resource")
    pair: Key = itemgetter("task", "resource")
    over: Key = itemgetter("start")
    change: Key = itemgetter("position", "kind", "id")
    anybody = world.administrator
    histories: dict[str, tuple[Person, str]] = {
        "project_history": (owner, path),
        "member_history": (owner, f"{path}/members/{world.editor.user}"),
        "task_history": (owner, f"{path}/tasks/{world.tasks[2]}"),
        "assignment_history": (owner, f"{path}/tasks/{world.tasks[1]}/assignments/{world.own_resource}"),
        "link_history": (owner, f"{path}/links/{world.link}"),
        "staff_history": (owner, f"{path}/staff/{world.resource}"),
        "project_calendar_history": (owner, f"{path}/calendars/{world.own_calendar}"),
        "calendar_history": (owner, f"calendars/{world.calendar}"),
        "project_resource_history": (owner, own["at"]),
        "project_resource_rates_history": (anybody, f"{own['at']}/rates"),
        "resource_history": (owner, f"resources/{world.resource}"),
        "resource_rates_history": (anybody, f"resources/{world.resource}/rates"),
        "user_history": (owner, f"users/{owner.user}"),
        "role_history": (owner, f"roles/{garden.role}"),
    }
    return {
        **{name: (who, f"{where}/history", {}, change) for name, (who, where) in histories.items()},
        "diff": (owner, f"{path}/diff", {"from": 1}, lambda item: (item["kind"], item["id"], item["resource"])),
        "my_work": (owner, "users/me/work", {}, task),
        "roles": (owner, "roles", {}, lambda item: item["code"]),
        "projects": (owner, "projects", {}, id_),
        "members": (owner, f"{path}/members", {}, lambda item: item["user"]),
        "tasks": (owner, f"{path}/tasks", {}, id_),
        "links": (owner, f"{path}/links", {}, id_),
        "calendars": (owner, "calendars", {}, id_),
        "calendar_events": (owner, f"calendars/{world.calendar}/events", {}, id_),
        "project_calendars": (owner, f"{path}/calendars", {}, id_),
        "project_calendar_events": (owner, f"{path}/calendars/{world.own_calendar}/events", {}, id_),
        "project_load": (owner, f"{path}/load", WEEK, load),
        "over_allocations": (owner, f"resources/{world.resource}/over-allocations", WEEK, over),
        "over_allocations_in_project": (owner, f"{own['at']}/over-allocations", WEEK, over),
        "schedule": (owner, f"{path}/schedule", {}, task),
        "warnings": (owner, f"{path}/warnings", {}, task),
        "search_project": (owner, f"{path}/search", {"q": "dig"}, task),
        "search_all": (owner, "search", {"q": "dig"}, task),
        "resources": (owner, "resources", {}, id_),
        "project_resources": (owner, f"{path}/resources", {}, id_),
        "staff": (owner, f"{path}/staff", {}, lambda item: item["resource"]),
        "assignments": (owner, f"{path}/assignments", {}, pair),
        "task_assignments": (owner, f"{path}/tasks/{world.tasks[2]}/assignments", {}, pair),
        "project_activity": (owner, f"{path}/activity", {}, entry),
        "my_activity": (owner, "users/me/activity", {}, entry),
        "project_audit": (owner, f"{path}/audit", {"result": "accepted"}, entry),
        "audit": (world.administrator, "audit", {"by": str(owner.user), "result": "accepted"}, entry),
    }


async def everything(person: Person, path: str, params: dict[str, Any], key: Key) -> set[object]:
    """What is in the list at this moment."""
    most = 100 if "search" in path else MAX_PAGE
    return {key(item) for page in await person.pages(path, limit=most, **params) for item in page}


async def test_what_is_there_throughout_is_met_once(world: World) -> None:
    """In every list, at two items a page, while others add in front, rename, move and delete between the pages.

    Of items of which the place itself is changed (a task that is moved; a day on which there is more to do by then)
    nothing is promised; of their neighbours everything is.
    """
    garden = Garden(world)
    await garden.grow()
    world.administrator.seen = world.owner.seen = await world.service.app.log.head()
    lists = asked(garden)
    assert set(lists) == set(LISTS), "a new list: say here how it is asked for"
    before = {name: await everything(*each) for name, each in lists.items()}
    met: dict[str, list[object]] = {name: [] for name in lists}
    cursors: dict[str, str | None] = dict.fromkeys(lists)
    going_on = set(lists)
    for _ in range(200):
        for name in sorted(going_on):
            person, path, params, key = lists[name]
            limit = 2 if garden.step < 12 else 50
            after = {"after": cursors[name]} if cursors[name] else {}
            told = (await person.get(path, limit=limit, **params, **after)).json()
            met[name] += [key(item) for item in told["items"]]
            cursors[name] = told["next"]
            if told["next"] is None:
                going_on.remove(name)
        if not going_on:
            break
        if garden.step < 12:
            await garden.write()
    assert not going_on
    for name, (person, path, params, key) in lists.items():
        after_all = await everything(person, path, params, key)
        throughout = (before[name] & after_all) - garden.moved
        seen = [item for item in met[name] if item in throughout]
        assert len(seen) == len(set(seen)), f"{name}: met twice"
        assert set(seen) == throughout, f"{name}: missed {throughout - set(seen)}"
        assert len(throughout) >= 3 or "over" in name or name in UNCHANGED, name
