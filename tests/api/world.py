"""A project with people of every role, and a valid request for every operation of the API."""

from dataclasses import dataclass, field
from typing import Any

from src.testing import given
from src.testing import request as ask
from src.testing.http import Person, Requested, Service


@dataclass(frozen=True)
class Request:
    """A request that is in order. `who` may give it, and it answers with `status`; unless it is endless, to its end.

    `once`: the same again is another.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None
    status: int = 200
    who: str = "owner"
    endless: bool = False
    once: bool = False


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
    connecting: dict[str, Request] = field(default_factory=dict, kw_only=True)
    """Those about providers; see connecting.py."""

    @property
    def path(self) -> str:
        """Where the project is."""
        return f"projects/{self.project}"

    def requests(self) -> dict[str, Request]:
        """A valid request for each operation, by its id, in an order in which all of them succeed."""
        project, (first, second, third) = self.path, self.tasks
        member, user = f"{project}/members/{self.outsider.user}", f"users/{self.outsider.user}"
        constraint = {"type": "SNET", "date": "2026-03-02T08:00:00"}
        return {
            "alive": Request("GET", "/healthz"),
            "ready": Request("GET", "/readyz"),
            "metrics": Request("GET", "/metrics"),
            "who_am_i": Request("GET", "users/me"),
            "read_user": Request("GET", user, who="administrator"),
            "RegisterUser": Request("POST", "users", newcomer_body(self), 201, "administrator"),
            "RenameUser": Request("PATCH", user, {"name": "Another"}, who="administrator"),
            "AssignRole": Request("PUT", f"{user}/roles", {"role": "administrator"}, who="administrator"),
            "RevokeRole": Request("POST", f"{user}/roles/revoke", {"role": "administrator"}, who="administrator"),
            "CreateProject": Request("POST", "projects", {"name": "Another"}, 201),
            "projects": Request("GET", "projects"),
            "project": Request("GET", project),
            "RenameProject": Request("PATCH", project, {"name": "Renamed"}),
            "SetProjectWindow": Request("PUT", f"{project}/window", {"start": "2026-03-02T08:00:00"}),
            "members": Request("GET", f"{project}/members"),
            "AddMember": Request(
                "POST", f"{project}/members", {"user": str(self.outsider.user), "role": "viewer"}, 201
            ),
            "ChangeMemberRole": Request("PUT", member, {"role": "editor"}),
            "RemoveMember": Request("DELETE", member),
            "AddTask": Request("POST", f"{project}/tasks", {"name": "Plant"}, 201),
            "tasks": Request("GET", f"{project}/tasks"),
            "task": Request("GET", f"{project}/tasks/{first}"),
            "UpdateTask": Request("PATCH", f"{project}/tasks/{first}", {"notes": "deep"}),
            "SetDuration": Request("PUT", f"{project}/tasks/{first}/duration", {"duration": {"tenths": 9600}}),
            "SetConstraint": Request("PUT", f"{project}/tasks/{first}/constraint", {"constraint": constraint}),
            "RecordProgress": Request("POST", f"{project}/tasks/{first}/progress", {"percent_complete": 50}),
            "MoveTask": Request("POST", f"{project}/tasks/{first}/move", {"position": 3}),
            "LinkTasks": Request("POST", f"{project}/links", {"predecessor": second, "successor": third}, 201),
            "links": Request("GET", f"{project}/links"),
            "link": Request("GET", f"{project}/links/{self.link}"),
            "ChangeLink": Request("PATCH", f"{project}/links/{self.link}", {"type": "SS"}),
            "UnlinkTasks": Request("DELETE", f"{project}/links/{self.link}"),
            "DeleteTask": Request("DELETE", f"{project}/tasks/{first}"),
            "RestoreTask": Request("POST", f"{project}/tasks/{first}/restore", {}),
            "project_audit": Request("GET", f"{project}/audit"),
            "project_events": Request("GET", f"{project}/events", endless=True),
            "audit": Request("GET", "audit", who="administrator"),
            "projections": Request("GET", "projections", who="administrator"),
            "reactions": Request("GET", "reactions", who="administrator"),
            "PauseProjection": Request("POST", "projections/links/pause", {"reason": "a look"}, who="administrator"),
            "ResumeProjection": Request("POST", "projections/links/resume", who="administrator"),
            "RetryProjection": Request("POST", "projections/links/retry", {}, who="administrator"),
            "SkipEvent": Request("POST", "projections/links/skip", {"event": 1}, who="administrator"),
            "RebuildProjection": Request("POST", "projections/links/rebuild", who="administrator"),
            "ArchiveProject": Request("POST", f"{project}/archive", {}),
            "ReopenProject": Request("POST", f"{project}/reopen", {}),
            **self.connecting,
        }

    def asked(self, request: Request, who: str = "") -> Requested:
        """The request, given by who may give it or by somebody else."""
        person: Person = getattr(self, who or request.who)
        asked = ask(request.method, request.path, request.body)
        return given().on(self.service).when(asked, by=person.user)

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
    owner, editor, viewer, outsider = [await service.person() for _ in range(4)]
    project = await owner.make("projects", name=f"Garden {owner.user}")
    path = f"projects/{project}"
    for person, role in ((editor, "editor"), (viewer, "viewer")):
        await owner.do("POST", f"{path}/members", {"user": str(person.user), "role": role})
    first, second, third = [await owner.make(f"{path}/tasks", name=name) for name in ("Dig", "Sow", "Water")]
    link = await owner.make(f"{path}/links", predecessor=first, successor=second)
    administrator = await service.person("administrator")
    for person in (owner, editor, viewer, outsider, administrator):
        person.seen = await service.app.log.head()
    tasks = (first, second, third)
    return World(service, owner, editor, viewer, outsider, administrator, project, tasks, link)
