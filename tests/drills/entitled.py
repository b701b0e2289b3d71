"""What everybody may do at each position of a log, worked out from its events alone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from src.commands.command import SYSTEM, ProjectCommand, ScopedCommand
from src.commands.permissions import PROJECT_GRANTS, SYSTEM_GRANTS
from src.commands.registry import BY_NAME
from src.events import RecordedEvent
from src.events.project import ProjectRole


@dataclass
class Entitled:
    """Who has which roles, who is a member of what, which sessions are open: after the events so far."""

    registered: set[str] = field(default_factory=set)
    roles: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    granted: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    members: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    sessions: set[str] = field(default_factory=set)
    of_user: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def may(self, actor: str, session: str | None, command: str, project: str | None, user: str | None) -> bool:
        """Whether the actor may give the command now."""
        kind = BY_NAME[command].command
        if actor not in self.registered or (session is not None and session not in self.sessions):
            return False
        permissions: set[str] = set()
        for role in self.roles[actor]:
            permissions |= {*SYSTEM_GRANTS.get(role, ()), *self.granted[role]}
        if project is not None and (member := self.members[project].get(actor)):
            permissions |= set(PROJECT_GRANTS[ProjectRole(member)])
        scoped = issubclass(kind, ScopedCommand) and project is not None
        if (scoped or issubclass(kind, ProjectCommand)) and "project.read" not in permissions:
            return False
        wanted = kind.permission_in_project if issubclass(kind, ScopedCommand) and scoped else kind.permission
        return wanted in permissions or (kind.own and user == actor)

    def apply(self, type_: str, data: dict[str, Any]) -> None:  # noqa: PLR0912 - one case an event
        """An event has happened."""
        match type_:
            case "UserRegistered" | "UserReactivated":
                self.registered.add(data["user"])
            case "UserDeactivated" | "AccountDeleted":
                self.registered.discard(data["user"])
            case "RoleAssigned":
                self.roles[data["user"]].add(data["role"])
            case "RoleRevoked":
                self.roles[data["user"]].discard(data["role"])
            case "RoleDefined":
                self.granted[data["role"]] |= set(data["permissions"])
            case "PermissionGranted":
                self.granted[data["role"]].add(data["permission"])
            case "PermissionRevoked":
                self.granted[data["role"]].discard(data["permission"])
            case "MemberAdded" | "MemberRoleChanged":
                self.members[data["project"]][data["user"]] = data["role"]
            case "MemberRemoved":
                self.members[data["project"]].pop(data["user"])
            case "SessionStarted":
                self.sessions.add(data["session"])
                self.of_user[data["user"]].add(data["session"])
            case "SessionEnded":
                self.sessions.discard(data["session"])
            case "SessionsEnded":
                self.sessions -= self.of_user[data["user"]] - {data.get("kept")}
            case _:
                pass


@dataclass(frozen=True)
class Told:
    """What the log says of one command: that it stood, or that the actor lacked a right."""

    position: int
    command: str
    stood: bool
    allowed: bool


def commands_in(log: Sequence[RecordedEvent]) -> Iterator[Told]:
    """Every command of somebody's in the log, with whether it was allowed at its position."""
    entitled = Entitled()
    for _, events in groupby(log, lambda event: (event.stream[:6] == "notice", _metadata(event)["command_id"])):
        commit = list(events)
        first, said = commit[0], _metadata(commit[0])
        decoded = [(event.type, orjson.loads(event.data)) for event in commit]
        refused = first.type == "RequestRefused"
        code = decoded[0][1].get("code") if refused else None
        lacked = code in ("FORBIDDEN", "SESSION_ENDED", "ACTOR_UNKNOWN", "ACTOR_INACTIVE")
        if said["actor"] != str(SYSTEM) and said["command"] in BY_NAME and (not refused or lacked):
            project = str(first.project) if first.project else None
            user = next((data["user"] for _, data in decoded if "user" in data), None)
            may = entitled.may(said["actor"], said.get("session"), said["command"], _asked(said, project), user)
            yield Told(first.position, said["command"], stood=not refused, allowed=may)
        for type_, data in decoded:
            entitled.apply(type_, data)


def _asked(said: dict[str, Any], project: str | None) -> str | None:
    """The project that a command was about; one that it made itself is none."""
    return None if said["command"] == "CreateProject" else project


def _metadata(event: RecordedEvent) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(event.metadata)
    UUID(said["actor"])
    return said
