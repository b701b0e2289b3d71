"""Projects and their members. A project's name is unique among its owner's live projects."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, assert_never
from uuid import UUID

from immutables import Map
from pydantic import AfterValidator, StringConstraints

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
from ..events.reservation import NameReleased, NameReserved
from .aggregate import Aggregate
from .codes import Code
from .command import Command, Context, ExternalId, Name, ProjectCommand, ScopedCommand
from .handler import Handler
from .permissions import Permission
from .result import Failure, Result, Success
from .session import Session
from .time_zone import time_zones
from .user import RESERVATION, ReservationState


def _wall_clock(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("a plan's dates are wall-clock times of the project's zone: leave the offset out")
    return moment


WallClock = Annotated[datetime, AfterValidator(_wall_clock)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class CreateProject(Command):
    """Makes a project of which the actor is owner and admin. Dates are wall-clock times of its zone."""

    permission: ClassVar = Permission.CREATE_PROJECT
    project: UUID | None = None
    name: Name
    time_zone: str = "UTC"
    start: WallClock | None = None
    must_finish: WallClock | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class RenameProject(ProjectCommand):
    permission: ClassVar = Permission.MANAGE_PROJECT
    name: Name


class SetProjectWindow(ProjectCommand):
    """When the project starts, and by when it must be finished; None takes the date away."""

    permission: ClassVar = Permission.MANAGE_PROJECT
    start: WallClock | None = None
    must_finish: WallClock | None = None


class ArchiveProject(ProjectCommand):
    permission: ClassVar = Permission.MANAGE_PROJECT


class ReopenProject(ProjectCommand):
    permission: ClassVar = Permission.MANAGE_PROJECT


@dataclass(frozen=True, slots=True)
class ProjectState:
    """`owner` is None until the project exists."""

    owner: UUID | None = None
    name: str = ""
    name_reservation: str = ""
    time_zone: str = "UTC"
    start: datetime | None = None
    must_finish: datetime | None = None
    calendar: UUID | None = None
    status_date: datetime | None = None
    archived: bool = False
    members: Map[UUID, ProjectRole] = Map()  # noqa: RUF009 - immutable
    revision: int = 0


def _evolve(state: ProjectState, event: ProjectEvent, version: int) -> ProjectState:
    match event:
        case ProjectCreated():
            return replace(
                state,
                owner=event.owner,
                name=event.name,
                name_reservation=event.name_reservation,
                time_zone=event.time_zone,
                start=event.start,
                must_finish=event.must_finish,
                revision=version,
            )
        case ProjectRenamed():
            return replace(state, name=event.name, name_reservation=event.name_reservation, revision=version)
        case ProjectWindowSet():
            return replace(state, start=event.start, must_finish=event.must_finish, revision=version)
        case ProjectCalendarSet():
            return replace(state, calendar=event.calendar, revision=version)
        case ProjectStatusDateSet():
            return replace(state, status_date=event.status_date, revision=version)
        case ProjectArchived() | ProjectReopened():
            return replace(state, archived=isinstance(event, ProjectArchived), revision=version)
        case MemberAdded() | MemberRoleChanged():
            return replace(state, members=state.members.set(event.user, event.role), revision=version)
        case MemberRemoved():
            return replace(state, members=state.members.delete(event.user), revision=version)
        case OwnershipTransferred():
            return replace(state, owner=event.owner, name_reservation=event.name_reservation, revision=version)
        case _:
            assert_never(event)


PROJECT = Aggregate("project", ProjectState(), _evolve)


def decide_create(
    command: CreateProject, project: UUID, owner: UUID, state: ProjectState, name: str, held: ReservationState
) -> Result:
    """`name` is the name of the project name's reservation, `held` its state."""
    if state.owner is not None:
        return Failure(Code.ALREADY_EXISTS, f"the project {project} exists already")
    if command.time_zone not in time_zones():
        return Failure(Code.TIME_ZONE_UNKNOWN, f"{command.time_zone!r} is no IANA time zone, such as Europe/Berlin")
    if failure := _reversed(command.start, command.must_finish) or refuse_taken(held, command.name):
        return failure
    created = ProjectCreated(
        project=project,
        owner=owner,
        name=command.name,
        name_reservation=name,
        time_zone=command.time_zone,
        start=command.start,
        must_finish=command.must_finish,
        currency=command.currency,
        external_id=command.external_id,
    )
    stream, admin = PROJECT.at(project).stream, MemberAdded(project=project, user=owner, role=ProjectRole.ADMIN)
    return Success(
        ((RESERVATION.at(name).stream, NameReserved(holder=project)), (stream, created), (stream, admin)),
        ids={"project": str(project)},
    )


def decide_rename(command: RenameProject, state: ProjectState, name: str, held: ReservationState) -> Result:
    """`name` is the name of the new name's reservation, `held` its state. A change of case keeps it."""
    if failure := refuse_unless_live(command, state):
        return failure
    if state.name == command.name:
        return Success()
    renamed = ProjectRenamed(project=command.project, name=command.name, name_reservation=name)
    if name == state.name_reservation:
        return Success(((PROJECT.at(command.project).stream, renamed),))
    return refuse_taken(held, command.name) or Success(
        (
            (RESERVATION.at(state.name_reservation).stream, NameReleased(holder=command.project)),
            (RESERVATION.at(name).stream, NameReserved(holder=command.project)),
            (PROJECT.at(command.project).stream, renamed),
        )
    )


def decide_set_window(command: SetProjectWindow, state: ProjectState) -> Result:
    if failure := refuse_unless_live(command, state) or _reversed(command.start, command.must_finish):
        return failure
    if (state.start, state.must_finish) == (command.start, command.must_finish):
        return Success()
    event = ProjectWindowSet(project=command.project, start=command.start, must_finish=command.must_finish)
    return Success(((PROJECT.at(command.project).stream, event),))


def decide_archive(command: ArchiveProject, state: ProjectState) -> Result:
    if state.owner is None:
        return _unknown(command)
    if state.archived:
        return Success()
    return Success(
        (
            (PROJECT.at(command.project).stream, ProjectArchived(project=command.project)),
            (RESERVATION.at(state.name_reservation).stream, NameReleased(holder=command.project)),
        )
    )


def decide_reopen(command: ReopenProject, state: ProjectState, held: ReservationState) -> Result:
    if state.owner is None:
        return _unknown(command)
    if not state.archived:
        return Success()
    return refuse_taken(held, state.name) or Success(
        (
            (PROJECT.at(command.project).stream, ProjectReopened(project=command.project)),
            (RESERVATION.at(state.name_reservation).stream, NameReserved(holder=command.project)),
        )
    )


def refuse_unless_live(command: ProjectCommand | ScopedCommand, state: ProjectState) -> Failure | None:
    """The refusal of a change to a project that does not exist or is archived."""
    if state.owner is None:
        return _unknown(command)
    if state.archived:
        return Failure(Code.PROJECT_ARCHIVED, "the project is archived and read-only; reopen it first")
    return None


def _unknown(command: ProjectCommand | ScopedCommand) -> Failure:
    return Failure(Code.NOT_FOUND, f"there is no project {command.project} that you can see")


def _reversed(start: datetime | None, must_finish: datetime | None) -> Failure | None:
    if start and must_finish and start > must_finish:
        return Failure(
            Code.PROJECT_WINDOW_REVERSED, f"the project must finish ({must_finish}) before it starts ({start})"
        )
    return None


def refuse_taken(held: ReservationState, name: str) -> Failure | None:
    """The refusal of a name that the owner has given to another live project."""
    if held.holder is None:
        return None
    return Failure(
        Code.PROJECT_NAME_TAKEN, f"the owner has a live project called {name!r} already; choose another name"
    )


async def _create(command: CreateProject, session: Session, context: Context) -> Result:
    project = command.project or context.new_id
    name = await session.reservation("project", command.name, context.actor)
    state, held = await session.load(PROJECT.at(project), RESERVATION.at(name))
    return decide_create(command, project, context.actor, state, name, held)


async def _rename(command: RenameProject, session: Session, _context: Context) -> Result:
    ref = PROJECT.at(command.project)
    state = await session.load(ref)
    if failure := await session.expect(ref, state.revision, command.project):
        return failure
    if state.owner is None:
        return _unknown(command)
    name = await session.reservation("project", command.name, state.owner)
    held, _ = await session.load(RESERVATION.at(name), RESERVATION.at(state.name_reservation))
    return decide_rename(command, state, name, held)


async def _set_window(command: SetProjectWindow, session: Session, _context: Context) -> Result:
    ref = PROJECT.at(command.project)
    state = await session.load(ref)
    return await session.expect(ref, state.revision, command.project) or decide_set_window(command, state)


async def _archive_or_reopen(command: ArchiveProject | ReopenProject, session: Session, _context: Context) -> Result:
    ref = PROJECT.at(command.project)
    state = await session.load(ref)
    held = await session.load(RESERVATION.at(state.name_reservation))
    if failure := await session.expect(ref, state.revision, command.project):
        return failure
    return (
        decide_archive(command, state) if isinstance(command, ArchiveProject) else decide_reopen(command, state, held)
    )


def project_queue(command: ProjectCommand, _context: Context) -> str:
    return PROJECT.at(command.project).stream


def project_tag(command: ProjectCommand, session: Session, context: Context) -> str:
    return str(session.version(project_queue(command, context)))


HANDLERS = (
    Handler("CreateProject", CreateProject, _create, lambda c, x: PROJECT.at(c.project or x.new_id).stream),
    Handler("RenameProject", RenameProject, _rename, project_queue, project_tag),
    Handler("SetProjectWindow", SetProjectWindow, _set_window, project_queue, project_tag),
    Handler("ArchiveProject", ArchiveProject, _archive_or_reopen, project_queue, project_tag),
    Handler("ReopenProject", ReopenProject, _archive_or_reopen, project_queue, project_tag),
)
