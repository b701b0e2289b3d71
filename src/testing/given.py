"""What has happened before, and where it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, overload
from uuid import UUID

from ..commands.aggregate import Ref
from ..commands.breakdown import PLAN
from ..commands.calendar_state import CALENDAR
from ..commands.calendar_use import CALENDAR_USE
from ..commands.command import SYSTEM, Command
from ..commands.loop import CommandLoop
from ..commands.project import PROJECT
from ..commands.projection import PROJECTION
from ..commands.resource_state import RESOURCE
from ..commands.staffing_state import staffing_at
from ..commands.task_state import TASK
from ..commands.user import ADMINISTRATORS, USER
from ..config import Settings
from ..events import Event, StreamLog
from ..events.calendar import CalendarEvent, CalendarUseEvent
from ..events.codec import encode
from ..events.keyring import Keyring
from ..events.log import Appended, Commit, NewEvent
from ..events.plan import PlanEvent
from ..events.project import ProjectEvent
from ..events.projection import ProjectionEvent
from ..events.resource import ResourceEvent
from ..events.staffing import StaffingEvent
from ..events.task import TaskEvent
from ..events.user import AdministratorsEvent, UserEvent
from ..projections import Projection
from .acting import accepted, context
from .decision import Decision
from .memory import KEYRING, NOW, MemoryLog
from .projected import Projected
from .request import Request

if TYPE_CHECKING:
    from .http import Requested, Service

S = TypeVar("S")


@dataclass(frozen=True)
class At:
    """An event of which the stream is named."""

    stream: str
    event: Event
    project: UUID | None


@dataclass(frozen=True)
class Done:
    """Commands that were accepted."""

    commands: tuple[Command, ...]
    by: UUID
    circumstances: Mapping[str, Any]


Fact = Event | At | Command | Done


def at(where: Ref[Any], event: Event, project: UUID | None = None) -> At:
    """The event in the stream of that aggregate: for reservations of names, and for plans of several projects."""
    return At(where.stream, event, project)


def done(*commands: Command, by: UUID = SYSTEM, **circumstances: Any) -> Done:
    """The commands were given by this actor, one after the other, and accepted."""
    return Done(commands, by, circumstances)


@dataclass(frozen=True)
class Given:
    """What happened before, in order, and what is tried then."""

    facts: tuple[Fact, ...]
    where: "Settings | Service | None" = None

    def also(self, *facts: Fact) -> "Given":
        """The same, and then this."""
        return replace(self, facts=(*self.facts, *facts))

    def on(self, where: "Settings | Service") -> "Given":
        """For projections and requests: the same on this database, which must be empty, or on an open service."""
        return replace(self, where=where)

    @overload
    def when(self, what: Command, *more: Command, by: UUID = ..., **circumstances: Any) -> Decision: ...
    @overload
    def when(self, what: Projection, *more: Projection) -> Projected: ...
    @overload
    def when(self, what: Request, *, by: UUID | None = ...) -> "Requested": ...
    def when(self, what: Any, *more: Any, by: UUID | None = None, **circumstances: Any) -> Any:
        """Commands, given by somebody (by the service itself, if nobody is named), projections, or a request."""
        if isinstance(what, Projection):
            if not isinstance(self.where, Settings | None):
                raise TypeError("projections run on a database of their own: name its settings")
            return Projected(self.play, (what, *more), self.where)
        if isinstance(what, Request):
            from .http import Requested  # noqa: PLC0415 - only who makes requests needs httpx

            return Requested(self.play, what, by, self.where)
        return Decision(self.play, (what, *more), by or SYSTEM, circumstances)

    async def state(self, ref: Ref[S]) -> S:
        """The state of an aggregate after all that."""
        log = MemoryLog()
        commands = CommandLoop(log, KEYRING)
        await self.play(log, KEYRING, commands)
        return await commands.session(context()).load(ref)

    async def play(self, log: StreamLog, keyring: Keyring, commands: CommandLoop) -> None:
        """Lets it all happen in this log."""
        project: UUID | None = None
        for fact in self.facts:
            match fact:
                case At() | Event():
                    placed = fact if isinstance(fact, At) else _placed(fact, project)
                    project = placed.project or project
                    await _store(placed.event, placed.stream, project, log, keyring)
                    commands.states.moved([placed.stream])
                case Command():
                    accepted(await commands.execute(fact, context(now=NOW)))
                case Done():
                    for command in fact.commands:
                        circumstances = {"now": NOW, **fact.circumstances}
                        accepted(await commands.execute(command, context(fact.by, **circumstances)))
            project = _project_of(fact) or project
        await commands.close()


def given(*facts: Fact) -> Given:
    """What happened before: events as they are stored, or commands that were accepted."""
    return Given(facts)


def _project_of(fact: Fact) -> UUID | None:
    commands: Sequence[Any] = fact.commands[::-1] if isinstance(fact, Done) else [fact]
    return next((found for each in commands if (found := getattr(each, "project", None))), None)


def _placed(event: Event, project: UUID | None) -> At:
    """Where an event of this kind is stored; those of a plan in that of the project that was last named."""
    match event:
        case _ if isinstance(event, ProjectEvent):
            return at(PROJECT.at(event.project), event, event.project)
        case _ if isinstance(event, TaskEvent):
            return at(TASK.at(event.task), event)
        case _ if isinstance(event, CalendarEvent):
            return at(CALENDAR.at(event.calendar), event)
        case _ if isinstance(event, CalendarUseEvent):
            return at(CALENDAR_USE.at(event.calendar), event)
        case _ if isinstance(event, ResourceEvent):
            return at(RESOURCE.at(event.resource), event)
        case _ if isinstance(event, StaffingEvent):
            return at(staffing_at(event.project, event.resource), event, event.project)
        case _ if isinstance(event, UserEvent):
            return at(USER.at(event.user), event)
        case _ if isinstance(event, AdministratorsEvent):
            return at(ADMINISTRATORS, event)
        case _ if isinstance(event, ProjectionEvent):
            return at(PROJECTION.at(event.projection), event)
        case _ if isinstance(event, PlanEvent) and project is not None:
            return at(PLAN.at(project), event)
        case _:
            raise TypeError(f"say where with at(…): nothing before tells the stream of {event!r}")


async def _store(event: Event, stream: str, project: UUID | None, log: StreamLog, keyring: Keyring) -> None:
    """Appends the event as the command loop does, its personal fields sealed."""
    stored = await log.read_streams({stream: 0})
    version = stored[-1].version if stored else 0
    circumstances = context(now=NOW)
    subject = getattr(event, "user", None)
    type_, schema, data = encode(event if subject is None else await keyring.seal(event, subject))
    metadata = circumstances.metadata("Given", {})
    project = None if isinstance(event, UserEvent | AdministratorsEvent) else project
    new = NewEvent(stream, version + 1, type_, schema, data, metadata, project, None)
    commit = Commit(circumstances.actor, circumstances.command_id, b"given", None, {stream: version}, [new])
    (answer,) = await log.append([commit])
    if not isinstance(answer, Appended):
        raise AssertionError(f"could not be stored: {answer}")  # noqa: TRY004 - it is the test that fails
