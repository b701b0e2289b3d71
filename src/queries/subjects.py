"""Of what a history is told: of one thing, or of one with all that belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .kinds import (
    ASSIGNMENT,
    CALENDAR,
    LINK,
    MEMBER,
    OF_CALENDAR,
    PROJECT,
    PROJECT_RATE,
    RATE,
    RESOURCE,
    ROLE,
    STAFF,
    TASK,
    USER,
    Kind,
)


@dataclass(frozen=True)
class Part:
    """Things of a kind: those whose rows have these values. At most one column of their key is left to tell them apart.

    `scoped`: they have to be shared, or of the project `within`.
    """

    kind: Kind
    of: Mapping[str, Any]
    scoped: bool = False
    within: UUID | None = None


@dataclass(frozen=True)
class Subject:
    """The parts that are told together, and that of which there has to be a version, or there never was the thing."""

    parts: tuple[Part, ...]
    known: Part


def _told(first: Part, *others: Part) -> Subject:
    return Subject((first, *others), first)


def project_and_members(project: UUID) -> Subject:
    return _told(Part(PROJECT, {"id": project}), Part(MEMBER, {"project": project}))


def member(project: UUID, user: UUID) -> Subject:
    return _told(Part(MEMBER, {"project": project, "user": user}))


def task(project: UUID, task: UUID) -> Subject:
    """The task with its assignments, and the links that begin or end at it."""
    of = {"project": project}
    return _told(
        Part(TASK, {**of, "id": task}),
        Part(ASSIGNMENT, {**of, "task": task}),
        Part(LINK, {**of, "predecessor": task}),
        Part(LINK, {**of, "successor": task}),
    )


def link(project: UUID, link: UUID) -> Subject:
    return _told(Part(LINK, {"project": project, "id": link}))


def assignment(project: UUID, task: UUID, resource: UUID) -> Subject:
    return _told(Part(ASSIGNMENT, {"project": project, "task": task, "resource": resource}))


def staff(project: UUID, resource: UUID) -> Subject:
    return _told(Part(STAFF, {"project": project, "resource": resource}))


def calendar(project: UUID | None, calendar: UUID) -> Subject:
    """The calendar with all that it says: a shared one, or one of the project."""
    itself = Part(CALENDAR, {"id": calendar}, scoped=True, within=project)
    return _told(itself, *(Part(kind, {"calendar": calendar}) for kind in OF_CALENDAR))


def resource(project: UUID | None, resource: UUID) -> Subject:
    """A shared one, or one of the project."""
    return _told(Part(RESOURCE, {"id": resource}, scoped=True, within=project))


def rates(project: UUID | None, resource: UUID) -> Subject:
    """What the resource costs, also in the project, if one is named. For who may read rates."""
    told, of_resource = [Part(RATE, {"resource": resource})], Part(RESOURCE, {"id": resource}, True, project)
    if project is not None:
        told.append(Part(PROJECT_RATE, {"project": project, "resource": resource}))
    return Subject(tuple(told), of_resource)


def user(user: UUID) -> Subject:
    """For who may read users."""
    return _told(Part(USER, {"id": user}))


def role(code: str) -> Subject:
    return _told(Part(ROLE, {"code": code}))
