# These names and numbers are the stored format: add, never change.
"""Every event type by the name and the schema number under which it is stored."""

from typing import NamedTuple, get_args

from . import (
    access,
    calendar,
    connection,
    housekeeping,
    notice,
    plan,
    project,
    projection,
    reservation,
    resource,
    role,
    staffing,
    task,
    user,
)
from .event import PERSONAL_MARK, Event


class Stored(NamedTuple):
    """How one event model is stored, and which of its fields are sealed."""

    name: str
    schema: int
    model: type[Event]
    personal: tuple[str, ...]


def _marks(annotation: object) -> bool:
    """Whether the mark of personal fields stands somewhere inside, where it would not be seen."""
    inside = (*get_args(annotation), *getattr(annotation, "__metadata__", ()))
    return any(part is PERSONAL_MARK or _marks(part) for part in inside)


def _stored(name: str, schema: int, model: type[Event]) -> Stored:
    for each, field in model.model_fields.items():
        if _marks(field.annotation):
            raise TypeError(f"{name}.{each}: a personal field is Personal itself, not optional and not in a list")
    personal = tuple(each for each, field in model.model_fields.items() if PERSONAL_MARK in field.metadata)
    return Stored(name, schema, model, personal)


CATALOGUE = (
    _stored("UserRegistered", 1, user.UserRegistered),
    _stored("PersonRecorded", 1, user.PersonRecorded),
    _stored("UserRenamed", 1, user.UserRenamed),
    _stored("UsernameChanged", 1, user.UsernameChanged),
    _stored("EmailChanged", 1, user.EmailChanged),
    _stored("UserDeactivated", 1, user.UserDeactivated),
    _stored("UserReactivated", 1, user.UserReactivated),
    _stored("AccountDeleted", 1, user.AccountDeleted),
    _stored("RoleAssigned", 1, user.RoleAssigned),
    _stored("RoleRevoked", 1, user.RoleRevoked),
    _stored("AdministratorAdded", 1, user.AdministratorAdded),
    _stored("AdministratorRemoved", 1, user.AdministratorRemoved),
    _stored("RoleDefined", 1, role.RoleDefined),
    _stored("PermissionGranted", 1, role.PermissionGranted),
    _stored("PermissionRevoked", 1, role.PermissionRevoked),
    _stored("RoleRetired", 1, role.RoleRetired),
    _stored("UserPasswordChanged", 1, access.UserPasswordChanged),
    _stored("PasswordResetIssued", 1, access.PasswordResetIssued),
    _stored("SessionStarted", 1, access.SessionStarted),
    _stored("SessionEnded", 1, access.SessionEnded),
    _stored("SessionsEnded", 1, access.SessionsEnded),
    _stored("ApiKeyCreated", 1, access.ApiKeyCreated),
    _stored("ApiKeyRevoked", 1, access.ApiKeyRevoked),
    _stored("ProviderConnectionRequested", 1, connection.ProviderConnectionRequested),
    _stored("ProviderConnectionAuthorised", 1, connection.ProviderConnectionAuthorised),
    _stored("ProviderConnectionFailed", 1, connection.ProviderConnectionFailed),
    _stored("ProviderConnectionRefreshed", 1, connection.ProviderConnectionRefreshed),
    _stored("ProviderConnectionExpired", 1, connection.ProviderConnectionExpired),
    _stored("ProviderConnectionRevoked", 1, connection.ProviderConnectionRevoked),
    _stored("ProviderConnectionDisconnected", 1, connection.ProviderConnectionDisconnected),
    _stored("NameReserved", 1, reservation.NameReserved),
    _stored("NameReleased", 1, reservation.NameReleased),
    _stored("ProjectCreated", 1, project.ProjectCreated),
    _stored("ProjectRenamed", 1, project.ProjectRenamed),
    _stored("ProjectWindowSet", 1, project.ProjectWindowSet),
    _stored("ProjectCalendarSet", 1, project.ProjectCalendarSet),
    _stored("ProjectStatusDateSet", 1, project.ProjectStatusDateSet),
    _stored("ProjectArchived", 1, project.ProjectArchived),
    _stored("ProjectReopened", 1, project.ProjectReopened),
    _stored("MemberAdded", 1, project.MemberAdded),
    _stored("MemberRoleChanged", 1, project.MemberRoleChanged),
    _stored("MemberRemoved", 1, project.MemberRemoved),
    _stored("OwnershipTransferred", 1, project.OwnershipTransferred),
    _stored("TaskPlaced", 1, plan.TaskPlaced),
    _stored("TaskMoved", 1, plan.TaskMoved),
    _stored("TasksDeleted", 1, plan.TasksDeleted),
    _stored("TasksRestored", 1, plan.TasksRestored),
    _stored("TasksLinked", 1, plan.TasksLinked),
    _stored("LinkChanged", 1, plan.LinkChanged),
    _stored("TasksUnlinked", 1, plan.TasksUnlinked),
    _stored("TaskAdded", 1, task.TaskAdded),
    _stored("TaskUpdated", 1, task.TaskUpdated),
    _stored("TaskDurationChanged", 1, task.TaskDurationChanged),
    _stored("TaskConstraintChanged", 1, task.TaskConstraintChanged),
    _stored("TaskProgressRecorded", 1, task.TaskProgressRecorded),
    _stored("TaskDeadlineSet", 1, task.TaskDeadlineSet),
    _stored("TaskModeSet", 1, task.TaskModeSet),
    _stored("TaskCalendarSet", 1, task.TaskCalendarSet),
    _stored("TaskPrioritySet", 1, task.TaskPrioritySet),
    _stored("TaskTypeSet", 1, task.TaskTypeSet),
    _stored("TaskSplit", 1, task.TaskSplit),
    _stored("TaskFieldsSet", 1, task.TaskFieldsSet),
    _stored("ResourceAssigned", 1, task.ResourceAssigned),
    _stored("AssignmentUnitsChanged", 1, task.AssignmentUnitsChanged),
    _stored("AssignmentWorkSet", 1, task.AssignmentWorkSet),
    _stored("AssignmentDelaySet", 1, task.AssignmentDelaySet),
    _stored("ActualWorkRecorded", 1, task.ActualWorkRecorded),
    _stored("ResourceUnassigned", 1, task.ResourceUnassigned),
    _stored("CalendarCreated", 1, calendar.CalendarCreated),
    _stored("CalendarRenamed", 1, calendar.CalendarRenamed),
    _stored("CalendarBaseChanged", 1, calendar.CalendarBaseChanged),
    _stored("CalendarWeekdaySet", 1, calendar.CalendarWeekdaySet),
    _stored("WorkWeekSet", 1, calendar.WorkWeekSet),
    _stored("WorkWeekRemoved", 1, calendar.WorkWeekRemoved),
    _stored("CalendarExceptionAdded", 1, calendar.CalendarExceptionAdded),
    _stored("CalendarExceptionRemoved", 1, calendar.CalendarExceptionRemoved),
    _stored("HolidaysAdded", 1, calendar.HolidaysAdded),
    _stored("HolidayRemoved", 1, calendar.HolidayRemoved),
    _stored("CalendarEventAdded", 1, calendar.CalendarEventAdded),
    _stored("CalendarEventRemoved", 1, calendar.CalendarEventRemoved),
    _stored("CalendarDeleted", 1, calendar.CalendarDeleted),
    _stored("CalendarRestored", 1, calendar.CalendarRestored),
    _stored("CalendarTaken", 1, calendar.CalendarTaken),
    _stored("CalendarLeft", 1, calendar.CalendarLeft),
    _stored("ResourceDefined", 1, resource.ResourceDefined),
    _stored("ResourceRenamed", 1, resource.ResourceRenamed),
    _stored("ResourceRateSet", 1, resource.ResourceRateSet),
    _stored("ResourceMaxUnitsSet", 1, resource.ResourceMaxUnitsSet),
    _stored("ResourceCalendarSet", 1, resource.ResourceCalendarSet),
    _stored("ResourceUserSet", 1, resource.ResourceUserSet),
    _stored("ResourceDeactivated", 1, resource.ResourceDeactivated),
    _stored("ResourceReactivated", 1, resource.ResourceReactivated),
    _stored("ResourceAddedToProject", 1, staffing.ResourceAddedToProject),
    _stored("ResourceEnvelopeChanged", 1, staffing.ResourceEnvelopeChanged),
    _stored("ResourceWithdrawn", 1, staffing.ResourceWithdrawn),
    _stored("TaskStaffed", 1, staffing.TaskStaffed),
    _stored("TaskUnstaffed", 1, staffing.TaskUnstaffed),
    _stored("ProjectionPaused", 1, projection.ProjectionPaused),
    _stored("ProjectionResumed", 1, projection.ProjectionResumed),
    _stored("ProjectionRetried", 1, projection.ProjectionRetried),
    _stored("ProjectionEventSkipped", 1, projection.ProjectionEventSkipped),
    _stored("ProjectionRebuildOrdered", 1, projection.ProjectionRebuildOrdered),
    _stored("SweepOrdered", 1, housekeeping.SweepOrdered),
    _stored("RequestRefused", 1, notice.RequestRefused),
    _stored("SensitiveDataRead", 1, notice.SensitiveDataRead),
    _stored("DataExported", 1, notice.DataExported),
    _stored("AuthenticationFailed", 1, notice.AuthenticationFailed),
)

BY_TYPE = {stored.name: stored for stored in CATALOGUE}
BY_MODEL = {stored.model: stored for stored in CATALOGUE}
NOTICES = frozenset(BY_MODEL[event].name for event in get_args(notice.NoticeEvent))
"""What changed nothing: it is for the audit trail, and for nobody who follows a project."""
UNSHOWN = frozenset({"rate"})
"""Fields that who follows a project is not shown: what resources cost is for who may read rates."""
