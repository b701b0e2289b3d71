"""Resources of a project: taken in, foreseen for so much work, and withdrawn when nothing is left to do."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from immutables import Map

from src.commands.breakdown import PlanState
from src.commands.codes import Code
from src.commands.member import AddMember
from src.commands.progress import RecordProgress
from src.commands.project import ArchiveProject, CreateProject
from src.commands.resource_state import ResourceState
from src.commands.result import Success
from src.commands.staffing import ChangeEnvelope, ProjectRate, decide_withdraw
from src.commands.staffing_state import StaffingState, staffing_at
from src.commands.task_state import TaskState
from src.events.plan import TaskPlaced
from src.events.project import ProjectRole
from src.events.resource import Rate
from src.events.staffing import ResourceAddedToProject, ResourceEnvelopeChanged, ResourceWithdrawn, TaskUnstaffed
from src.events.task import ResourceUnassigned
from src.testing import a_user, done, given
from tests.commands.garden import PLOT, delete, garden, id_of, restore
from tests.commands.plans import folded
from tests.commands.staff import (
    DAY,
    assign,
    deactivate,
    define,
    set_work,
    staffed,
    take_in,
    unassign,
    withdraw,
    worked,
    worker,
)

ANN, A, B = worker("ann"), id_of("a"), id_of("b")
WITHDRAWN = ResourceWithdrawn(project=PLOT, resource=ANN)
EIGHTY = ProjectRate(currency="EUR", rate=Decimal(80))


def envelope(**fields: Any) -> ChangeEnvelope:
    """Of Ann in the garden."""
    return ChangeEnvelope(project=PLOT, resource=ANN, **fields)


# --- taking in ----------------------------------------------------------------------------------------------------


async def test_a_shared_resource_is_taken_in() -> None:
    """With what is foreseen, if anything is."""
    added = ResourceAddedToProject(project=PLOT, resource=ANN, planned=DAY)
    accepted = await garden().also(define("ann")).when(take_in("ann", planned=DAY)).idempotent().then(added)
    assert accepted.tag == "1"


async def test_a_resource_is_taken_in_once() -> None:
    """Another envelope is a change of it."""
    await staffed("ann").when(take_in("ann", planned=DAY)).refused(Code.RESOURCE_IN_PROJECT)
    await staffed("ann").when(take_in("ann")).nothing()


async def test_a_resource_must_be_there_to_be_taken_in() -> None:
    """Unknown, or of another project: that is told in the same words. One that is not active is refused."""
    there = garden().also(
        CreateProject(project=UUID(int=77), name="Barn"),
        define("of the barn", project=UUID(int=77)),
        define("gone"),
        deactivate("gone"),
    )
    for name, code in (
        ("nobody", Code.RESOURCE_UNKNOWN),
        ("of the barn", Code.RESOURCE_UNKNOWN),
        ("gone", Code.RESOURCE_INACTIVE),
    ):
        await there.when(take_in(name)).refused(code)


async def test_rates_are_for_who_manages_the_project() -> None:
    """An editor takes a resource in without one."""
    editor, owner = UUID(int=11), UUID(int=12)
    there = given(
        a_user(editor),
        a_user(owner),
        done(CreateProject(project=PLOT, name="Garden"), by=owner),
        done(AddMember(project=PLOT, user=editor, role=ProjectRole.EDITOR), by=owner),
        define("ann"),
    )
    with_rate = take_in("ann", rate=EIGHTY)
    await there.when(with_rate, by=editor).refused(Code.FORBIDDEN, permission="project.manage")
    added = ResourceAddedToProject(project=PLOT, resource=ANN, rate=Rate(currency="EUR", rate=Decimal(80)))
    await there.when(with_rate, by=owner).then(added)
    await there.when(take_in("ann"), by=editor).then(ResourceAddedToProject(project=PLOT, resource=ANN))
    guessed = there.also(done(with_rate, by=owner)).when(with_rate, by=editor)
    await guessed.refused(Code.FORBIDDEN, permission="project.manage")


async def test_what_is_used_up_or_costs_has_the_rates_of_its_type() -> None:
    """A cost has none, and a material does no overtime."""
    there = garden().also(define("soil", type="material"), define("fee", type="cost"))
    overtime = EIGHTY.model_copy(update={"overtime": Decimal(1)})
    for name, rate in (("fee", EIGHTY), ("soil", overtime)):
        await there.when(take_in(name, rate=rate)).refused(Code.NOT_FOR_RESOURCE_TYPE)


# --- the envelope -------------------------------------------------------------------------------------------------


async def test_the_envelope_is_changed() -> None:
    """And taken away."""
    rate = Rate(currency="EUR", rate=Decimal(80))
    changed = ResourceEnvelopeChanged(project=PLOT, resource=ANN, rate=rate, planned=DAY)
    await staffed("ann").when(envelope(rate=EIGHTY, planned=DAY)).idempotent().then(changed)
    none = ResourceEnvelopeChanged(project=PLOT, resource=ANN)
    await staffed("ann").also(changed).when(envelope()).idempotent().then(none)


async def test_only_what_is_in_the_project_has_an_envelope() -> None:
    """Not what was never there, nor what has left."""
    gone = garden().also(define("ann"), take_in("ann"), withdraw("ann"))
    for there in (garden().also(define("ann")), gone):
        await there.when(envelope(planned=DAY)).refused(Code.RESOURCE_NOT_IN_PROJECT)
    await garden().when(envelope(planned=DAY)).refused(Code.RESOURCE_UNKNOWN)


async def test_an_envelope_below_what_is_assigned_is_told() -> None:
    """Whichever of the two is changed; deleted tasks do not count."""
    told = ["ENVELOPE_BELOW_ASSIGNED"]
    there = staffed("ann", a="", b="").also(assign("ann", "a"), assign("ann", "b"))
    tight = ResourceEnvelopeChanged(project=PLOT, resource=ANN, planned=2 * DAY - 1)
    await there.when(envelope(planned=2 * DAY - 1)).then(tight, warnings=told)
    just = envelope(planned=2 * DAY)
    await there.when(just).then(ResourceEnvelopeChanged(project=PLOT, resource=ANN, planned=2 * DAY))
    enough = there.also(just)
    more = await enough.when(set_work("ann", DAY + 1)).answer()
    assert [warning.code for warning in more.warnings] == told  # type: ignore[union-attr]
    assert (await enough.when(set_work("ann", DAY - 1)).answer()).warnings == ()  # type: ignore[union-attr]
    less = there.also(delete("b")).when(envelope(planned=DAY))
    await less.then(ResourceEnvelopeChanged(project=PLOT, resource=ANN, planned=DAY))


# --- withdrawing --------------------------------------------------------------------------------------------------


async def test_a_resource_without_work_is_withdrawn() -> None:
    """And may come back."""
    await staffed("ann").when(withdraw("ann")).idempotent().then(WITHDRAWN)
    back = ResourceAddedToProject(project=PLOT, resource=ANN)
    await staffed("ann").also(WITHDRAWN).when(take_in("ann")).then(back)


async def test_a_resource_that_was_never_there_is_not_withdrawn() -> None:
    """Nor one that is unknown."""
    await garden().also(define("ann")).when(withdraw("ann")).refused(Code.RESOURCE_NOT_IN_PROJECT)
    await garden().when(withdraw("ann")).refused(Code.RESOURCE_UNKNOWN)


async def test_work_still_to_come_keeps_a_resource() -> None:
    """The refusal names the tasks; what is done or deleted does not count."""
    busy = staffed("ann", a="", b="", c="").also(assign("ann", "a"), assign("ann", "b"), assign("ann", "c"))
    busy = busy.also(worked("ann", DAY, "b"), delete("c"))
    refusal = await busy.when(withdraw("ann")).refused(Code.RESOURCE_HAS_WORK, tasks=[str(A)])
    assert "'a'" in refusal.message
    more_left = busy.also(worked("ann", 100, "a"))
    await more_left.when(withdraw("ann")).refused(Code.RESOURCE_HAS_WORK)
    nothing_left = more_left.also(worked("ann", 110, "a", remaining_work=0))
    gone = (
        ResourceUnassigned(task=id_of("c"), resource=ANN),
        TaskUnstaffed(project=PLOT, resource=ANN, task=id_of("c")),
    )
    await nothing_left.when(withdraw("ann")).then(*gone, WITHDRAWN)


async def test_a_restored_task_does_not_bring_back_who_was_withdrawn() -> None:
    """The resource has left it; whoever restores it assigns another."""
    there = staffed("ann", a="").also(assign("ann"), delete("a"), withdraw("ann"), restore("a"))
    assert not (await there.state(staffing_at(PLOT, ANN))).tasks
    await there.when(unassign("ann")).nothing()


async def test_who_was_unassigned_has_no_work_to_come() -> None:
    """Whatever was left of it."""
    await staffed("ann", a="").also(assign("ann"), unassign("ann")).when(withdraw("ann")).then(WITHDRAWN)


async def test_a_material_is_needed_until_the_task_is_complete() -> None:
    """It does no work that could be left."""
    there = garden(a="").also(define("soil", type="material"), take_in("soil"), assign("soil", units=3))
    await there.when(withdraw("soil")).refused(Code.RESOURCE_HAS_WORK)
    finished = there.also(RecordProgress(project=PLOT, task=A, percent_complete=100))
    state = await finished.when(withdraw("soil")).state(staffing_at(PLOT, worker("soil")))
    assert not state.member


@pytest.mark.parametrize("type_", ["material", "cost"])
async def test_what_was_used_stays_when_it_is_withdrawn(type_: str) -> None:
    """On a finished task; a deleted one is left."""
    soil = worker("soil")
    there = garden(a="", b="").also(define("soil", type=type_), take_in("soil"))
    for task in ("a", "b"):
        there = there.also(assign("soil", task), RecordProgress(project=PLOT, task=id_of(task), percent_complete=100))
    left = (ResourceUnassigned(task=B, resource=soil), TaskUnstaffed(project=PLOT, resource=soil, task=B))
    gone = ResourceWithdrawn(project=PLOT, resource=soil)
    await there.also(delete("b")).when(withdraw("soil")).idempotent().then(*left, gone)


async def test_an_archived_project_keeps_its_staff() -> None:
    """It is read-only."""
    archived = staffed("ann").also(define("bob"), ArchiveProject(project=PLOT))
    for command in (take_in("bob"), envelope(planned=DAY), withdraw("ann")):
        await archived.when(command).refused(Code.PROJECT_ARCHIVED)


async def test_what_was_changed_meanwhile_is_not_overwritten() -> None:
    """Assigning is no such change: it is the tasks'."""
    there = staffed("ann", a="").also(assign("ann"), envelope(planned=DAY))
    for command in (envelope(planned=0), withdraw("ann")):
        refusal = await there.when(command, expected=1).refused(Code.STALE_WRITE)
        assert refusal.details["changed"] == ["planned"]
    there = staffed("ann", a="", b="").also(assign("ann"))
    assert (await there.when(envelope(planned=2 * DAY), expected=1).answer()).tag == "3"  # type: ignore[union-attr]


def test_a_task_may_be_older_than_what_is_known_of_the_resource() -> None:
    """States are read from a cache: the one may tell of an assignment that the other does not know yet."""
    staffing = StaffingState(member=True, tasks=Map({A: True}), revision=1)
    task = TaskState(name="a", revision=1)
    plan = folded(PlanState(), TaskPlaced(task=A, rank="a0"))
    decided = decide_withdraw(withdraw("ann"), staffing, ResourceState(), plan, {A: task})
    assert isinstance(decided, Success)
