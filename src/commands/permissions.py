"""Who may do what: permissions, and the roles that grant them. What is not granted is denied."""

from collections.abc import Mapping
from enum import StrEnum

from ..events.project import ProjectRole
from ..events.user import ADMINISTRATOR, PLANNER


class Permission(StrEnum):
    """What a command may need. The first group is granted by system roles, the second within a project."""

    REGISTER_USERS = "user.register"
    MANAGE_USERS = "user.manage"
    CREATE_PROJECT = "project.create"
    OPERATE = "service.operate"
    SWEEP = "log.sweep"

    EDIT_PLAN = "plan.edit"
    RECORD_PROGRESS = "progress.record"
    MANAGE_PROJECT = "project.manage"
    MANAGE_MEMBERS = "member.manage"


SYSTEM_GRANTS: Mapping[str, frozenset[Permission]] = {
    ADMINISTRATOR: frozenset(
        {
            Permission.REGISTER_USERS,
            Permission.MANAGE_USERS,
            Permission.CREATE_PROJECT,
            Permission.OPERATE,
            Permission.SWEEP,
        }
    ),
    PLANNER: frozenset({Permission.CREATE_PROJECT}),
}

_EDITOR = frozenset({Permission.EDIT_PLAN, Permission.RECORD_PROGRESS})

PROJECT_GRANTS: Mapping[ProjectRole, frozenset[Permission]] = {
    ProjectRole.VIEWER: frozenset(),
    ProjectRole.EDITOR: _EDITOR,
    ProjectRole.ADMIN: _EDITOR | {Permission.MANAGE_PROJECT, Permission.MANAGE_MEMBERS},
}
