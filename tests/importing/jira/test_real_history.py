"""437 issues with 3,244 changes that teams made over three years, where they are at hand."""

import json
import random
from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

import pytest

from src.commands.breakdown import PLAN
from src.commands.task_state import TASK, TaskState
from src.events import RecordedEvent
from src.importing.jira.taking import JiraReport
from src.projections.planned import INPUTS
from src.queries.moment import moment_in
from src.queries.reading import reading
from src.queries.task import list_tasks
from src.queries.user import get_user
from src.wiring import App

from .stories import PEOPLE, SEVERAL, SINGLE, Line, last_word, stories, time_of
from .taken import EVENTS, FINAL, Mover, mover, read, real_lines, states_at

pytestmark = pytest.mark.skipif(not EVENTS.is_file(), reason=f"the real history is not at {EVENTS}")

MOMENTS = 200
AS_OF = 10


class Taken(NamedTuple):
    """The history in a project of its own."""

    mover: Mover
    report: JiraReport
    events: list[RecordedEvent]


@pytest.fixture(scope="session")
async def taken(shared: App) -> Taken:
    """Imported once for all."""
    who = await mover(shared)
    report = await who.take(read(EVENTS, final=FINAL))
    return Taken(who, report, await who.events(report.project))


@pytest.fixture(scope="session")
def lines() -> list[Line]:
    """The file, a line each, with its time."""
    return [{**line, "when": datetime.fromisoformat(line["at"])} for line in real_lines(EVENTS)]


@pytest.fixture(scope="session")
def final() -> dict[str, Line]:
    """What the issues are in the end, by key."""
    return {line["issue"]: line for line in real_lines(FINAL)}


def issues_of(states: dict[UUID, TaskState], keys: set[str]) -> dict[str, TaskState]:
    """The tasks that are issues, by key."""
    return {state.external_id: state for state in states.values() if state.external_id in keys}


def named(people: dict[str, str], state: TaskState, field: str) -> str | None:
    """What the task holds in a field of one value; of a person the name in Jira."""
    value = state.fields.get(field)
    assert value is None or isinstance(value, str)
    return people[value] if value is not None and field in PEOPLE else value


def counted(state: TaskState, field: str) -> Counter[str]:
    """What the task holds in a field of several values."""
    value = state.fields.get(field, ())
    return Counter(last_word(field, text) for text in ((value,) if isinstance(value, str) else value))


async def names_of_people(taken: Taken) -> dict[str, str]:
    """What those are called in Jira whom the import has recorded, by id."""
    await taken.mover.app.runner.catch_up_all()
    said = [(json.loads(each.metadata).get("author"), json.loads(each.data)) for each in taken.events]
    ids = {author for author, _ in said if author is not None}
    ids |= {who for _, data in said if "fields" in data for who in map(data["fields"].get, PEOPLE) if who is not None}
    found = {}
    async with reading(taken.mover.app.readers) as read_:
        for id_ in ids:
            user = await get_user(read_, taken.mover.app.keyring, UUID(id_))
            assert user is not None
            assert (user.active, user.roles, user.email) == (False, (), None)
            found[id_] = user.username
    return found


async def test_the_end_is_the_final_state(taken: Taken, lines: list[Line], final: dict[str, Line]) -> None:
    """Fifteen fields of 437 issues are exactly those of the other file; the import itself says so as well."""
    people = await names_of_people(taken)
    end = datetime.max.replace(tzinfo=taken.events[0].effective_at.tzinfo)
    issues = issues_of(states_at(taken.events, end), set(final))
    exact: Counter[str] = Counter()
    for key, said in final.items():
        state = issues[key]
        for field, name in SINGLE.items():
            value = None if said[name] is None else str(said[name])
            exact[field] += named(people, state, field) == value
        for field, name in SEVERAL.items():
            values = [each["other"] if field == "Link" else each for each in said[name]]
            exact[field] += counted(state, field) == Counter(values)
    assert exact == dict.fromkeys((*SINGLE, *SEVERAL), 437)
    comparison = taken.report.comparison
    assert comparison is not None
    assert {name: (each.exact, each.of) for name, each in comparison.fields.items()} == dict.fromkeys(exact, (437, 437))
    assert comparison.differences == ()
    assert (taken.report.issues, taken.report.changes, taken.report.recorded + taken.report.matched) == (437, 3244, 215)
    assert taken.report.left_out == ()


async def test_creation_resolution_and_sub_tasks_are_those_of_the_final_state(
    taken: Taken, final: dict[str, Line]
) -> None:
    """Created to the millisecond; resolved within two seconds, but for one; the 60 sub-tasks are below theirs."""
    created, resolved = {}, {}
    for each in taken.events:
        data = json.loads(each.data)
        if each.type == "TaskAdded":
            created[data["task"]] = (data.get("external_id"), each.effective_at)
        if each.type == "TaskFieldsSet" and "resolution" in data["fields"] and "as the file" not in each.metadata:
            resolved[data["task"]] = each.effective_at
    times = {key: (at, resolved.get(task)) for task, (key, at) in created.items() if key in final}
    assert {key: at for key, (at, _) in times.items()} == {
        key: datetime.fromisoformat(line["created"]) for key, line in final.items()
    }
    late = timedelta(seconds=2)
    resolved_then = [
        abs(at - datetime.fromisoformat(line["resolutiondate"])) < late
        for key, line in final.items()
        if (at := times[key][1]) is not None
    ]
    assert (len(resolved_then), sum(resolved_then)) == (437, 436)
    plan = await taken.mover.app.commands.session(taken.mover.actor.context()).load(PLAN.at(taken.report.project))
    tasks = {key: UUID(task) for task, (key, _) in created.items()}
    below = 0
    for key, line in final.items():
        if line["parent"] in final:
            assert plan.tasks[tasks[key]].parent == tasks[line["parent"]]
            below += 1
    assert below == 60


async def test_any_moment_is_what_the_file_says_of_it(taken: Taken, lines: list[Line], final: dict[str, Line]) -> None:
    """At 200 random moments, half of them the very times of changes, the log folded by effective time is the file."""
    dice = random.Random(437)
    people = await names_of_people(taken)
    told = stories(lines, final)
    begin, end = time_of(lines[0]), time_of(lines[-1])
    moments = [begin + dice.random() * (end - begin) for _ in range(MOMENTS // 2)]
    moments += [time_of(dice.choice(lines)) for _ in range(MOMENTS // 2)]
    compared = 0
    lives: dict[UUID, list[tuple[datetime, TaskState]]] = defaultdict(list)
    for each in taken.events:  # in order of position, in which a task's effective time never runs backwards
        if each.stream.startswith("task-"):
            life = lives[UUID(json.loads(each.data)["task"])]
            assert not life or life[-1][0] <= each.effective_at
            state = TASK.evolve(life[-1][1] if life else TASK.initial, each.event, each.version)
            life.append((each.effective_at, state))
    for moment in moments:
        places = {task: bisect_right(life, moment, key=itemgetter(0)) for task, life in lives.items()}
        issues = issues_of({task: lives[task][place - 1][1] for task, place in places.items() if place}, set(final))
        assert set(issues) == {key for key, story in told.items() if story.created <= moment}
        for key, state in issues.items():
            for field in SINGLE:
                expected = told[key].single(field, moment)
                assert named(people, state, field) == expected, (key, field, moment)
            for field in SEVERAL:
                assert counted(state, field) == told[key].several(field, moment), (key, field, moment)
            compared += len(SINGLE) + len(SEVERAL)
    assert compared > 200_000


async def test_any_moment_can_be_read_as_of_then(taken: Taken, lines: list[Line], final: dict[str, Line]) -> None:
    """What a reader is told of a time at which nothing of this was here yet is what the file says of it."""
    app, dice = taken.mover.app, random.Random(437)
    people = await names_of_people(taken)
    told = stories(lines, final)
    for moment in [time_of(dice.choice(lines)) for _ in range(AS_OF)]:
        async with reading(app.readers) as read_:
            then = await moment_in(read_, app.log, taken.report.project, moment)
        assert then.late == ()
        async with app.past.reading(taken.report.project, then, INPUTS) as read_:
            tasks = (await list_tasks(read_, taken.report.project, limit=10_000)).items
        issues = {task.external_id: task for task in tasks if task.external_id in final}
        assert set(issues) == {key for key, story in told.items() if story.created <= moment}
        for key, task in issues.items():
            for field in ("status", "resolution", "assignee", "priority"):
                value = task.fields.get(field)
                said = people[str(value)] if value is not None and field in PEOPLE else value
                assert said == told[key].single(field, moment), (key, field, moment)


async def test_every_change_has_its_actor_and_its_time(taken: Taken, lines: list[Line]) -> None:
    """Each of the 3,244 lines is in an event of its issue at its time by its author, which names its field.

    But for 36, of which one takes away what is called like that which the other brings, as when an issue moves between
    projects that have components of one name: nothing is called otherwise then.
    """
    people = await names_of_people(taken)
    found: dict[tuple[str, datetime, str], set[str]] = defaultdict(set)
    keys: dict[str, str] = {}
    for each in taken.events:
        data = json.loads(each.data)
        if each.type == "TaskAdded":
            keys[data["task"]] = data.get("external_id", "")
        author = json.loads(each.metadata).get("author")
        if author is None or "task" not in data:
            continue
        names = {*data.get("fields", ()), *data.get("removed", ())} if each.type == "TaskFieldsSet" else set()
        own = {"name": "summary", "notes": "description"}
        names |= {own[name] for name in data if name in own}
        names |= {"created"} if each.type == "TaskAdded" else set()
        found[keys[data["task"]], each.effective_at, people[author]] |= names
    counts = {"Comment": "Comment changes", "WorklogId": "Worklog changes"}
    missing = [
        line
        for line in lines
        if counts.get(field := line.get("field", "created"), field)
        not in found[line["issue"], time_of(line), line["actor"]]
    ]
    assert len(missing) == 36
    net: Counter[tuple[str, ...]] = Counter()
    for line in missing:
        where = line["issue"], line["at"], line["actor"], line["field"]
        net[*where, str(line["toString"])] += 1
        net[*where, str(line["fromString"])] -= 1
    assert not any(net.values())


async def test_again_it_changes_nothing(taken: Taken) -> None:
    """The same file finds all of it there."""
    head = await taken.mover.app.log.head()
    again = await taken.mover.take(read(EVENTS, final=FINAL))
    assert (again.project, again.done, again.recorded) == (taken.report.project, {}, 0)
    assert again.comparison == taken.report.comparison
    assert await taken.mover.app.log.head() == head


async def test_the_read_model_shows_the_end(taken: Taken, final: dict[str, Line]) -> None:
    """Status, name and progress of every task, below the summary of its Jira project."""
    await taken.mover.app.runner.catch_up_all()
    async with reading(taken.mover.app.readers) as read_:
        tasks = (await list_tasks(read_, taken.report.project, limit=10_000)).items
    shown = {task.external_id: task for task in tasks}
    assert {key: shown[key].fields["status"] for key in final} == {key: line["status"] for key, line in final.items()}
    tops = {task.external_id for task in tasks if task.level == 1}
    assert {"ANY23", "CB", "DRILL", "TEZ"} <= tops
    assert len(tops) == 21
    assert all(task.percent_complete == 100 for task in tasks if not task.summary and task.external_id in final)
