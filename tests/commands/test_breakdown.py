"""Any sequence of decisions on a plan, against an outline and a list of links kept by hand."""

from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from src.commands.breakdown import PLAN, PlanState
from src.commands.codes import Code
from src.commands.link import LinkTasks, UnlinkTasks, decide_link, decide_unlink
from src.commands.plan import DeleteTask, MoveTask, RestoreTask, decide_delete, decide_move, decide_restore
from src.commands.result import Failure, Result, Success
from src.commands.task import AddTask, decide_add
from src.commands.task_state import TaskState
from src.events.plan import TasksRestored
from src.events.task import TaskAdded
from tests.commands.plans import cyclic, linked, task_id
from tests.examples import examples

PROJECT = UUID(int=0)
POSITIONS = st.none() | st.integers(1, 5)
PICK = st.integers(0, 1000)


@dataclass
class Outline:
    """The plan as a person would draw it: the children of each task, in order."""

    children: dict[UUID | None, list[UUID]] = field(default_factory=dict)

    def put(self, task: UUID, parent: UUID | None, position: int | None) -> None:
        siblings = self.children.setdefault(parent, [])
        siblings.insert(len(siblings) if position is None else position - 1, task)

    def take(self, task: UUID) -> None:
        for siblings in self.children.values():
            if task in siblings:
                siblings.remove(task)

    def below(self, task: UUID) -> list[UUID]:
        return [task, *(each for child in self.children.get(task, []) for each in self.below(child))]

    def codes(self, parent: UUID | None = None, prefix: str = "") -> dict[UUID, str]:
        found: dict[UUID, str] = {}
        for number, child in enumerate(self.children.get(parent, []), 1):
            found |= {child: f"{prefix}{number}"} | self.codes(child, f"{prefix}{number}.")
        return found


class PlanMachine(RuleBasedStateMachine):
    """Gives commands; each is decided, folded, compared with the outline, and decided once more."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = PlanState()
        self.version = 0
        self.outline = Outline()
        self.links: dict[UUID, tuple[UUID, UUID]] = {}
        self.gone: dict[UUID, list[UUID]] = {}
        self.made = 0

    # --- what may be asked

    @initialize(tops=st.integers(2, 4), above=st.lists(PICK, max_size=4))
    def draw(self, tops: int, above: list[int]) -> None:
        for parent in [*[0] * tops, *above]:
            self.add(above=parent, position=None)

    @rule(above=PICK, position=POSITIONS)
    def add(self, above: int, position: int | None) -> None:
        self.made += 1
        task, parent = task_id(self.made), self._some(above, top=True)
        command = AddTask(project=PROJECT, task=task, parent=parent, position=position, name="Dig")
        result = decide_add(command, task, self.plan, TaskState(), _state(parent))
        assert isinstance(result, Success)
        self._fold(result)
        self.outline.put(task, parent, position)
        again = decide_add(command, task, self.plan, TaskState(revision=1), _state(parent))
        assert isinstance(again, Failure)
        assert again.code is Code.ALREADY_EXISTS

    @precondition(lambda self: self.plan.tasks)
    @rule(which=PICK, above=PICK, position=POSITIONS)
    def move(self, which: int, above: int, position: int | None) -> None:
        task, parent = self._some(which), self._some(above, top=True)
        assert task is not None
        command = MoveTask(project=PROJECT, task=task, parent=parent, position=position)
        result = self._move(command)
        if isinstance(result, Failure):
            if result.code is Code.PARENT_CYCLE:
                assert parent in self.outline.below(task)
            else:
                assert result.code is Code.LINK_CYCLE
            return
        self._fold(result)
        self.outline.take(task)
        self.outline.put(task, parent, position)
        assert self._move(command) == Success()

    @precondition(lambda self: self.plan.tasks)
    @rule(which=PICK)
    def delete(self, which: int) -> None:
        task = self._some(which)
        assert task is not None
        self._fold(decide_delete(DeleteTask(project=PROJECT, task=task), self.plan))
        self.gone[task] = self.outline.below(task)
        self.outline.take(task)
        taken = {link for link, ends in self.links.items() if {*ends} & {*self.gone[task]}}
        self.links = {link: ends for link, ends in self.links.items() if link not in taken}
        for below in self.gone[task]:
            assert decide_delete(DeleteTask(project=PROJECT, task=below), self.plan) == Success()

    @precondition(lambda self: self.gone)
    @rule(which=PICK)
    def restore(self, which: int) -> None:
        task = sorted(self.gone)[which % len(self.gone)]
        had = self.plan.removed[task]
        home = had.tasks[0][1].parent
        result = self._restore(task)
        assert isinstance(result, Success)
        ((_, event),) = result.events
        assert isinstance(event, TasksRestored)
        self._fold(result)
        assert list(event.subtree) == self.gone.pop(task)
        assert event.parent == (home if home in self.plan.tasks else None)
        place = [child for _, child in self.plan.children[event.parent]].index(task)
        self.outline.put(task, event.parent, place + 1)
        self.links |= {link: (was.predecessor, was.successor) for link, was in had.links if link in event.links}
        for link, was in had.links:
            if link not in event.links and {was.predecessor, was.successor} <= set(self.plan.tasks):
                assert cyclic(linked(self.plan, was.predecessor, was.successor))
        assert self._restore(task) == Success()

    @precondition(lambda self: self.plan.tasks)
    @rule(one=PICK, other=PICK)
    def link(self, one: int, other: int) -> None:
        predecessor, successor = self._some(one), self._some(other)
        assert predecessor is not None
        assert successor is not None
        self.made += 1
        link = task_id(self.made)
        command = LinkTasks(project=PROJECT, link=link, predecessor=predecessor, successor=successor)
        result = decide_link(command, link, self.plan)
        if isinstance(result, Failure):
            twice = (predecessor, successor) in self.links.values()
            assert twice or cyclic(linked(self.plan, predecessor, successor))
            return
        self._fold(result)
        self.links[link] = (predecessor, successor)
        assert decide_link(command, link, self.plan) == Success(ids={"link": str(link)})

    @precondition(lambda self: self.links)
    @rule(which=PICK)
    def unlink(self, which: int) -> None:
        link = sorted(self.links)[which % len(self.links)]
        del self.links[link]
        command = UnlinkTasks(project=PROJECT, link=link)
        self._fold(decide_unlink(command, self.plan))
        again = decide_unlink(command, self.plan)
        assert isinstance(again, Failure)
        assert again.code is Code.LINK_UNKNOWN

    # --- what always holds

    @invariant()
    def the_outline_is_the_one_drawn(self) -> None:
        for parent, siblings in self.plan.children.items():
            assert siblings
            assert list(siblings) == sorted(siblings)
            assert parent is None or parent in self.plan.tasks
            assert [task for _, task in siblings] == self.outline.children[parent]
            for rank, task in siblings:
                assert (self.plan.tasks[task].rank, self.plan.tasks[task].parent) == (rank, parent)
        assert {task: self.plan.wbs(task) for task in self.plan.tasks} == self.outline.codes()

    @invariant()
    def the_links_are_those_made(self) -> None:
        assert {id_: (link.predecessor, link.successor) for id_, link in self.plan.links.items()} == self.links
        for side, end in ((self.plan.outgoing, 0), (self.plan.incoming, 1)):
            assert {task: set(links) for task, links in side.items()} == {
                ends[end]: {link for link, others in self.links.items() if others[end] == ends[end]}
                for ends in self.links.values()
            }

    @invariant()
    def nothing_waits_for_itself(self) -> None:
        assert not cyclic(self.plan)

    # --- how it is done

    def _some(self, number: int, *, top: bool = False) -> UUID | None:
        choices = [*([None] if top else []), *sorted(self.plan.tasks)]
        return choices[number % len(choices)]

    def _move(self, command: MoveTask) -> Result:
        return decide_move(command, self.plan, _state(command.parent), self.version + 1)

    def _restore(self, task: UUID) -> Result:
        return decide_restore(
            RestoreTask(project=PROJECT, task=task), self.plan, TaskState(revision=1), self.version + 1
        )

    def _fold(self, result: Result) -> None:
        assert isinstance(result, Success)
        for _, event in result.events:
            if not isinstance(event, TaskAdded):
                self.version += 1
                self.plan = PLAN.evolve(self.plan, event, self.version)


def _state(task: UUID | None) -> TaskState | None:
    return None if task is None else TaskState(revision=1)


TestPlan = PlanMachine.TestCase
TestPlan.settings = settings(examples(100), stateful_step_count=30)
