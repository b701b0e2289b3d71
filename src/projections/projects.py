"""The projects, and who is a member of which."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never, cast, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.project import (
    MemberAdded,
    MemberRemoved,
    MemberRoleChanged,
    OwnershipTransferred,
    ProjectArchived,
    ProjectCalendarSet,
    ProjectCreated,
    ProjectEvent,
    ProjectRenamed,
    ProjectReopened,
    ProjectRole,
    ProjectStatusDateSet,
    ProjectWindowSet,
)
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Rows


class ProjectRow(Stamped, ReadModel):
    """`start`, `must_finish` and `status_date` are wall-clock times of the project's zone."""

    versioned = True
    __tablename__ = "projects"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[UUID]
    name: Mapped[str]
    time_zone: Mapped[str]
    start: Mapped[datetime | None] = mapped_column(DateTime())
    must_finish: Mapped[datetime | None] = mapped_column(DateTime())
    calendar: Mapped[UUID | None]
    status_date: Mapped[datetime | None] = mapped_column(DateTime())
    currency: Mapped[str | None]
    external_id: Mapped[str | None]
    archived: Mapped[bool]
    revision: Mapped[int]


class MemberRow(Stamped, ReadModel):
    versioned = True
    told_by = (("project",),)
    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'editor', 'admin')", name="role_known"),
        Index(None, "user", "project"),
    )

    project: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    user: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("ProjectEvent", recorded.event)
    if not isinstance(event, ProjectCreated):
        yield ProjectRow.id, event.project
    if isinstance(event, MemberRoleChanged | MemberRemoved):
        yield MemberRow.project, event.project


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("ProjectEvent", recorded.event)
    stamp = {"updated_at": recorded.recorded_at}
    match event:
        case ProjectCreated():
            row = event.model_dump(exclude={"project", "name_reservation"})
            created = {"created_at": recorded.recorded_at, "archived": False, "revision": recorded.version}
            unset = {"calendar": None, "status_date": None}
            rows.put(ProjectRow, {"id": event.project, **row, **unset, **created, **stamp})
        case ProjectRenamed():
            rows.change(ProjectRow, event.project, name=event.name)
        case ProjectWindowSet():
            rows.change(ProjectRow, event.project, start=event.start, must_finish=event.must_finish)
        case ProjectCalendarSet():
            rows.change(ProjectRow, event.project, calendar=event.calendar)
        case ProjectStatusDateSet():
            rows.change(ProjectRow, event.project, status_date=event.status_date)
        case ProjectArchived():
            rows.change(ProjectRow, event.project, archived=True)
        case ProjectReopened():
            rows.change(ProjectRow, event.project, archived=False)
        case OwnershipTransferred():
            rows.change(ProjectRow, event.project, owner=event.owner)
        case MemberAdded():
            member = {"project": event.project, "user": event.user, "role": ProjectRole(event.role).value}
            rows.put(MemberRow, {**member, "created_at": recorded.recorded_at, **stamp})
        case MemberRoleChanged():
            rows.change(MemberRow, event.project, event.user, role=event.role.value, **stamp)
        case MemberRemoved():
            rows.remove(MemberRow, event.project, event.user)
        case _:
            assert_never(event)
    rows.change(ProjectRow, event.project, revision=recorded.version, **stamp)


PROJECTS = Projection("projects", 4, (ProjectRow, MemberRow), get_args(ProjectEvent), _needs, _apply, bucketed=True)
