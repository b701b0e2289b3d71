"""Any sequence of commands on a plan: whatever is accepted or refused, what has to hold of a plan holds.

The shape of the tree is compared with one kept by hand in `test_breakdown`; here it is all commands together.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from src.commands.assignment import Assign, Unassign
from src.commands.assignment_change import SetWork
from src.commands.breakdown import PLAN, PlanState
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.link import ChangeLink, LinkTasks, UnlinkTasks
from src.commands.loop import Accepted, CommandLoop
from src.commands.plan import DeleteTask, MoveTask, RestoreTask
from src.commands.progress import DONE, RecordProgress
from src.commands.project import CreateProject
from src.commands.resource import DefineResource
from src.commands.result import Failure
from src.commands.staffing import AddResourceToProject
from src.commands.task import AddTask, SetConstraint, SetDuration
from src.commands.task_fields import SetFields
from src.commands.task_schedule import SetDeadline, SetMode, SetPriority, SetTaskType, SplitTask
from src.commands.task_state import TASK, TaskState
from src.events.notice import NoticeEvent
from src.scheduling import Constraint, ConstraintType, Duration, LinkType, Split, TaskMode, TaskType
from src.testing import NOW, context
from src.testing.memory import KEYRING, MemoryLog
from tests.commands.plans import cyclic, task_id
from tests.examples import examples

PROJECT, CREW = UUID(int=10**6), UUID(int=10**7)
LEVELS = 4
DAY = 4800
PICK = st.integers(0, 60)
PERCENT = st.none() | st.sampled_from([0, 1, 40, DONE])
DATE = st.none() | st.sampled_from([NOW.replace(tzinfo=None) + timedelta(days=day) for day in (-3, -1, 0, 2)])
TENTHS = st.sampled_from([0, 600, DAY, 3 * DAY])
FIELDS = st.dictionaries(st.sampled_from("abc"), st.just("one") | st.just(("one", "two")), max_size=2)
REASON = st.none() | st.just("so it is")


class PlanMachine(RuleBasedStateMachine):
    """Gives commands to a real command loop, each twice."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = pytest.MonkeyPatch()
        self.levels.setattr("src.commands.plan.MAX_DEPTH", LEVELS)
        self.levels.setattr("src.commands.task.MAX_DEPTH", LEVELS)
        self.running = asyncio.new_event_loop()
        self.log = MemoryLog()
        self.commands = CommandLoop(self.log, KEYRING)
        self.made = 0
        self.plan, self.tasks = PlanState(), dict[UUID, TaskState]()

    def teardown(self) -> None:
        self.running.run_until_complete(self.commands.close())
        self.running.close()
        self.levels.undo()

    @initialize(tops=st.integers(1, 4), above=st.lists(PICK, max_size=4))
    def draw(self, tops: int, above: list[int]) -> None:
        self.give(CreateProject(project=PROJECT, name="Garden"), refused=Code.ALREADY_EXISTS)
        self.give(DefineResource(resource=CREW, name="Crew", max_units=Decimal(4)), refused=Code.ALREADY_EXISTS)
        self.give(AddResourceToProject(project=PROJECT, resource=CREW))
        for parent in [*[0] * tops, *above]:
            self.add(above=parent, position=None, tenths=DAY)

    # --- the tree and the links

    @rule(above=PICK, position=st.none() | st.integers(1, 4), tenths=TENTHS)
    def add(self, above: int, position: int | None, tenths: int) -> None:
        self.made += 1
        new, parent = task_id(self.made), self.some(above, top=True)
        duration = Duration(tenths=tenths)
        self.give(
            AddTask(project=PROJECT, task=new, parent=parent, position=position, name="Dig", duration=duration),
            refused=Code.ALREADY_EXISTS,
        )

    @rule(which=PICK, above=PICK, position=st.none() | st.integers(1, 4))
    def move(self, which: int, above: int, position: int | None) -> None:
        parent = self.some(above, top=True)
        self.give(MoveTask(project=PROJECT, task=self.task(which), parent=parent, position=position))

    @rule(which=PICK)
    def delete(self, which: int) -> None:
        self.give(DeleteTask(project=PROJECT, task=self.task(which)))

    @rule(which=PICK)
    def restore(self, which: int) -> None:
        gone = sorted(self.plan.removed) or [self.task(which)]
        self.give(RestoreTask(project=PROJECT, task=gone[which % len(gone)]))

    @rule(one=PICK, other=PICK, kind=st.sampled_from(LinkType))
    def link(self, one: int, other: int, kind: LinkType) -> None:
        self.made += 1
        new, predecessor, successor = task_id(self.made), self.task(one), self.task(other)
        self.give(LinkTasks(project=PROJECT, link=new, predecessor=predecessor, successor=successor, type=kind))

    @rule(which=PICK, kind=st.none() | st.sampled_from(LinkType))
    def change_or_unlink(self, which: int, kind: LinkType | None) -> None:
        links = sorted(self.plan.links) or [task_id(0)]
        link = links[which % len(links)]
        if kind is None:
            self.give(UnlinkTasks(project=PROJECT, link=link), refused=Code.LINK_UNKNOWN)
        else:
            self.give(ChangeLink(project=PROJECT, link=link, type=kind))

    # --- what is said of a task

    @rule(which=PICK, tenths=TENTHS, elapsed=st.booleans())
    def duration(self, which: int, tenths: int, elapsed: bool) -> None:
        self.give(self.on(SetDuration, which, duration=Duration(tenths=tenths, elapsed=elapsed)))

    @rule(which=PICK, kind=st.sampled_from(ConstraintType), date=DATE)
    def constraint(self, which: int, kind: ConstraintType, date: datetime | None) -> None:
        constraint = Constraint(type=kind, date=(date or NOW.replace(tzinfo=None)) if kind.dated else None)
        self.give(self.on(SetConstraint, which, constraint=constraint))

    @rule(which=PICK, mode=st.sampled_from(TaskMode), start=DATE, finish=DATE)
    def mode(self, which: int, mode: TaskMode, start: datetime | None, finish: datetime | None) -> None:
        dates = {"start": start, "finish": finish} if mode is TaskMode.MANUAL else {}
        self.give(self.on(SetMode, which, mode=mode, **dates))

    @rule(which=PICK, kind=st.sampled_from(TaskType), effort_driven=st.none() | st.booleans())
    def task_type(self, which: int, kind: TaskType, effort_driven: bool | None) -> None:
        self.give(self.on(SetTaskType, which, type=kind, effort_driven=effort_driven))

    @rule(which=PICK, priority=st.integers(0, 1000), deadline=DATE)
    def priority_and_deadline(self, which: int, priority: int, deadline: datetime | None) -> None:
        self.give(self.on(SetPriority, which, priority=priority))
        self.give(self.on(SetDeadline, which, deadline=deadline))

    @rule(which=PICK, fields=FIELDS, removed=st.sets(st.sampled_from("ab")))
    def fields(self, which: int, fields: dict[str, Any], removed: set[str]) -> None:
        gone = tuple(sorted(removed - fields.keys()))
        self.give(self.on(SetFields, which, fields=fields, removed=gone))

    @rule(which=PICK, splits=st.lists(st.tuples(TENTHS, TENTHS), max_size=2))
    def split(self, which: int, splits: list[tuple[int, int]]) -> None:
        wanted = tuple(Split(after=after, gap=gap) for after, gap in splits)
        self.give(self.on(SplitTask, which, splits=wanted))

    @rule(
        which=PICK,
        percent=PERCENT,
        physical=PERCENT,
        remaining=st.none() | TENTHS,
        start=DATE,
        finish=DATE,
        reason=REASON,
    )
    def progress(
        self,
        which: int,
        percent: int | None,
        physical: int | None,
        remaining: int | None,
        start: datetime | None,
        finish: datetime | None,
        reason: str | None,
    ) -> None:
        said = {"percent_complete": percent, "physical_percent": physical, "remaining": remaining}
        report = self.on(RecordProgress, which, actual_start=start, actual_finish=finish, **said)
        self.give(report, reason=reason)

    @rule(which=PICK, work=st.none() | TENTHS)
    def assign(self, which: int, work: int | None) -> None:
        self.give(self.on(Assign, which, resource=CREW, work=work), refused=Code.ALREADY_ASSIGNED)

    @rule(which=PICK, work=TENTHS)
    def work(self, which: int, work: int) -> None:
        self.give(self.on(SetWork, which, resource=CREW, work=work))

    @rule(which=PICK)
    def unassign(self, which: int) -> None:
        self.give(self.on(Unassign, which, resource=CREW), refused=Code.NOT_ASSIGNED)

    # --- what always holds

    @invariant()
    def the_tree_is_one(self) -> None:
        for task in self.plan.tasks:
            above = list(self.plan.ancestors(task))
            assert task not in above
            assert len(above) == len(set(above)) < LEVELS
        for parent, siblings in self.plan.children.items():
            prefix = f"{self.plan.wbs(parent)}." if parent else ""
            codes = [self.plan.wbs(task) for _, task in siblings]
            assert codes == [f"{prefix}{number}" for number in range(1, len(siblings) + 1)]

    @invariant()
    def nothing_waits_for_itself(self) -> None:
        pairs = [(link.predecessor, link.successor) for link in self.plan.links.values()]
        assert len(pairs) == len(set(pairs))
        assert {task for pair in pairs for task in pair} <= set(self.plan.tasks)
        assert not cyclic(self.plan)

    @invariant()
    def a_summary_has_nothing_of_its_own_that_counts(self) -> None:
        for task in filter(self.plan.is_summary, self.plan.tasks):
            state = self.tasks[task]
            own = (state.has_progress, state.must_start_or_finish, state.staffed)
            assert own == (False, False, False)

    @invariant()
    def every_task_makes_sense(self) -> None:
        for state in self.tasks.values():
            _interruptions_make_sense(state)
            _progress_makes_sense(state)
            assert state.mode is TaskMode.MANUAL or (state.manual_start, state.manual_finish) == (None, None)
            if state.manual_start and state.manual_finish:
                assert state.manual_start <= state.manual_finish
                assert state.manual_start == state.manual_finish or state.duration.tenths
            assert state.effort_driven or state.type is not TaskType.FIXED_WORK

    # --- how it is done

    def some(self, number: int, *, top: bool = False) -> UUID | None:
        choices = [*([None] if top else []), *sorted(self.plan.tasks)]
        return choices[number % len(choices)] if choices else None

    def task(self, number: int) -> UUID:
        """One of the plan; where it is empty, one that never was."""
        return self.some(number) or task_id(0)

    def on(self, command: Callable[..., Command], which: int, **fields: Any) -> Command:
        return command(project=PROJECT, task=self.task(which), **fields)

    def give(self, command: Command, *, refused: Code | None = None, **circumstances: Any) -> None:
        """Refused it leaves no event, and is refused again; accepted it is quiet, or `refused` as too late."""
        answer, happened = self.told(command, circumstances)
        again, nothing = self.told(command, circumstances)
        assert not nothing
        if isinstance(answer, Failure):
            assert not happened
            assert answer == again
        else:
            assert answer.changed == bool(happened)
            assert again.code is refused if isinstance(again, Failure) else not again.changed
            self.plan, self.tasks = self.running.run_until_complete(self.states())

    def told(self, command: Command, circumstances: Mapping[str, Any]) -> tuple[Accepted | Failure, list[Any]]:
        before = len(self.log.recorded)
        given = self.commands.execute(command, context(now=NOW, **circumstances))
        answer = self.running.run_until_complete(given)
        return answer, [each for each in self.log.recorded[before:] if not isinstance(each.event, NoticeEvent)]

    async def states(self) -> tuple[PlanState, dict[UUID, TaskState]]:
        session = self.commands.session(context())
        plan = await session.load(PLAN.at(PROJECT))
        ids = [*plan.tasks, *(task for gone in plan.removed.values() for task, _ in gone.tasks)]
        return plan, dict(zip(ids, await session.load_all([TASK.at(task) for task in ids]), strict=True))


def _interruptions_make_sense(state: TaskState) -> None:
    afters = [split.after for split in state.splits]
    assert afters == sorted(set(afters))
    assert all(split.gap > 0 for split in state.splits)
    assert all(0 < after < state.duration.tenths for after in afters)
    assert not (afters and state.duration.elapsed)


def _progress_makes_sense(state: TaskState) -> None:
    assert (state.percent_complete == DONE) == (state.actual_finish is not None)
    if state.percent_complete or state.physical_percent or state.remaining is not None or state.actual_finish:
        assert state.actual_start is not None
    if state.actual_start and state.actual_finish:
        assert state.actual_start <= state.actual_finish
    if state.remaining is not None:
        assert state.remaining > 0
        assert state.percent_complete < DONE
        assert state.duration.tenths > 0


TestPlan = PlanMachine.TestCase
TestPlan.settings = settings(examples(60), stateful_step_count=40)
