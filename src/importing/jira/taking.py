"""Takes the history of a file over into a project: what is not there yet, in order of time, in atomic batches."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from uuid import UUID, uuid5

import orjson
from uuid_utils.compat import uuid7

from ...commands.authorise import project_not_found
from ...commands.breakdown import PLAN
from ...commands.codes import Code
from ...commands.command import Context, Given
from ...commands.deciding import decide
from ...commands.loop import CommandLoop
from ...commands.permissions import Permission
from ...commands.progress import RecordProgress
from ...commands.project import PROJECT, CreateProject
from ...commands.registry import BY_COMMAND
from ...commands.result import Failure, Result
from ...commands.task import AddTask
from ...commands.task_fields import SetFields
from ...commands.user import RESERVATION
from ...events import EventLog
from ..differences import CommandRefusedError
from ..limits import MAX_NAME
from ..plan_file import LeftOut
from ..plan_import import InterruptedImportError
from .comparison import Comparison, compare
from .event_lines import WITHOUT_HISTORY
from .issue_pages import CUT_HISTORIES, FORMATTED, OF_OTHER_KINDS, UNNAMED
from .people import known_people
from .telling import Step, Telling, jira_projects, top_of
from .values import CUT, JiraFile

BATCH = 500
_PAGE = 1_000
_NAMESPACE = UUID("b6a9c7d2-0f4e-5b8e-9b39-53f2a3c1d7e4")
_DELETED, _PLACES, _PROGRESS, _OLDER = "issues deleted here", "places in the plan", "progress", "older changes"
_WHY = {
    CUT: "What is longer than a text can be here is cut.",
    CUT_HISTORIES: "The file has not all of their changes; fetch the rest of each changelog and export again.",
    WITHOUT_HISTORY: "The final state names issues of which the history says nothing.",
    FORMATTED: "Only plain texts are taken over; export with version 2 of the interface.",
    UNNAMED: "What they are called is not in the file; export with expand=names,changelog.",
    OF_OTHER_KINDS: "Persons and structures in custom fields are not taken over.",
    _DELETED: "Who deleted them here has decided so; their changes stay behind.",
    _PLACES: "The plan does not allow it, such as a task with progress above others; the field Parent says what was.",
    _PROGRESS: "The plan does not allow it, as the task is a summary or was reported on otherwise.",
    _OLDER: "They lie before what an earlier import has taken over of their issues.",
}
_NO_PARENT = {
    Code.PARENT_HAS_PROGRESS,
    Code.PARENT_HAS_ASSIGNMENTS,
    Code.PARENT_UNKNOWN,
    Code.PLAN_TOO_DEEP,
}


@dataclass(frozen=True)
class JiraReport:
    """What an import did. `changes` are those of the file, `done` counts the commands that changed something.

    `settled` counts, by field, what is called otherwise in the end than the changes say.
    """

    project: UUID
    name: str
    issues: int
    changes: int
    matched: int
    recorded: int
    done: dict[str, int]
    settled: dict[str, int]
    left_out: tuple[LeftOut, ...]
    comparison: Comparison | None
    position: int


async def import_jira(
    file: JiraFile,
    commands: CommandLoop,
    log: EventLog,
    context: Context,
    *,
    project: UUID | str | None = None,
    time_zone: str = "UTC",
    people: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> JiraReport:
    """Tells the project what the file says, all at its own time; with none given, the one of this file's Jira project.

    `project` is an id, or the name of one of the actor's own, made where there is none. `people` gives user names or
    e-mail addresses for names in Jira. `progress` is told how many commands of how many were looked at.

    What was taken over is known from the log: the same file again changes nothing, a later export adds what is new,
    and what was interrupted goes on. Raises CommandRefusedError, before any task was touched, when a rule forbids what
    the file says or something was changed here since, and InterruptedImportError.
    """
    context = replace(context, imported=True, reason=context.reason or f"import of {file.name}")
    id_, create = await _target(file, commands, context, project, time_zone)
    await _refuse_who_may_not(commands, context, None if create else id_)
    known = await known_people(list(file.people.values()), commands, replace(context, imported=False), people)
    plan = await commands.session(context).load(PLAN.at(id_))
    several = jira_projects(file)
    tops = any(top_of(id_, each) in plan.tasks for each in several) if plan.tasks else len(several) > 1
    telling = Telling(file, id_, known.users, tops=tops)
    steps, older = _new(telling.steps(), await _taken(log, id_))
    taking = _Taking(commands, context, Counter(file.left_out) + older)
    if create is not None:
        await taking.create(create, min(issue.created for issue in file.issues))
    for number, step in enumerate(steps, 1):
        await taking.add(step)
        progress(number, 2 * len(steps))
    position = await taking.give(id_, lambda done: progress(len(steps) + done, 2 * len(steps)))
    session = commands.session(context)
    return JiraReport(
        project=id_,
        name=(await session.load(PROJECT.at(id_))).name,
        issues=len(file.issues),
        changes=file.changes,
        matched=known.matched,
        recorded=known.recorded,
        done=dict(taking.done),
        settled=dict(telling.settled),
        left_out=_left_out(taking.left_out + telling.cut),
        comparison=await compare(file.issues, telling, known.users, session),
        position=position,
    )


class _Taking:
    """Tries every step before the first is given, so that what a rule forbids is known before anything is done."""

    def __init__(self, commands: CommandLoop, context: Context, left_out: Counter[str]) -> None:
        self._commands, self._context = commands, context
        self._session = commands.session(context, fresh=True)
        self._given: list[Given] = []
        self.done: Counter[str] = Counter()
        self.left_out = left_out
        self._deleted: set[UUID] = set()

    async def create(self, command: CreateProject, at: datetime) -> None:
        """The project is there since the first of what it tells. Raises CommandRefusedError."""
        id_ = uuid5(command.project or UUID(int=0), "jira:project")
        own = replace(self._context, command_id=id_, new_id=id_, effective_at=at)
        result = await decide(command, self._session, own)
        if isinstance(result, Failure):
            raise CommandRefusedError(command, result, "the project")
        self._session.apply(result, command, own)
        self._given.append((command, own))

    async def add(self, step: Step) -> None:
        """Keeps the step if it changes something. Raises CommandRefusedError."""
        own = replace(
            self._context,
            command_id=step.id,
            new_id=step.id,
            effective_at=step.at,
            author=step.author,
            reason=step.reason or self._context.reason,
        )
        command = step.command
        result = await decide(command, self._session, own)
        if isinstance(result, Failure) and isinstance(command, AddTask) and result.code in _NO_PARENT:
            self.left_out[_PLACES] += 1
            command = command.model_copy(update={"parent": None})
            result = await decide(command, self._session, own)
        if isinstance(result, Failure):
            self._refused(step, result)
        elif result.events:
            self._session.apply(result, command, own)
            self._given.append((command, own))

    def _refused(self, step: Step, failure: Failure) -> None:
        if failure.code is Code.TASK_DELETED:
            self._deleted.add(step.task)
            self.left_out[_DELETED] = len(self._deleted)
        elif step.optional and failure.code is not Code.EFFECTIVE_TIME_BACKWARDS:
            self.left_out[_PROGRESS if isinstance(step.command, RecordProgress) else _PLACES] += 1
        else:
            raise CommandRefusedError(step.command, failure, step.about)

    async def give(self, project: UUID, progress: Callable[[int], None]) -> int:
        """Gives what was kept, in order; the position of the last."""
        position = 0
        for start in range(0, len(self._given), BATCH):
            batch = self._given[start : start + BATCH]
            content = "\0".join(str(own.command_id) for _, own in batch)
            whole = replace(self._context, command_id=uuid5(project, f"jira:batch:{content}"), new_id=uuid7())
            answer = await self._commands.execute_each(batch, whole)
            if isinstance(answer, Failure):
                if start == 0:
                    raise CommandRefusedError(batch[0][0], answer, "")
                done = f"after {start} of {len(self._given)} changes"
                raise InterruptedImportError(f"{done}: {answer.message}; import again to go on")
            self.done.update(BY_COMMAND[type(command)].name for command, _ in batch)
            position = answer.position
            progress(start + len(batch))
        return position


async def _target(
    file: JiraFile, commands: CommandLoop, context: Context, wanted: UUID | str | None, time_zone: str
) -> tuple[UUID, CreateProject | None]:
    """The project, and the command that makes it where there is none."""
    session = commands.session(context, fresh=True)
    if isinstance(wanted, UUID):
        if (await session.load(PROJECT.at(wanted))).owner is None:
            raise CommandRefusedError(AddTask(project=wanted, name="-"), project_not_found(wanted), "")
        return wanted, None
    keys = jira_projects(file)
    source = keys[0] if len(keys) == 1 else file.name
    name = (wanted or file.projects.get(source, source))[:MAX_NAME]
    if wanted is not None:
        reserved = await session.reservation("project", name, context.actor)
        holder = (await session.load(RESERVATION.at(reserved))).holder
        if holder is not None:
            return holder, None
    id_ = uuid5(_NAMESPACE, f"{context.actor}\0{f'name:{name}' if wanted else source}")
    if (await session.load(PROJECT.at(id_))).owner is not None:
        return id_, None
    for number in count(1):
        suffix = "" if number == 1 else f" ({number})"
        create = CreateProject(
            project=id_, name=f"{name[: MAX_NAME - len(suffix)]}{suffix}", time_zone=time_zone, external_id=source[:200]
        )
        tried: Result = await decide(create, commands.session(context), replace(context, effective_at=None))
        if not (isinstance(tried, Failure) and tried.code is Code.PROJECT_NAME_TAKEN):
            return id_, create
    raise AssertionError


async def _refuse_who_may_not(commands: CommandLoop, context: Context, project: UUID | None) -> None:
    """Before the persons are recorded: the past is an operator's to write, in a project that they may edit."""
    rights = await commands.rights(context, project)
    failure = rights if isinstance(rights, Failure) else rights.refuse(Permission.OPERATE)
    if failure is None and project is not None and not isinstance(rights, Failure):
        failure = rights.refuse(Permission.EDIT_PLAN, project)
    if failure is not None:
        raise CommandRefusedError(AddTask(project=project or UUID(int=0), name="-"), failure, "")


async def _taken(log: EventLog, project: UUID) -> set[UUID]:
    """The ids of all commands that have changed the project."""
    found: set[UUID] = set()
    position = 0
    while recorded := await log.read_project(project, position, _PAGE):
        found.update(UUID(orjson.loads(each.metadata)["command_id"]) for each in recorded)
        position = recorded[-1].position
    return found


def _new(steps: list[Step], taken: set[UUID]) -> tuple[list[Step], Counter[str]]:
    """The steps behind the last of their task that was taken over, and how many before that were not.

    Who comes before it and changes nothing left no trace, and would not be so quiet now.
    """
    last = {step.task: number for number, step in enumerate(steps) if step.id in taken}
    older = [
        step
        for number, step in enumerate(steps)
        if number < last.get(step.task, -1) and step.id not in taken and isinstance(step.command, SetFields)
    ]
    new = [step for number, step in enumerate(steps) if number > last.get(step.task, -1)]
    return new, Counter({_OLDER: len(older)})


def _left_out(tally: Counter[str]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(kind, tally[kind], why) for kind, why in _WHY.items() if tally[kind])
