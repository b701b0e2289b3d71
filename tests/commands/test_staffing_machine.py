"""Resources and assignments, in any order of commands, against a model that is plain."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from src.commands.codes import Code
from src.commands.command import Command
from src.commands.loop import CommandLoop
from src.commands.project import CreateProject
from src.commands.resource import DeactivateResource, DefineResource, ReactivateResource
from src.commands.result import Failure
from src.commands.staffing import AddResourceToProject, WithdrawResource
from src.commands.staffing_state import staffing_at
from src.commands.task_state import TASK
from src.scheduling.work import work_of
from src.testing import context
from src.testing.memory import KEYRING, MemoryLog
from tests.commands.garden import PLOT, add, id_of
from tests.commands.staff import DAY, assign, change_units, set_work, unassign, worked, worker
from tests.examples import examples

NAMES, TASKS, MOST = ("ann", "bob", "soil"), ("a", "b"), Decimal(2)
names, tasks = st.sampled_from(NAMES), st.sampled_from(TASKS)
people = st.sampled_from(NAMES[:2])
units = st.sampled_from([Decimal("0.5"), Decimal(1), MOST, Decimal("2.5")])
work = st.integers(1, 4 * DAY)


@dataclass
class Model:
    """What a person would keep on a sheet: who is active, who is in the project, who is on what with work left."""

    active: set[str] = field(default_factory=lambda: set(NAMES))
    members: set[str] = field(default_factory=set)
    assigned: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By task and resource: whether something is left to do."""

    def busy(self, name: str) -> bool:
        """Whether the resource has work to come anywhere."""
        return any(left for (_, who), left in self.assigned.items() if who == name)


class Staffing(RuleBasedStateMachine):
    """Every command is accepted exactly when the model says so."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.commands = CommandLoop(MemoryLog(), KEYRING)
        self.model = Model()

    def teardown(self) -> None:
        """The loop is the machine's own."""
        self.loop.run_until_complete(self.commands.close())
        self.loop.close()

    def give(self, command: Command) -> Code | None:
        """The code with which it was refused."""
        answer = self.loop.run_until_complete(self.commands.execute(command, context()))
        return answer.code if isinstance(answer, Failure) else None

    def usable(self, name: str) -> Code | None:
        """Why the resource cannot be put on anything."""
        if name not in self.model.members:
            return Code.RESOURCE_NOT_IN_PROJECT
        return None if name in self.model.active else Code.RESOURCE_INACTIVE

    @initialize()
    def begin(self) -> None:
        """A plan of two tasks, and three resources."""
        kinds: list[dict[str, Any]] = [{"max_units": MOST}, {"max_units": MOST}, {"type": "material"}]
        defined = [
            DefineResource(resource=worker(name), name=name, **kind) for name, kind in zip(NAMES, kinds, strict=True)
        ]
        for command in (CreateProject(project=PLOT, name="Garden"), *[add(task) for task in TASKS], *defined):
            assert self.give(command) is None

    @rule(name=names)
    def deactivate(self, name: str) -> None:
        """Always possible."""
        assert self.give(DeactivateResource(resource=worker(name))) is None
        self.model.active.discard(name)

    @rule(name=names)
    def reactivate(self, name: str) -> None:
        """Always possible."""
        assert self.give(ReactivateResource(resource=worker(name))) is None
        self.model.active.add(name)

    @rule(name=names)
    def take_in(self, name: str) -> None:
        """One that is active, or there already."""
        there = name in self.model.members | self.model.active
        code = self.give(AddResourceToProject(project=PLOT, resource=worker(name)))
        assert code == (None if there else Code.RESOURCE_INACTIVE)
        if there:
            self.model.members.add(name)

    @rule(name=names)
    def withdraw(self, name: str) -> None:
        """One that has nothing left to do; what was done stays, and the rest is ended."""
        code = self.give(WithdrawResource(project=PLOT, resource=worker(name)))
        if name not in self.model.members:
            assert code in (None, Code.RESOURCE_NOT_IN_PROJECT)
        elif self.model.busy(name):
            assert code is Code.RESOURCE_HAS_WORK
        else:
            assert code is None
            self.model.members.discard(name)

    @rule(name=names, task=tasks, of=units)
    def assign(self, name: str, task: str, of: Decimal) -> None:
        """An active resource of the project, once, and no more of it than there is."""
        code = self.give(assign(name, task, units=of))
        if expected := self.usable(name):
            assert code is expected
        elif (task, name) in self.model.assigned:
            assert code in (None, Code.ALREADY_ASSIGNED)
        elif of > MOST and name != "soil":
            assert code is Code.UNITS_OVER_MAXIMUM
        else:
            assert code is None
            self.model.assigned[task, name] = True

    @rule(name=people, task=tasks, of=units)
    def change_units(self, name: str, task: str, of: Decimal) -> None:
        """Of who is there, and no more than there is."""
        code = self.give(change_units(name, of, task))
        if (task, name) not in self.model.assigned:
            assert code is Code.NOT_ASSIGNED
        elif expected := self.usable(name):
            assert code is expected
        else:
            assert code == (Code.UNITS_OVER_MAXIMUM if of > MOST else None)

    @rule(name=people, task=tasks, amount=work)
    def set_work(self, name: str, task: str, amount: int) -> None:
        """Of who is there, not below what is done."""
        code = self.give(set_work(name, amount, task))
        if (task, name) not in self.model.assigned:
            assert code is Code.NOT_ASSIGNED
        elif expected := self.usable(name):
            assert code is expected
        elif code is None:
            self.model.assigned[task, name] = self.assignment(name, task).to_come > 0
        else:
            assert code is Code.WORK_BELOW_ACTUAL
            assert amount < self.assignment(name, task).actual_work

    @rule(name=people, task=tasks)
    def finish(self, name: str, task: str) -> None:
        """All the work is done."""
        if (task, name) not in self.model.assigned:
            assert self.give(worked(name, 1, task)) is Code.NOT_ASSIGNED
            return
        done = max(self.assignment(name, task).work, self.assignment(name, task).actual_work, 1)
        assert self.give(worked(name, done, task, remaining_work=0)) is None
        self.model.assigned[task, name] = False

    @rule(name=names, task=tasks)
    def unassign(self, name: str, task: str) -> None:
        """Whoever is there; who was there once is not there already."""
        code = self.give(unassign(name, task))
        there = self.model.assigned.pop((task, name), None) is not None
        assert code is None if there else code in (None, Code.NOT_ASSIGNED)

    def assignment(self, name: str, task: str) -> Any:
        """As the log has it."""
        session = self.commands.session(context())
        state = self.loop.run_until_complete(session.load(TASK.at(id_of(task))))
        return state.assignments[worker(name)]

    @invariant()
    def both_sides_agree(self) -> None:
        """What the tasks say of their resources is what the resources say of their tasks, and the model of both."""
        session = self.commands.session(context())
        states = {task: self.loop.run_until_complete(session.load(TASK.at(id_of(task)))) for task in TASKS}
        for name in NAMES:
            staffing = self.loop.run_until_complete(session.load(staffing_at(PLOT, worker(name))))
            on = {task for task in TASKS if self.live(states[task], name)}
            assert {id_of(task) for task in on} == set(staffing.tasks)
            assert on == {task for task, who in self.model.assigned if who == name}
            assert staffing.member == (name in self.model.members)
            for task in on if name != "soil" else ():
                self.work_fits(states[task], name)

    def live(self, state: Any, name: str) -> bool:
        """Whether the resource is on the task."""
        assignment = state.assignments.get(worker(name))
        return assignment is not None and assignment.live

    def work_fits(self, state: Any, name: str) -> None:
        """Nobody works for longer than the task lasts, nor more than there is of them."""
        assignment = state.assignments[worker(name)]
        assert assignment.units <= MOST
        assert assignment.work <= work_of(state.duration.tenths + 1, assignment.units)


Staffing.TestCase.settings = settings(examples(40), stateful_step_count=30)
test_any_order_of_commands = Staffing.TestCase
