"""Who may do what: the catalogue of permissions, and the roles that grant them. What is not granted is denied."""

from collections.abc import Mapping
from enum import StrEnum

from ..events.project import ProjectRole
from ..events.user import ADMINISTRATOR, PLANNER


class Permission(StrEnum):
    """What a command or a query may need. Those of the first group are about the service.

    Those of the second are about projects: a member has them in the project by the role there, and who has them by
    a system role or a defined one has them in every project.
    """

    REGISTER_USERS = "user.register"
    READ_USERS = "user.read"
    MANAGE_USERS = "user.manage"
    MANAGE_ROLES = "role.manage"
    CREATE_PROJECT = "project.create"
    MANAGE_CALENDARS = "calendar.manage"
    MANAGE_RESOURCES = "resource.manage"
    READ_RESOURCES = "resource.read"
    READ_RATES = "rate.read"
    READ_AUDIT = "audit.read"
    OPERATE = "service.operate"
    SWEEP = "log.sweep"

    READ_PROJECT = "project.read"
    EDIT_PLAN = "plan.edit"
    RECORD_PROGRESS = "progress.record"
    MANAGE_PROJECT = "project.manage"
    MANAGE_MEMBERS = "member.manage"
    READ_PROJECT_AUDIT = "project.audit"


NOTHING: frozenset[Permission] = frozenset()
ALL = frozenset(Permission)
GRANTABLE = ALL - {Permission.SWEEP}
"""What roles can grant: the rest is the service's own."""

SENSITIVE = frozenset(
    {Permission.READ_USERS, Permission.READ_AUDIT, Permission.READ_PROJECT_AUDIT, Permission.READ_RATES}
)
"""Reading by these is itself noted in the audit trail."""

VIEWER, FINANCE, AUDITOR, OPERATOR = "viewer", "finance", "auditor", "operator"

SYSTEM_GRANTS: Mapping[str, frozenset[Permission]] = {
    ADMINISTRATOR: GRANTABLE,
    PLANNER: frozenset(
        {
            Permission.CREATE_PROJECT,
            Permission.MANAGE_CALENDARS,
            Permission.MANAGE_RESOURCES,
            Permission.READ_RESOURCES,
        }
    ),
    VIEWER: frozenset({Permission.READ_PROJECT, Permission.READ_RESOURCES}),
    FINANCE: frozenset({Permission.READ_PROJECT, Permission.READ_RESOURCES, Permission.READ_RATES}),
    AUDITOR: frozenset({Permission.READ_PROJECT, Permission.READ_RESOURCES}) | SENSITIVE,
    OPERATOR: frozenset({Permission.OPERATE}),
}
"""The system roles. Nobody can change them; others can be defined beside them."""

_VIEWER = frozenset({Permission.READ_PROJECT})
_EDITOR = _VIEWER | {Permission.EDIT_PLAN, Permission.RECORD_PROGRESS}

PROJECT_GRANTS: Mapping[ProjectRole, frozenset[Permission]] = {
    ProjectRole.VIEWER: _VIEWER,
    ProjectRole.EDITOR: _EDITOR,
    ProjectRole.ADMIN: _EDITOR | {Permission.MANAGE_PROJECT, Permission.MANAGE_MEMBERS, Permission.READ_PROJECT_AUDIT},
}
