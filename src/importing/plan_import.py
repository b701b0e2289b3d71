"""Takes a plan file over into a project, through the command side, in atomic batches."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from uuid import UUID, uuid5

from ..commands.codes import Code
from ..commands.command import Command, Context
from ..commands.loop import CommandLoop
from ..commands.permissions import Permission
from ..commands.project import PROJECT, CreateProject
from ..commands.registry import BY_COMMAND
from ..commands.result import Failure
from .differences import CommandRefusedError, Differences
from .known import project_of
from .limits import MAX_NAME
from .plan_file import LeftOut, PlanFile

BATCH = 500
"""Commands in one append: enough that round trips do not count, few enough that nobody waits for the lock."""

ATTEMPTS = 5
"""How often the differences are looked for anew, when somebody changed the plan meanwhile."""

_NAMESPACE = UUID("0c5a3b9e-7f53-5d0c-8f52-3a6a3a2b9d11")


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `done` counts the commands that changed something, by name."""

    project: UUID
    name: str
    tasks: int
    links: int
    done: dict[str, int]
    left_out: tuple[LeftOut, ...]
    unassigned: int  # assignments in the file that name no resource
    position: int


class InterruptedImportError(Exception):
    """Somebody changed the plan meanwhile so that a later batch was refused. The same import goes on from there."""


async def import_plan(
    file: PlanFile,
    commands: CommandLoop,
    context: Context,
    *,
    project: UUID | None = None,
    time_zone: str = "UTC",
    progress: Callable[[int], None] = lambda _done: None,
) -> ImportReport:
    """Makes the project what the file says; with no project given, the one that this file always goes to, made if new.

    That is the project that it was exported from, where the actor may edit it, else one of the actor's own.

    The same file again changes nothing; an edited one imports its differences. Raises CommandRefusedError
    when a rule forbids what the file says, before anything was done, and InterruptedImportError.
    """
    project = project or await _home(file, commands, context)
    id_ = project or uuid5(_NAMESPACE, f"{context.actor}\0{file.source}")
    context = replace(context, reason=context.reason or f"import of {file.name}")  # progress falls only with a reason
    attempt = 1
    while True:
        session = commands.session(context)
        try:
            create = None if project else await _creation(file, commands, context, id_, time_zone)
            wanted = await Differences(file, id_, session, context).commands(create, progress)
            position = await _give(wanted, id_, sum(session.reads.values()), commands, context)
        except CommandRefusedError:
            if attempt == ATTEMPTS or not await session.moved():
                raise
            attempt += 1
            continue
        done = Counter(BY_COMMAND[type(command)].name for command in wanted)
        state = await commands.session(context).load(PROJECT.at(id_))
        return ImportReport(
            project=id_,
            name=state.name,
            tasks=len(file.tasks),
            links=len(file.links),
            done=dict(done),
            left_out=file.left_out,
            unassigned=file.unassigned,
            position=position,
        )


async def _give(wanted: list[Command], project: UUID, seen: int, commands: CommandLoop, context: Context) -> int:
    """Gives the commands in batches; the position of the last. `seen` grows with every change of what was looked at."""
    position = 0
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        answer = await commands.execute_all(
            batch, replace(context, command_id=_command_id(project, seen + start, batch))
        )
        if isinstance(answer, Failure):
            if start == 0:
                raise CommandRefusedError(batch[0], answer, "")
            done = f"after {start} of {len(wanted)} changes"
            raise InterruptedImportError(f"{done}: {answer.message}; import again to go on")
        position = answer.position
    return position


def _command_id(project: UUID, seen: int, batch: list[Command]) -> UUID:
    """The same for the same batch on the same state of the project, so that a repeat does nothing."""
    content = hashlib.sha256(str(seen).encode())
    for command in batch:
        content.update(command.model_dump_json().encode())
    return uuid5(project, content.hexdigest())


async def _home(file: PlanFile, commands: CommandLoop, context: Context) -> UUID | None:
    """The project that the file was exported from, if the actor may take it back there."""
    project = project_of(file)
    if project is None:
        return None
    rights = await commands.rights(context, project)
    if isinstance(rights, Failure) or rights.refuse(Permission.EDIT_PLAN, project) is not None:
        return None
    return project if (await commands.session(context).load(PROJECT.at(project))).owner else None


async def _creation(
    file: PlanFile, commands: CommandLoop, context: Context, project: UUID, time_zone: str
) -> CreateProject:
    """The command for a new project: by the name in the file, or with a number where the owner has that name."""
    handler = BY_COMMAND[CreateProject]
    for number in count(1):
        suffix = "" if number == 1 else f" ({number})"
        name = f"{file.name[: MAX_NAME - len(suffix)]}{suffix}"
        create = CreateProject(
            project=project,
            name=name,
            time_zone=time_zone,
            start=file.start,
            must_finish=file.must_finish,
            currency=file.currency,
            external_id=file.source[:200],
        )
        tried = await handler.handle(create, commands.session(context), context)
        if not (isinstance(tried, Failure) and tried.code is Code.PROJECT_NAME_TAKEN):
            return create
    raise AssertionError
