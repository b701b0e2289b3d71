"""Who a resource is: the user whose work its assignments are. One person may be several resources."""

from uuid import UUID

from ..events.resource import ResourceUserSet
from ..scheduling import ResourceType
from .codes import Code
from .command import Context
from .handler import Handler
from .project import PROJECT, ProjectState
from .resource import ResourceCommand, load_resource, not_for, resource_queue, resource_tag
from .resource_state import RESOURCE, ResourceState
from .result import Failure, Result, Success
from .session import Session
from .user import USER, UserState, user_unknown


class SetResourceUser(ResourceCommand):
    """Says which user it is, who then finds its assignments among their own work; without one, nobody.

    A project's own resource is one of its members.
    """

    user: UUID | None = None


def decide_set_user(
    command: SetResourceUser, state: ResourceState, user: UserState, project: ProjectState | None
) -> Result:
    """`user` is the state of the one who is named; `project` that whose own the resource is."""
    if state.user == command.user:
        return Success()
    if state.type is not ResourceType.WORK:
        return not_for(state.type, "is nobody")
    if command.user is not None:
        if project is not None and command.user not in project.members:
            return Failure(Code.NOT_A_MEMBER, f"the user {command.user} is no member of this project; add them first")
        if not user.registered:
            return user_unknown(command.user)
        if not user.active:
            return Failure(Code.USER_INACTIVE, f"the user {command.user} is not active; name another")
    event = ResourceUserSet(resource=command.resource, user=command.user)
    return Success(((RESOURCE.at(command.resource).stream, event),))


async def _set_user(command: SetResourceUser, session: Session, _context: Context) -> Result:
    state = await load_resource(command, session)
    if isinstance(state, Failure):
        return state
    user = UserState() if command.user is None else await session.load(USER.at(command.user))
    project: ProjectState | None = None
    if command.project is not None:
        project = await session.load(PROJECT.at(command.project))
    return decide_set_user(command, state, user, project)


HANDLERS = (Handler("SetResourceUser", SetResourceUser, _set_user, resource_queue, resource_tag),)
