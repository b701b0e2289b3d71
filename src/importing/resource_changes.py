"""The commands that make a project's own resources what a file says."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from ..commands.command import Command
from ..commands.resource import (
    DefineResource,
    ReactivateResource,
    RenameResource,
    SetMaxUnits,
    SetResourceCalendar,
)
from ..commands.resource_rate import SetRate
from ..commands.resource_state import RESOURCE, ResourceState
from ..commands.session import Session
from ..commands.staffing import AddResourceToProject
from ..commands.staffing_state import StaffingState, staffing_at
from .identities import EXTERNAL, Identities
from .plan_file import FileResource, PlanFile


async def resource_changes(file: PlanFile, ids: Identities, session: Session) -> AsyncIterator[tuple[Command, str]]:
    """Shared resources are taken in and not changed; those that the file does not have any more stay."""
    known = [ids.resource(resource.uid) for resource in file.resources]
    states = await session.load_all([RESOURCE.at(id_) for id_ in known])
    staffing = await session.load_all([staffing_at(ids.project, id_) for id_ in known])
    for resource, state, staffed in zip(file.resources, states, staffing, strict=True):
        for command in _of_resource(resource, state, staffed, ids, file.currency):
            yield command, f"line {resource.line}, resource {resource.name!r}"


def _of_resource(
    resource: FileResource, state: ResourceState, staffing: StaffingState, ids: Identities, currency: str | None
) -> Iterator[Command]:
    id_ = ids.resource(resource.uid)
    own: dict[str, Any] = {"project": ids.project, "resource": id_}
    if not state.revision:
        yield DefineResource(
            name=resource.name,
            type=resource.type,
            max_units=resource.max_units,
            calendar=None if resource.calendar is None else ids.calendar(resource.calendar),
            unit=resource.unit,
            external_id=f"{EXTERNAL}{resource.uid}",
            **own,
        )
        if resource.periods:
            yield max_units(resource, ids)
        yield from _rates(resource, state, own, currency)
        return
    shared = state.project is None
    if not shared and not state.active:
        yield ReactivateResource(**own)
    if not staffing.member:
        yield AddResourceToProject(**own)
    if shared or state.type is not resource.type:  # what somebody is does not change
        return
    if state.name != resource.name:
        yield RenameResource(name=resource.name, **own)
    if (state.max_units, state.periods) != (resource.max_units, resource.periods):
        yield max_units(resource, ids)
    calendar = None if resource.calendar is None else ids.calendar(resource.calendar)
    if state.calendar != calendar:
        yield SetResourceCalendar(calendar=calendar, **own)
    yield from _rates(resource, state, own, currency)


def max_units(resource: FileResource, ids: Identities) -> SetMaxUnits:
    """As much of it as the file says."""
    return SetMaxUnits(
        project=ids.project,
        resource=ids.resource(resource.uid),
        max_units=resource.max_units,
        periods=resource.periods,
    )


def _rates(
    resource: FileResource, state: ResourceState, own: dict[str, Any], currency: str | None
) -> Iterator[Command]:
    """Those from new dates on: what a resource costs since a date that is known is never changed."""
    known = {rate.start for rate in state.rates}
    for rate in resource.rates:
        if rate.start not in known and currency is not None:
            yield SetRate(
                start=rate.start,
                currency=currency,
                rate=rate.rate,
                overtime=rate.overtime,
                per_use=rate.per_use,
                **own,
            )
