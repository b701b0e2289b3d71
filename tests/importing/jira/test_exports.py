"""What an import of Jira's own exports makes of a project, of the server and of the cloud."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands.account import DeleteAccount
from src.commands.breakdown import PLAN
from src.commands.codes import Code
from src.commands.plan import DeleteTask
from src.commands.task import AddTask, UpdateTask
from src.commands.task_state import TASK, TaskState
from src.commands.user import USER, RegisterUser
from src.importing.jira import taking
from src.importing.jira.people import people_of
from src.importing.plan_file import ImportRefused
from tests.acting import newcomer

from .made import ANN, CLOUD, PAGE, SERVER, change, issue, item
from .taken import Mover, read, states_at, written
from .taken import mover as new_mover


async def tasks(mover: Mover, project: UUID) -> dict[str, tuple[UUID, TaskState]]:
    """The tasks of the project, by the keys of their issues."""
    session = mover.app.commands.session(mover.actor.context())
    ids = list((await session.load(PLAN.at(project))).tasks)
    states = await session.load_all([TASK.at(id_) for id_ in ids])
    return {state.external_id or "": (id_, state) for id_, state in zip(ids, states, strict=True)}


async def test_an_export_of_a_server_arrives_whole(mover: Mover, tmp_path: Path) -> None:
    """Fields, name, notes, deadline, sub-task and persons; what was left out is told, and the end is compared."""
    report = await mover.take(read(written(tmp_path, PAGE)))
    assert (report.name, report.issues, report.changes) == ("Garden shed", 2, 11)
    found = await tasks(mover, report.project)
    (roof, state), (_, saw) = found["SHED-1"], found["SHED-2"]
    assert (state.name, state.notes) == ("Raise the roof", "All hands.\nWith care.")
    assert state.deadline == datetime(2024, 3, 29, 23, 59)
    fields = dict(state.fields)
    bob = UUID(str(fields.pop("assignee")))
    fields.pop("reporter")
    assert fields == {
        "Component": ("Roof", "Walls"),
        "Fix Version": ("1.0",),
        "Key": "SHED-1",
        "Project": "Garden shed",
        "Risk": "High",
        "duedate": "2024-03-29",
        "issuetype": "Task",
        "labels": ("roof", "wood"),
        "priority": "Major",
        "status": "Open",
    }
    assert saw.name == "Saw the beams"
    session = mover.app.commands.session(mover.actor.context())
    assert (await session.load(PLAN.at(report.project))).tasks[found["SHED-2"][0]].parent == roof
    known = await session.load(USER.at(bob))
    assert (known.username, known.name, known.email, known.active, known.roles) == (
        "bob",
        "Bob",
        "bob@example.org",
        False,
        frozenset(),
    )
    assert {left.kind: left.count for left in report.left_out} == {"custom fields without a name": 1}
    assert report.comparison is not None
    assert report.comparison.differences == ()
    assert report.comparison.fields["status"].of == 2


async def test_the_past_is_what_it_was_then(mover: Mover, tmp_path: Path) -> None:
    """At any moment by effective time: values before the first change are those that it says were there."""
    report = await mover.take(read(written(tmp_path, PAGE)))
    roof = (await tasks(mover, report.project))["SHED-1"][0]
    events = await mover.events(report.project)
    seen = []
    for day in (1, 2, 4, 5, 6):
        state = states_at(events, datetime(2024, 3, day, 12, tzinfo=UTC))[roof]
        fields = state.fields
        said = ("status", "resolution", "Fix Version", "labels")
        seen.append((*(fields.get(name) for name in said), "assignee" in fields))
    assert seen == [
        ("Open", None, None, ("roof",), False),
        ("Open", None, None, ("roof",), True),
        ("Done", "Fixed", ("1.0",), ("roof",), True),
        ("Done", "Fixed", ("1.0",), ("roof", "wood"), True),
        ("Open", None, ("1.0",), ("roof", "wood"), True),
    ]
    assert states_at(events, datetime(2024, 2, 28, tzinfo=UTC)) == {}
    authors = [json.loads(each.metadata).get("author") for each in events if each.type == "TaskFieldsSet"]
    assert authors.count(None) == 1  # who reopened it is not in the file
    assert all(json.loads(each.metadata)["actor"] == str(mover.actor.user) for each in events)


async def test_an_export_of_the_cloud_arrives_in_order_of_time(mover: Mover, tmp_path: Path) -> None:
    """The newest change comes first there; persons are numbers, and who has an account is that user."""
    eve = await newcomer(mover.app.commands)
    address = (await mover.app.commands.session(mover.actor.context()).load(USER.at(eve.user))).email
    told = deepcopy(CLOUD)
    told[0]["fields"]["creator"]["emailAddress"] = address
    told[0]["changelog"]["histories"][1]["author"]["emailAddress"] = address
    report = await mover.take(read(written(tmp_path, *told)))
    events = await mover.events(report.project)
    statuses = [
        (str(each.effective_at.date()), json.loads(each.data)["fields"]["status"])
        for each in events
        if each.type == "TaskFieldsSet" and "status" in json.loads(each.data)["fields"]
    ]
    assert statuses == [("2025-05-01", "To Do"), ("2025-05-02", "In Progress"), ("2025-05-03", "Done")]
    added = next(each for each in events if each.type == "TaskAdded")
    assert json.loads(added.metadata)["author"] == str(eve.user)
    assert (report.matched, report.recorded) in {(1, 1), (2, 0)}  # Ian may be there from another import
    assert {left.kind: left.count for left in report.left_out} == {"formatted texts": 1}


async def test_a_later_export_adds_what_is_new(mover: Mover, tmp_path: Path) -> None:
    """Neither the changes of the first nor its persons come twice; again it changes nothing."""
    first = await mover.take(read(written(tmp_path, PAGE)))
    later = deepcopy(PAGE)
    later["issues"][0]["changelog"]["histories"].append(
        change(9, "2024-04-01T08:00:00.000+0100", ANN, item("priority", "Major", "Minor"))
    )
    later["issues"][0]["fields"]["priority"] = {"name": "Minor"}
    later["issues"].append(
        issue(
            "SHED-3",
            "2024-04-02T09:00:00.000+0100",
            ANN,
            summary="Paint",
            project=PAGE["issues"][0]["fields"]["project"],
        )
    )
    file = read(written(tmp_path, later, name="later.json"))
    second = await mover.take(file)
    assert (second.project, second.recorded) == (first.project, 0)
    assert second.done == {"SetFields": 2, "AddTask": 1}
    assert second.left_out == first.left_out
    head = await mover.app.log.head()
    assert (await mover.take(file)).done == {}
    assert (await mover.take(read(written(tmp_path, PAGE)))).done == {}
    assert await mover.app.log.head() == head


@pytest.mark.parametrize("batch", [1, 3, 7])
async def test_what_was_interrupted_goes_on(
    mover: Mover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Wherever it ended, the same import does the rest: the tale is the one of an import that was not interrupted."""
    monkeypatch.setattr(taking, "BATCH", batch)
    file, half = read(written(tmp_path, PAGE)), RuntimeError("the power went")

    def stop(done: int, of: int) -> None:
        if done >= of * 3 // 4:
            raise half

    with pytest.raises(RuntimeError):
        await mover.take(file, progress=stop)
    project = (await mover.take(file)).project
    other = await new_mover(mover.app)
    await mover.same(project, (await other.take(file)).project)


async def test_what_somebody_changed_here_since_is_not_rewritten(mover: Mover, tmp_path: Path) -> None:
    """History runs forward: a later export of a task that was edited here is refused as a whole."""
    report = await mover.take(read(written(tmp_path, PAGE)))
    task = (await tasks(mover, report.project))["SHED-1"][0]
    await mover.actor.do(UpdateTask(project=report.project, task=task, notes="ours now"))
    later = deepcopy(PAGE)
    later["issues"][0]["changelog"]["histories"].append(
        change(9, "2024-04-01T08:00:00.000+0100", ANN, item("priority", "Major", "Minor"))
    )
    head = await mover.app.log.head()
    refusal = await mover.refused(read(written(tmp_path, later)))
    assert refusal.code is Code.EFFECTIVE_TIME_BACKWARDS
    ours = await mover.actor.project("Ours")
    await mover.actor.do(AddTask(project=ours, name="By hand"))
    assert (await mover.refused(read(written(tmp_path, PAGE)), project=ours)).code is Code.EFFECTIVE_TIME_BACKWARDS
    empty = await mover.actor.project("Empty")
    assert (await mover.take(read(written(tmp_path, PAGE)), project=empty)).project == empty
    assert await mover.app.log.head() > head


async def test_what_was_deleted_here_stays_so(mover: Mover, tmp_path: Path) -> None:
    """Tasks and accounts: a later export brings neither back, and says what it left out."""
    report = await mover.take(read(written(tmp_path, PAGE)))
    found = await tasks(mover, report.project)
    ann = UUID(str(found["SHED-1"][1].fields["reporter"]))
    await mover.actor.do(DeleteTask(project=report.project, task=found["SHED-2"][0]))
    await mover.actor.do(DeleteAccount(user=ann))
    later = deepcopy(PAGE)
    for each in later["issues"]:
        each["changelog"]["histories"].append(
            change(90, "2024-04-01T08:00:00.000+0100", ANN, item("priority", "Major", "Minor"))
        )
    again = await mover.take(read(written(tmp_path, later)))
    assert {left.kind: left.count for left in again.left_out}["issues deleted here"] == 1
    assert (await mover.app.commands.session(mover.actor.context(), fresh=True).load(USER.at(ann))).deleted
    assert again.recorded == 0


async def test_only_an_operator_writes_the_past(mover: Mover, tmp_path: Path) -> None:
    """A planner may make projects and edit plans, but not say what others did; nobody is recorded either."""
    planner = Mover(mover.app, await newcomer(mover.app.commands))
    head = await mover.app.log.head()
    refusal = await planner.refused(read(written(tmp_path, PAGE)))
    assert (refusal.code, refusal.details) == (Code.FORBIDDEN, {"permission": "service.operate"})
    assert await mover.app.log.head() == head


async def test_a_table_says_who_is_who(mover: Mover, tmp_path: Path) -> None:
    """Names in Jira are led to accounts here by a table, whatever they are called; a bad table is refused by line."""
    user, name = uuid4(), f"gardener-{uuid4().hex}"
    await mover.actor.do(RegisterUser(user=user, username=name, email=f"{name}@example.org", name="Gardener"))
    table = tmp_path / "people.csv"
    table.write_text(f"Ann,{name}\nBOB,{name}@example.org\n")
    report = await mover.take(read(written(tmp_path, PAGE)), people=people_of(table))
    state = (await tasks(mover, report.project))["SHED-1"][1]
    assert (state.fields["assignee"], state.fields["reporter"]) == (str(user), str(user))
    table.write_text("Ann,gardener\nBob\n")
    with pytest.raises(ImportRefused, match="line 2"):
        people_of(table)


async def test_issues_of_several_jira_projects_are_below_one_task_each(mover: Mover, tmp_path: Path) -> None:
    """An issue that moves between them keeps its identity and its past, and stands below the other from then on."""
    moved = issue(
        "BARN-4",
        "2024-01-01T09:00:00.000+0000",
        ANN,
        change(
            1,
            "2024-02-01T09:00:00.000+0000",
            ANN,
            item("Project", "Garden shed", "Barn", from_="1", to="2"),
            item("Key", "SHED-9", "BARN-4"),
        ),
        summary="Hinges",
    )
    report = await mover.take(read(written(tmp_path, *SERVER, moved)))
    found = await tasks(mover, report.project)
    session = mover.app.commands.session(mover.actor.context())
    plan = await session.load(PLAN.at(report.project))
    assert plan.tasks[found["BARN-4"][0]].parent == found["BARN"][0]
    assert plan.tasks[found["SHED-1"][0]].parent == found["SHED"][0]
    assert found["BARN-4"][1].fields["Key"] == "BARN-4"
    events = await mover.events(report.project)
    before = states_at(events, datetime(2024, 1, 2, tzinfo=UTC))
    assert before[found["BARN-4"][0]].fields["Key"] == "SHED-9"


async def test_into_a_project_by_name(mover: Mover, tmp_path: Path) -> None:
    """One that is not there is made; the next import by that name goes into it."""
    file = read(written(tmp_path, PAGE))
    first = await mover.take(file, project="Move")
    assert first.name == "Move"
    assert (await mover.take(file, project="move")).project == first.project
    assert (await mover.refused(file, project=uuid4())).code is Code.NOT_FOUND
