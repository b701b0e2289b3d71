"""Assignments: who is on which task, how much of them, for how much work, and what is done of it."""

from decimal import Decimal
from uuid import UUID

from src.commands.assignment import Assign
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.project import ArchiveProject, CreateProject
from src.commands.task import SetDuration
from src.commands.task_state import TASK
from src.events.staffing import TaskStaffed
from src.events.task import (
    AssignmentDelaySet,
    AssignmentUnitsChanged,
    AssignmentWorkSet,
    ResourceAssigned,
)
from src.scheduling import Duration, ResourceType, TaskType
from tests.commands.garden import PLOT, add, delete, garden, id_of, move, outline, restore
from tests.commands.staff import (
    ANN,
    BOB,
    BUSY,
    DAY,
    HALF,
    ONE,
    THERE,
    TWO,
    A,
    assign,
    change_units,
    deactivate,
    define,
    lasts,
    of_type,
    set_delay,
    set_work,
    staffed,
    take_in,
    unassign,
    withdraw,
    worked,
    worker,
)


def staffed_by(resource: UUID) -> TaskStaffed:
    """It is on the task."""
    return TaskStaffed(project=PLOT, resource=resource, task=A)


# --- assigning ----------------------------------------------------------------------------------------------------


async def test_a_resource_is_assigned_for_as_long_as_the_task_lasts() -> None:
    """In the task's stream, and in the one that who withdraws it reads."""
    assigned = ResourceAssigned(task=A, resource=ANN, units=ONE, work=DAY)
    accepted = await THERE.when(assign("ann")).idempotent().then(assigned, staffed_by(ANN))
    assert accepted.tag == "2"


async def test_half_a_resource_does_half_the_work() -> None:
    """As much as it can in the time after its delay."""
    assigned = ResourceAssigned(task=A, resource=ANN, units=HALF, work=DAY // 4, delay=DAY // 2)
    await THERE.when(assign("ann", units=HALF, delay=DAY // 2)).then(assigned, staffed_by(ANN))


async def test_effort_is_shared_by_who_joins() -> None:
    """The others have less to do, and the task is over sooner."""
    driven = BUSY.also(of_type(TaskType.FIXED_UNITS, effort_driven=True))
    await driven.when(assign("bob")).then(
        ResourceAssigned(task=A, resource=BOB, units=ONE, work=DAY // 2),
        lasts(DAY // 2),
        AssignmentWorkSet(task=A, resource=ANN, work=DAY // 2),
        staffed_by(BOB),
    )


async def test_work_that_is_given_makes_the_task_longer() -> None:
    """Of fixed units or work; in a fixed duration more of the resource is needed."""
    long = ResourceAssigned(task=A, resource=ANN, units=ONE, work=2 * DAY)
    await THERE.when(assign("ann", work=2 * DAY)).then(long, lasts(2 * DAY), staffed_by(ANN))
    fixed = THERE.also(of_type(TaskType.FIXED_DURATION))
    many = ResourceAssigned(task=A, resource=ANN, units=TWO, work=2 * DAY)
    await fixed.when(assign("ann", work=2 * DAY)).then(many, staffed_by(ANN))


async def test_an_assignment_can_be_taken_over_as_it_is() -> None:
    """As from a file, where work, units and duration need not fit together."""
    for type_ in TaskType:
        taken = ResourceAssigned(task=A, resource=ANN, units=HALF, work=3 * DAY, external_id="7")
        command = assign("ann", units=HALF, work=3 * DAY, keeps_duration=True, external_id="7")
        await THERE.also(of_type(type_)).when(command).then(taken, staffed_by(ANN))


async def test_a_material_is_counted_and_does_no_work() -> None:
    """The duration is not its doing, and there is no maximum of it."""
    there = BUSY.also(define("soil", type="material"), take_in("soil"))
    soil = worker("soil")
    three = ResourceAssigned(task=A, resource=soil, units=Decimal(3), work=0, type=ResourceType.MATERIAL)
    await there.when(assign("soil", units=3)).then(three, staffed_by(soil))
    await there.when(assign("soil", work=1)).refused(Code.NOT_FOR_RESOURCE_TYPE)
    used = there.also(assign("soil", units=3))
    five = AssignmentUnitsChanged(task=A, resource=soil, units=Decimal(5))
    await used.when(change_units("soil", 5)).idempotent().then(five)
    await used.when(set_work("soil", 1)).refused(Code.NOT_FOR_RESOURCE_TYPE)
    await used.when(set_work("soil", 0)).nothing()
    await used.when(worked("soil", 1)).refused(Code.NOT_FOR_RESOURCE_TYPE)
    later = AssignmentDelaySet(task=A, resource=soil, delay=600)
    await used.when(set_delay("soil", 600)).idempotent().then(later)
    await used.when(set_work("ann", 2 * DAY)).then(
        lasts(2 * DAY), AssignmentWorkSet(task=A, resource=ANN, work=2 * DAY)
    )


async def test_a_milestone_has_people_without_work() -> None:
    """Nothing is done in no time."""
    milestone = staffed("ann").also(add("a", duration=Duration(tenths=0)))
    nothing = ResourceAssigned(task=A, resource=ANN, units=ONE, work=0)
    await milestone.when(assign("ann")).then(nothing, staffed_by(ANN))
    fixed = milestone.also(of_type(TaskType.FIXED_DURATION), assign("ann"))
    await fixed.when(set_work("ann", 1)).refused(Code.WORK_OUT_OF_RANGE)


async def test_a_resource_is_on_a_task_once() -> None:
    """Otherwise than it is there is another command; the same is so already."""
    for command in (assign("ann", units=2), assign("ann", work=1), assign("ann", delay=1)):
        await BUSY.when(command).refused(Code.ALREADY_ASSIGNED)
    await BUSY.when(assign("ann", work=DAY)).nothing()


async def test_a_task_takes_an_active_resource_of_the_project() -> None:
    """Whichever of the three is missing is told."""
    elsewhere = UUID(int=77)
    there = THERE.also(
        define("outside"),
        define("gone"),
        take_in("gone"),
        deactivate("gone"),
        withdraw("bob"),
        CreateProject(project=elsewhere, name="Barn"),
        define("of the barn", project=elsewhere),
    )
    for name, code in (
        ("nobody", Code.RESOURCE_UNKNOWN),
        ("of the barn", Code.RESOURCE_UNKNOWN),
        ("outside", Code.RESOURCE_NOT_IN_PROJECT),
        ("bob", Code.RESOURCE_NOT_IN_PROJECT),
        ("gone", Code.RESOURCE_INACTIVE),
    ):
        await there.when(assign(name)).refused(code)


async def test_no_more_of_a_resource_than_there_is() -> None:
    """Neither by itself, nor as what follows from another duration."""
    over = {"resource": str(ANN), "units": "2.5", "max_units": "2"}
    for there, command in ((THERE, assign("ann", units="2.5")), (BUSY, change_units("ann", "2.5"))):
        await there.when(command).refused(Code.UNITS_OVER_MAXIMUM, **over)
    fixed = BUSY.also(of_type(TaskType.FIXED_WORK))
    shorter = SetDuration(project=PLOT, task=A, duration=Duration(tenths=DAY * 2 // 5))
    await fixed.when(shorter).refused(Code.UNITS_OVER_MAXIMUM, **over)
    half = SetDuration(project=PLOT, task=A, duration=Duration(tenths=DAY // 2))
    await fixed.when(half).then(lasts(DAY // 2), AssignmentUnitsChanged(task=A, resource=ANN, units=TWO))


# --- summaries ----------------------------------------------------------------------------------------------------


async def test_a_summary_carries_no_resources() -> None:
    """Its tasks do."""
    await staffed("ann", a="", b="a").when(assign("ann")).refused(Code.SUMMARY_HAS_NO_ASSIGNMENTS)


async def test_a_task_with_resources_does_not_become_a_summary() -> None:
    """Neither by a new task nor by one that is moved; also while only what was done is left of them."""
    there = staffed("ann", a="", b="").also(assign("ann"))
    for plan in (there, there.also(worked("ann", 1), unassign("ann"))):
        for command in (add("c", "a"), move("b", "a")):
            await plan.when(command).refused(Code.PARENT_HAS_ASSIGNMENTS)
    assert await outline(there.also(unassign("ann")).when(move("b", "a"))) == "1a 1.1b"


async def test_a_task_is_restored_beside_a_parent_that_has_resources_now() -> None:
    """At the top, which is told."""
    there = staffed("ann", a="", b="a").also(delete("b"), assign("ann")).when(restore("b"))
    assert await outline(there) == "1a 2b"


# --- all of them --------------------------------------------------------------------------------------------------


def _about(name: str, task: str = "a") -> list[Command]:
    return [
        change_units(name, 2, task),
        set_work(name, 2 * DAY, task),
        set_delay(name, 600, task),
        unassign(name, task),
        worked(name, 600, task),
    ]


async def test_an_assignment_must_be_there() -> None:
    """Never made, or not there any more; the last is what unassigning wants."""
    gone = BUSY.also(unassign("ann"))
    for command in _about("bob"):
        await BUSY.when(command).refused(Code.NOT_ASSIGNED)
    for command in _about("ann"):
        decision = gone.when(command)
        await (decision.nothing() if command == unassign("ann") else decision.refused(Code.NOT_ASSIGNED))


async def test_the_task_must_be_there() -> None:
    """Not deleted, and in a project that is not archived."""
    for command in (assign("bob"), *_about("ann")):
        await BUSY.also(delete("a")).when(command).refused(Code.TASK_DELETED)
        await BUSY.also(ArchiveProject(project=PLOT)).when(command).refused(Code.PROJECT_ARCHIVED)
    for command in (assign("bob", "x"), *_about("ann", "x")):
        await BUSY.when(command).refused(Code.TASK_UNKNOWN)


async def test_an_assignment_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """That of another resource on the task is another matter."""
    there = BUSY.also(change_units("ann", 2), assign("bob"))
    for command in _about("ann"):
        refusal = await there.when(command, expected=2).refused(Code.STALE_WRITE)
        assert refusal.details["changed"] == ["units"]
    assert (await there.when(unassign("ann"), expected=4).answer()).tag == "6"  # type: ignore[union-attr]


async def test_many_are_assigned_as_one() -> None:
    """A bulk sees what it has decided so far."""
    commands = [define("cleo"), take_in("cleo"), add("b"), assign("cleo", "b"), withdraw("cleo")]
    await garden().when(*commands).refused(Code.RESOURCE_HAS_WORK, command=5)
    state = await garden().when(*commands[:4]).state(TASK.at(id_of("b")))
    assert state.assignments[worker("cleo")].work == DAY


def test_one_of_a_resource_is_usual() -> None:
    """Nothing else has to be said."""
    assert Assign(project=PLOT, task=A, resource=ANN).units == ONE
