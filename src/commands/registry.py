"""Every command by its name: what can be carried, stored and called."""

from . import account, housekeeping, link, member, plan, project, projection, task, user
from .handler import Handler

HANDLERS: tuple[Handler, ...] = (
    *user.HANDLERS,
    *account.HANDLERS,
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
