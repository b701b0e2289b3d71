"""The links of a plan, which are in the plan's stream with its tree: no cycle can slip in between two writers."""

from typing import ClassVar
from uuid import UUID

from ..events.plan import LinkChanged, TasksLinked, TasksUnlinked
from ..scheduling import Lag, LinkType
from .breakdown import PLAN, Link, PlanState
from .codes import Code
from .command import Context, ProjectCommand
from .handler import Handler
from .permissions import Permission
from .plan import decide_fit, load_plan, plan_queue
from .result import Failure, Result, Success
from .session import Session


class LinkTasks(ProjectCommand):
    """Makes one task wait for another."""

    permission: ClassVar = Permission.EDIT_PLAN
    link: UUID | None = None
    predecessor: UUID
    successor: UUID
    type: LinkType = LinkType.FINISH_START
    lag: Lag = Lag()


class ChangeLink(ProjectCommand):
    """Changes what is given and leaves the rest."""

    permission: ClassVar = Permission.EDIT_PLAN
    link: UUID
    type: LinkType | None = None
    lag: Lag | None = None


class UnlinkTasks(ProjectCommand):
    permission: ClassVar = Permission.EDIT_PLAN
    link: UUID


def decide_link(command: LinkTasks, link: UUID, plan: PlanState) -> Result:
    linked = TasksLinked(
        link=link, predecessor=command.predecessor, successor=command.successor, type=command.type, lag=command.lag
    )
    if present := plan.links.get(link):
        same = Link(linked.predecessor, linked.successor, linked.type, linked.lag, present.revision)
        ids = {"link": str(link)}
        return Success(ids=ids) if present == same else Failure(Code.ALREADY_EXISTS, f"the link {link} exists already")
    if command.link is not None and plan.deleted_link(link):
        return Failure(Code.ALREADY_EXISTS, f"the link {link} was deleted with a task, with which it can be restored")
    return decide_fit(plan, command.predecessor, command.successor) or Success(
        ((PLAN.at(command.project).stream, linked),), ids={"link": str(link)}
    )


def decide_change_link(command: ChangeLink, plan: PlanState) -> Result:
    link = plan.links.get(command.link)
    if link is None:
        return _no_link(command.link)
    type_, lag = command.type or link.type, command.lag or link.lag
    if (type_, lag) == (link.type, link.lag):
        return Success()
    return Success(((PLAN.at(command.project).stream, LinkChanged(link=command.link, type=type_, lag=lag)),))


def decide_unlink(command: UnlinkTasks, plan: PlanState) -> Result:
    if command.link not in plan.links:
        return _no_link(command.link)
    return Success(((PLAN.at(command.project).stream, TasksUnlinked(link=command.link)),))


def _no_link(link: UUID) -> Failure:
    return Failure(Code.LINK_UNKNOWN, f"there is no link {link} in this plan")


async def _link(command: LinkTasks, session: Session, context: Context) -> Result:
    refusal, plan = await load_plan(command, session, context)
    return refusal or decide_link(command, command.link or context.new_id, plan)


async def _change_link(command: ChangeLink, session: Session, context: Context) -> Result:
    refusal, plan = await load_plan(command, session, context)
    return refusal or await _expect_link(command, plan, session, context) or decide_change_link(command, plan)


async def _unlink(command: UnlinkTasks, session: Session, context: Context) -> Result:
    refusal, plan = await load_plan(command, session, context)
    return refusal or await _expect_link(command, plan, session, context) or decide_unlink(command, plan)


async def _expect_link(
    command: ChangeLink | UnlinkTasks, plan: PlanState, session: Session, context: Context
) -> Failure | None:
    link = plan.links.get(command.link)
    if link is None:
        return None
    return await session.expect(PLAN.at(command.project, context.branch), link.revision, command.link)


def _tag(command: LinkTasks | ChangeLink | UnlinkTasks, session: Session, context: Context) -> str | None:
    link = session.state(PLAN.at(command.project, context.branch)).links.get(command.link or context.new_id)
    return None if link is None else str(link.revision)


HANDLERS = (
    Handler("LinkTasks", LinkTasks, _link, plan_queue, _tag),
    Handler("ChangeLink", ChangeLink, _change_link, plan_queue, _tag),
    Handler("UnlinkTasks", UnlinkTasks, _unlink, plan_queue, _tag),
)
