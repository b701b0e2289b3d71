"""Every command by its name: what can be carried, stored and called."""

from . import (
    access,
    account,
    connection,
    housekeeping,
    link,
    member,
    plan,
    project,
    projection,
    role,
    task,
    user,
    user_role,
)
from .handler import Handler

HANDLERS: tuple[Handler, ...] = (
    *user.HANDLERS,
    *user_role.HANDLERS,
    *role.HANDLERS,
    *access.HANDLERS,
    *account.HANDLERS,
    *connection.HANDLERS,
    *project.HANDLERS,
    *member.HANDLERS,
    *plan.HANDLERS,
    *link.HANDLERS,
    *task.HANDLERS,
    *projection.HANDLERS,
    *housekeeping.HANDLERS,
)
BY_COMMAND = {handler.command: handler for handler in HANDLERS}
BY_NAME = {handler.name: handler for handler in HANDLERS}
