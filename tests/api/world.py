"""A project with people of every role, and a valid request for every operation of the API."""

from asyncio import gather
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from pydantic import SecretStr
from uuid_utils.compat import uuid4, uuid7

from src.commands.access import SetPassword
from src.commands.assignment import Assign, Unassign
from src.commands.calendar import CreateCalendar
from src.commands.command import SYSTEM, Command
from src.commands.link import LinkTasks
from src.commands.member import AddMember
from src.commands.project import CreateProject
from src.commands.resource import DefineResource
from src.commands.staffing import AddResourceToProject
from src.commands.task import AddTask
from src.events.project import ProjectRole
from src.identity.credentials import Kind
from src.identity.passwords import Passwords
from src.identity.sign_in import Given, Tokens
from src.testing import context, given
from src.testing import request as ask
from src.testing.acting import accepted
from src.testing.http import Person, Requested, Service
from src.wiring import App

from .requests import Request, of_calendars, of_resources, of_schedule, of_staff

PASSWORD = "correct horse battery staple"
_TASKS = ("Dig", "Sow", "Water")


@dataclass
class World:
    """The owner is the project's admin, the outsider has nothing to do with it, the administrator runs the service."""

    service: Service
    owner: Person
    editor: Person
    viewer: Person
    outsider: Person
    administrator: Person
    project: str
    tasks: tuple[str, str, str]
    link: str
    calendar: str
    own_calendar: str
    resource: str
    own_resource: str
    guest: Person = field(init=False)
    role: str = field(init=False)
    refresh: str = field(init=False)
    command: str = field(init=False)
    """The id of a command that was given."""
    reset: str = field(init=False)
    connecting: dict[str, Request] = field(default_factory=dict)
    """Requests about providers; see connecting.py. The ones before as well are there once it is equipped."""

    @property
    def name(self) -> str:
        """The user name of the guest, who has a password."""
        return f"user-{self.guest.user.hex}"

    @property
    def path(self) -> str:
        """Where the project is."""
        return f"projects/{self.project}"

    def requests(self) -> dict[str, Request]:
        """A valid request for each operation, by its id, in an order in which all of them succeed."""
        project, (first, second, third) = self.path, self.tasks
        member, user = f"{project}/members/{self.outsider.user}", f"users/{self.outsider.user}"
        guest, part = f"users/{self.guest.user}", str(self.owner.user)
        constraint = {"type": "SNET", "date": "2026-03-02T08:00:00"}
        return {
            "alive": Request("GET", "/healthz"),
            "ready": Request("GET", "/readyz", once=True),
            "metrics": Request("GET", "/metrics", once=True),
            "who_am_i": Request("GET", "users/me"),
            "my_work": Request("GET", "users/me/work"),
            "read_user": Request("GET", user, who="administrator"),
            "sign_in": Request("POST", "sessions", {"name": self.name, "password": PASSWORD}, 201, once=True),
            "refresh": Request("POST", "sessions/refresh", {"refresh_token": self.refresh}, once=True),
            "sessions": Request("GET", f"{guest}/sessions", who="administrator"),
            "EndSession": Request("DELETE", f"{guest}/sessions/{uuid4()}", who="administrator"),
            "change_password": Request(
                "PUT",
                "users/me/password",
                {"current_password": PASSWORD, "new_password": PASSWORD},
                once=True,
            ),
            "sign_out": Request("DELETE", "sessions/current", who="guest", once=True),
            "redeem_reset": Request(
                "POST", "password-resets", {"reset": self.reset, "new_password": PASSWORD}, once=True
            ),
            "issue_reset": Request("POST", f"{guest}/password-resets", status=201, who="administrator", once=True),
            "create_api_key": Request(
                "POST",
                f"{guest}/api-keys",
                {"name": "Reports", "scopes": ["project.read"]},
                201,
                "administrator",
                once=True,
            ),
            "api_keys": Request("GET", f"{guest}/api-keys", who="administrator"),
            "RevokeApiKey": Request("DELETE", f"{guest}/api-keys/{uuid4()}", who="administrator"),
            "system_roles": Request("GET", "system-roles"),
            "roles": Request("GET", "roles"),
            "role": Request("GET", f"roles/{self.role}"),
            "DefineRole": Request("POST", "roles", {"role": f"new-{self.role}", "name": "New"}, 201, "administrator"),
            "GrantPermission": Request(
                "POST", f"roles/{self.role}/grant", {"granted": "plan.edit"}, who="administrator"
            ),
            "RevokePermission": Request(
                "POST", f"roles/{self.role}/revoke", {"revoked": "plan.edit"}, who="administrator"
            ),
            "RetireRole": Request("POST", f"roles/{self.role}/retire", who="administrator"),
            "export": Request("GET", f"{user}/export", who="administrator"),
            "RegisterUser": Request("POST", "users", newcomer_body(self), 201, "administrator"),
            "ChangeProfile": Request("PATCH", user, {"name": "Another"}, who="administrator"),
            "AssignRole": Request("PUT", f"{user}/roles", {"role": "administrator"}, who="administrator"),
            "RevokeRole": Request("POST", f"{user}/roles/revoke", {"role": "administrator"}, who="administrator"),
            "DeactivateUser": Request("POST", f"{user}/deactivate", who="administrator"),
            "ReactivateUser": Request("POST", f"{user}/reactivate", who="administrator"),
            "CreateProject": Request("POST", "projects", {"name": "Another"}, 201),
            "projects": Request("GET", "projects"),
            "project": Request("GET", project),
            "RenameProject": Request("PATCH", project, {"name": "Renamed"}),
            "SetProjectWindow": Request("PUT", f"{project}/window", {"start": "2026-03-02T08:00:00"}),
            "SetDefaultCalendar": Request("PUT", f"{project}/calendar", {"calendar": None}),
            "SetStatusDate": Request("PUT", f"{project}/status-date", {"status_date": "2026-03-02T17:00:00"}),
            "members": Request("GET", f"{project}/members"),
            "AddMember": Request(
                "POST", f"{project}/members", {"user": str(self.outsider.user), "role": "viewer"}, 201
            ),
            "ChangeMemberRole": Request("PUT", member, {"role": "editor"}),
            "RemoveMember": Request("DELETE", member),
            "TransferOwnership": Request("PUT", f"{project}/owner", {"user": str(self.owner.user)}),
            "AddTask": Request("POST", f"{project}/tasks", {"name": "Plant"}, 201),
            "tasks": Request("GET", f"{project}/tasks"),
            "search_project": Request("GET", f"{project}/search?q=dig"),
            "search_all": Request("GET", "search?q=dig"),
            "export_plan": Request("GET", f"{project}/export.xml"),
            "task": Request("GET", f"{project}/tasks/{first}"),
            "UpdateTask": Request("PATCH", f"{project}/tasks/{first}", {"notes": "deep"}),
            "SetDuration": Request("PUT", f"{project}/tasks/{first}/duration", {"duration": {"tenths": 9600}}),
            "SetConstraint": Request("PUT", f"{project}/tasks/{first}/constraint", {"constraint": constraint}),
            "SetDeadline": Request("PUT", f"{project}/tasks/{first}/deadline", {"deadline": "2026-03-06T17:00:00"}),
            "SetMode": Request("PUT", f"{project}/tasks/{first}/mode", {"mode": "manual"}),
            "SetTaskCalendar": Request("PUT", f"{project}/tasks/{first}/calendar", {"calendar": None}),
            "SetPriority": Request("PUT", f"{project}/tasks/{first}/priority", {"priority": 700}),
            "SetFields": Request("PATCH", f"{project}/tasks/{first}/fields", {"fields": {"status": "Open"}}),
            "SetTaskType": Request("PUT", f"{project}/tasks/{first}/type", {"type": "fixed_work"}),
            "SplitTask": Request("PUT", f"{project}/tasks/{first}/splits", {"splits": [{"after": 600, "gap": 4800}]}),
            "RecordProgress": Request("POST", f"{project}/tasks/{first}/progress", {"percent_complete": 50}),
            "project_history": Request("GET", f"{project}/history"),
            "member_history": Request("GET", f"{project}/members/{self.editor.user}/history"),
            "task_history": Request("GET", f"{project}/tasks/{first}/history"),
            "link_history": Request("GET", f"{project}/links/{self.link}/history"),
            "user_history": Request("GET", f"{user}/history", who="administrator"),
            "role_history": Request("GET", f"roles/{self.role}/history"),
            "MoveTask": Request("POST", f"{project}/tasks/{first}/move", {"position": 3}),
            "LinkTasks": Request("POST", f"{project}/links", {"predecessor": second, "successor": third}, 201),
            "links": Request("GET", f"{project}/links"),
            "link": Request("GET", f"{project}/links/{self.link}"),
            "ChangeLink": Request("PATCH", f"{project}/links/{self.link}", {"type": "SS"}),
            "UnlinkTasks": Request("DELETE", f"{project}/links/{self.link}"),
            "restore": Request("POST", f"{project}/restorations", {"kind": "link", "link": self.link}),
            "DeleteTask": Request("DELETE", f"{project}/tasks/{first}"),
            "RestoreTask": Request("POST", f"{project}/tasks/{first}/restore", {}),
            **of_calendars("calendars", self.calendar, "", part),
            **of_resources("resources", self.resource, ""),
            **of_resources(f"{project}/resources", self.own_resource, "InProject"),
            **of_schedule(project, second, self.resource, self.own_resource),
            **of_staff(project, (second, third), self.resource, self.own_resource),
            **of_calendars(f"{project}/calendars", self.own_calendar, "InProject", part),
            "holidays": Request("GET", "holidays?country=DE&region=BE&year=2026"),
            "project_activity": Request("GET", f"{project}/activity"),
            "my_activity": Request("GET", "users/me/activity"),
            "project_audit": Request("GET", f"{project}/audit", once=True),
            "project_events": Request("GET", f"{project}/events", endless=True),
            "audit": Request("GET", "audit", who="administrator", once=True),
            "export_audit_trail": Request("GET", "audit/export", who="administrator", once=True),
            "causes": Request("GET", f"audit/commands/{self.command}/causes", who="administrator", once=True),
            "projections": Request("GET", "projections", who="administrator", once=True),
            "reactions": Request("GET", "reactions", who="administrator", once=True),
            "PauseProjection": Request("POST", "projections/links/pause", {"reason": "a look"}, who="administrator"),
            "ResumeProjection": Request("POST", "projections/links/resume", who="administrator"),
            "RetryProjection": Request("POST", "projections/links/retry", {}, who="administrator"),
            "SkipEvent": Request("POST", "projections/links/skip", {"event": 1}, who="administrator"),
            "RebuildProjection": Request("POST", "projections/links/rebuild", who="administrator"),
            "ArchiveProject": Request("POST", f"{project}/archive", {}),
            "ReopenProject": Request("POST", f"{project}/reopen", {}),
            **self.connecting,
            "EndSessions": Request("DELETE", f"{guest}/sessions", who="administrator"),
            "DeleteAccount": Request("DELETE", user, who="administrator"),
        }

    def asked(self, request: Request, who: str = "") -> Requested:
        """The request, given by who may give it or by somebody else."""
        person: Person = getattr(self, who or request.who)
        asked = ask(request.method, request.path, request.body, Authorization=f"Bearer {person.token}")
        return given().on(self.service).when(asked)

    def within(self) -> dict[str, Request]:
        """The requests about the project."""
        return {name: request for name, request in self.requests().items() if request.path.startswith(self.path)}

    def operations(self) -> dict[str, dict[str, Any]]:
        """What the document says of each operation, by its id."""
        paths = self.service.api.openapi()["paths"].values()
        return {operation["operationId"]: operation for methods in paths for operation in methods.values()}


def newcomer_body(world: World) -> dict[str, Any]:
    """Somebody whose names nobody has."""
    return {"username": f"u{world.outsider.user.hex}", "email": f"{world.outsider.user.hex}@example.org", "name": "New"}


async def make_world(service: Service) -> World:
    """A project of the owner's with three tasks and a link from the first to the second."""
    roles = ((), (), (), (), ("administrator",))
    owner, editor, viewer, outsider, administrator = await gather(*(service.person(*each) for each in roles))
    project, link, shared, own, crew, hand, *tasks = [uuid7() for _ in range(9)]
    first, second, third = tasks
    calendar: dict[str, Any] = {"name": "Crew", "time_zone": "Europe/Berlin"}
    commands: list[Command] = [
        CreateProject(project=project, name=f"Garden {owner.user}"),
        AddMember(project=project, user=editor.user, role=ProjectRole.EDITOR),
        AddMember(project=project, user=viewer.user, role=ProjectRole.VIEWER),
        *(AddTask(project=project, task=task, name=name) for task, name in zip(tasks, _TASKS, strict=True)),
        LinkTasks(project=project, link=link, predecessor=first, successor=second),
        CreateCalendar(calendar=shared, **calendar),
        CreateCalendar(calendar=own, project=project, **calendar),
        DefineResource(resource=crew, name="Ann"),
        DefineResource(resource=hand, project=project, name="Ann"),
        AddResourceToProject(project=project, resource=crew),
        *(Assign(project=project, task=second, resource=resource) for resource in (crew, hand)),
        Unassign(project=project, task=second, resource=crew),
    ]
    from_here = context(owner.user, address="127.0.0.1", agent="a browser")
    accepted(await service.app.commands.execute_all(commands, from_here))
    for person in (owner, editor, viewer, outsider, administrator):
        person.seen = await service.app.log.head()
    people = (service, owner, editor, viewer, outsider, administrator)
    plan = (str(project), (str(first), str(second), str(third)), str(link))
    return World(*people, *plan, str(shared), str(own), str(crew), str(hand))


async def equipped(world: World) -> World:
    """The world with what all requests are about: a role, and a guest who signs in; the owner has a password too."""
    service, app = world.service, world.service.app
    world.role = f"r{world.administrator.user.hex}"
    role = {"role": world.role, "name": "Controller", "permissions": ["project.read"]}
    await world.administrator.do("POST", "roles", role)
    guest = await service.person()
    for person in (world.owner, guest):
        await give_password(app, person.user)
    tokens = await app.sign_in.start(guest.user, "test", context())
    reset = await app.sign_in.issue_reset(guest.user, context(SYSTEM))
    world.command = orjson.loads((await app.log.read(0, 1))[0].metadata)["command_id"]
    assert isinstance(tokens, Tokens)
    assert isinstance(reset, Given)
    world.refresh, world.reset = tokens.refresh, reset.text.get_secret_value()
    world.owner, world.guest = [await service.speaking_for(person.user) for person in (world.owner, guest)]
    return world


async def give_password(app: App, user: UUID) -> None:
    """Everybody's is the same, and hashed once: that takes long on purpose."""
    if not _hashed:
        _hashed.append(await Passwords().hash(SecretStr(PASSWORD)))
    credential = uuid4()
    await app.credentials.add(credential, user, Kind.PASSWORD, _hashed[0])
    await app.commands.execute(SetPassword(user=user, credential=credential), context(SYSTEM))


_hashed: list[bytes] = []
