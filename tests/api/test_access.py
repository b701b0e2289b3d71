"""Who gets in where: every route names the permission that it needs, and the matrix of docs/access.md is what it does.

`DOCS=write make test` writes the matrix anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from src.api.commands import IN_PROJECT
from src.api.dependencies import Allowed
from src.api.routes import ROUTERS, operation
from src.commands.command import ScopedCommand
from src.commands.permissions import PROJECT_GRANTS, SYSTEM_GRANTS, Permission
from src.commands.registry import BY_NAME
from src.config import Settings
from src.testing.http import Person, served, within
from tests.identity.browser import with_provider
from tests.identity.provider import Provider

from .conftest import connected
from .requests import Request
from .test_operations import OPEN, SIGNING_IN, give
from .world import World, make_world

BROWSERS = {"come_back"}
"""For browsers that a provider sends, with what was begun before; in no document."""
FILE = Path(__file__).parents[2] / "docs" / "access.md"
HEAD = """# Who may do what

This page is made by the test that asks every route as everybody: `DOCS=write make test`.

A command or a question needs one permission. It is granted by the roles of the person, which count everywhere, or by
the person's role in the project that it is about. What is not granted is denied. To whoever may not read a project it
does not exist. An API key passes on what its user may do, as far as its scopes name it.

## Roles of the system

Others can be defined beside them: `POST /api/v1/roles`.

| role | permissions |
|---|---|
"""
PROJECT_HEAD = """
## Roles in a project

| role | permissions |
|---|---|
"""
MATRIX_HEAD = """
## Every route

`yes`: let in. `own`: only about oneself. `401`: sign in first. `403`: a permission is lacking. `404`: the project
does not exist for them. The columns from `administrator` on are people with that role of the system who are members
of no project; an `outsider` has no role at all.

"""


ROUTES = [route for router in (*ROUTERS, operation.router) for route in router.routes if isinstance(route, APIRoute)]
"""Those for who runs the service included."""


def guards(dependant: Dependant) -> Iterator[Allowed]:
    """What lets people in, wherever it stands."""
    for each in dependant.dependencies:
        if isinstance(each.call, Allowed):
            yield each.call
        yield from guards(each)


def needs(route: APIRoute) -> str:
    """The permission that a route names; who is signed in or anybody, where that is all."""
    if handler := BY_NAME.get(route.name.removesuffix(IN_PROJECT)):
        command = handler.command
        if issubclass(command, ScopedCommand) and route.name.endswith(IN_PROJECT):
            return command.permission_in_project.value
        return f"{command.permission.value}{', or own' if command.own else ''}"
    found = list(guards(route.dependant))
    if not found:
        assert route.name in OPEN | SIGNING_IN | BROWSERS, f"{route.name} names no permission"
        return ""
    (guard,) = found
    return "signed in" if guard.permission is None else guard.permission.value + (", or own" if guard.own else "")


def test_every_route_names_what_it_needs() -> None:
    """A command by itself, a question by what lets people in; only signing in and health are open to anybody."""
    open_ = {route.name for route in ROUTES if not needs(route)}
    assert open_ == OPEN | SIGNING_IN | BROWSERS


def test_every_permission_is_needed() -> None:
    """No permission is only a word: a command or a route names it."""
    named = {part for route in ROUTES for part in needs(route).split(", ")}
    commands = {handler.command.permission.value for handler in BY_NAME.values()}
    assert set(Permission) <= named | commands


async def outcome(person: Person | None, name: str, request: Request, world: World) -> str:
    """What somebody who gives a valid request is told about being let in."""
    if person is None:
        answer = await world.service.client.request(request.method, within(request.path), json=request.body)
    else:
        own = await world.service.speaking_for(person.user) if name == "sign_out" else person  # it ends the session
        answer = await give(own, request)
    problem = answer.headers["content-type"].startswith("application/problem")
    code = answer.json()["code"] if problem else None
    if code == "NOT_FOUND" and "there is no project" in answer.json()["detail"]:
        return "404"
    if (status := answer.status_code) in (401, 403) and name not in SIGNING_IN and code != "PASSWORD_WRONG":
        assert (status, code) == (401, "TOKEN_MISSING") if person is None else (403, "FORBIDDEN"), answer.text
        return str(status)
    assert status < 500
    return "yes"


async def test_the_matrix_is_what_every_route_does(sqlite_settings: Settings, provider: Provider) -> None:
    """Every route is asked by everybody; whoever is let in by a role that should not is seen here."""
    async with served(with_provider(sqlite_settings, provider)) as service:
        columns: dict[str, dict[str, str]] = {}
        for column in ("anonymous", "outsider", "viewer", "editor", "admin", *(f"{role} " for role in SYSTEM_GRANTS)):
            world = await connected(await make_world(service), provider)
            role = column.strip()
            people = {"anonymous": None, "viewer": world.viewer, "editor": world.editor, "admin": world.owner}
            if column == "outsider":
                person: Person | None = await nobody_special(world)
            else:
                person = people[column] if column in people else await service.person(role)
            requests = {name: each for name, each in world.requests().items() if not each.endless}
            columns[column] = {name: await outcome(person, name, each, world) for name, each in requests.items()}
            columns[column]["project_events"] = columns[column]["project"]
        page = written(columns)
    if os.environ.get("DOCS") == "write":
        FILE.write_text(page)
    assert FILE.read_text() == page, "write it anew: DOCS=write make test"


async def nobody_special(world: World) -> Person:
    """Somebody without any role."""
    person = await world.service.person("planner")
    revoke = {"role": "planner"}
    await world.administrator.do("POST", f"users/{person.user}/roles/revoke", revoke)
    return person


def written(columns: dict[str, dict[str, str]]) -> str:
    """The page."""
    page = HEAD + "".join(f"| {role} | {granted_by(granted)} |\n" for role, granted in SYSTEM_GRANTS.items())
    page += PROJECT_HEAD + "".join(f"| {role} | {granted_by(granted)} |\n" for role, granted in PROJECT_GRANTS.items())
    page += MATRIX_HEAD + f"| route | needs | {' | '.join(column.strip() for column in columns)} |\n"
    page += f"|---|---|{'---|' * len(columns)}\n"
    for route in ROUTES:
        if not route.include_in_schema:
            continue
        method = min(route.methods or ())
        told = [marked(needs(route), column[route.name]) for column in columns.values()]
        page += f"| `{method} {route.path}` | {needs(route)} | {' | '.join(told)} |\n"
    return page


def granted_by(permissions: frozenset[Permission]) -> str:
    """The codes of the permissions."""
    return ", ".join(sorted(permission.value for permission in permissions))


def marked(needed: str, told: str) -> str:
    """Who is refused about others may ask about themselves."""
    return "own" if told == "403" and needed.endswith("own") else told
