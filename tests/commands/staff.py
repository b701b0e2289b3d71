"""People and things that work in the garden: resources by name, and what is done with them there."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from src.commands.actual_work import RecordActualWork
from src.commands.assignment import Assign, Unassign
from src.commands.assignment_change import ChangeUnits, SetAssignmentDelay, SetWork
from src.commands.command import Command
from src.commands.resource import DeactivateResource, DefineResource
from src.commands.staffing import AddResourceToProject, WithdrawResource
from src.events.task import TaskDurationChanged, TaskTypeSet
from src.scheduling import Duration, TaskType
from src.testing import Given
from tests.commands.garden import PLOT, garden, id_of

DAY = 8 * 60 * 10
"""In tenths of a minute."""


def worker(name: str) -> UUID:
    """The id of the resource of that name."""
    return uuid5(UUID(int=2), name)


def define(name: str, **fields: Any) -> DefineResource:
    """A shared resource, unless a project is given."""
    return DefineResource(resource=worker(name), name=name, **fields)


def take_in(name: str, **fields: Any) -> AddResourceToProject:
    """It is in the project from then on."""
    return AddResourceToProject(project=PLOT, resource=worker(name), **fields)


def withdraw(name: str) -> WithdrawResource:
    """It leaves the project."""
    return WithdrawResource(project=PLOT, resource=worker(name))


def deactivate(name: str) -> DeactivateResource:
    """A shared resource."""
    return DeactivateResource(resource=worker(name))


def staffed(*names: str, **outline: str) -> Given:
    """A plan with these tasks, and work resources that are shared and in the project."""
    facts: list[Command] = [define(name, max_units=2) for name in names]
    return garden(**outline).also(*facts, *[take_in(name) for name in names])


def assign(name: str, task: str = "a", **fields: Any) -> Assign:
    """The resource works on the task."""
    return Assign(project=PLOT, task=id_of(task), resource=worker(name), **fields)


def unassign(name: str, task: str = "a") -> Unassign:
    """Not any more."""
    return Unassign(project=PLOT, task=id_of(task), resource=worker(name))


def change_units(name: str, units: Any, task: str = "a") -> ChangeUnits:
    """So much of the resource."""
    return ChangeUnits(project=PLOT, task=id_of(task), resource=worker(name), units=units)


def set_work(name: str, work: int, task: str = "a") -> SetWork:
    """So much work."""
    return SetWork(project=PLOT, task=id_of(task), resource=worker(name), work=work)


def set_delay(name: str, delay: int, task: str = "a") -> SetAssignmentDelay:
    """So much later than the task."""
    return SetAssignmentDelay(project=PLOT, task=id_of(task), resource=worker(name), delay=delay)


def worked(name: str, actual_work: int, task: str = "a", **fields: Any) -> RecordActualWork:
    """So much is done."""
    return RecordActualWork(project=PLOT, task=id_of(task), resource=worker(name), actual_work=actual_work, **fields)


def of_type(type_: TaskType, *, effort_driven: bool = False) -> TaskTypeSet:
    """The task is of this type from then on."""
    return TaskTypeSet(task=A, type=type_, effort_driven=effort_driven)


def lasts(tenths: int) -> TaskDurationChanged:
    """The task."""
    return TaskDurationChanged(task=A, duration=Duration(tenths=tenths))


ONE, TWO, HALF = Decimal(1), Decimal(2), Decimal("0.5")
ANN, BOB, A = worker("ann"), worker("bob"), id_of("a")
THERE = staffed("ann", "bob", a="")
BUSY = THERE.also(assign("ann"))
"""One task, two people in the project; and one of them on the task."""
