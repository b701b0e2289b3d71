"""Which things of a file a project knows already, and under which ids."""

from uuid import UUID

from ..commands.breakdown import PLAN
from ..commands.calendar_state import CALENDAR
from ..commands.resource_state import RESOURCE
from ..commands.session import Session
from .field_text import guid
from .identities import Identities
from .plan_file import PlanFile

_TIMES = 20


async def known_identities(file: PlanFile, project: UUID, session: Session) -> Identities:
    """The ids that the file's things have in the project.

    A file that was exported from this very project names its things by their own ids, also those made by hand.
    """
    ids = Identities(project)
    if project_of(file) == project:
        ids = await _own(file, ids, session)
    return Identities(project, ids.tasks, {**ids.calendars, **await _made_again(file, ids, session)}, ids.resources)


def project_of(file: PlanFile) -> UUID | None:
    """The project that the file was exported from, if it was from here."""
    return guid(file.source)


async def _own(file: PlanFile, ids: Identities, session: Session) -> Identities:
    plan = await session.load(PLAN.at(ids.project))
    deleted = {task for gone in plan.removed.values() for task, _ in gone.tasks}
    tasks = {task.uid: task.guid for task in file.tasks if task.guid in plan.tasks or task.guid in deleted}
    named = {calendar.uid: calendar.guid for calendar in file.calendars if calendar.guid}
    found = await session.load_all([CALENDAR.at(id_) for id_ in named.values()])
    theirs = (None, ids.project)
    calendars = {
        uid: id_ for (uid, id_), state in zip(named.items(), found, strict=True)
        if state.live and state.project in theirs
    }  # fmt: skip
    people = {resource.uid: resource.guid for resource in file.resources if resource.guid}
    there = await session.load_all([RESOURCE.at(id_) for id_ in people.values()])
    resources = {
        uid: id_ for (uid, id_), state in zip(people.items(), there, strict=True)
        if state.revision and state.project in theirs
    }  # fmt: skip
    return Identities(ids.project, {uid: id_ for uid, id_ in tasks.items() if id_}, calendars, resources)


async def _made_again(file: PlanFile, ids: Identities, session: Session) -> dict[int, UUID]:
    """Calendars that were deleted here come back as new ones; where older ones were restored, the newest is meant."""
    meant: dict[int, int] = {}
    waiting = [calendar.uid for calendar in file.calendars if calendar.uid not in ids.calendars]
    for time in range(_TIMES):
        states = await session.load_all([CALENDAR.at(ids.calendar_again(uid, time)) for uid in waiting])
        found = dict(zip(waiting, states, strict=True))
        meant |= {uid: time for uid, state in found.items() if state.live or (not state.exists and uid not in meant)}
        waiting = [uid for uid, state in found.items() if state.exists]
    return {uid: ids.calendar_again(uid, time) for uid, time in meant.items() if time}
