"""ETag and If-Match: who changes what another has changed meanwhile is told."""

import asyncio

import pytest

from src.testing.http import Person, problem

from .test_operations import give
from .world import World

MADE = {"AddTask", "LinkTasks", "UnlinkTasks", "DefineRole", "CreateCalendar", "CreateCalendarInProject"}
MADE |= {"DefineResource", "DefineResourceInProject", "WithdrawResource", "Assign", "AddResourceToProject"}
"""What answers with a tag of something else than the path names."""
ASKED = {"preview"}
"""What is posted, and changes nothing."""


def where(world: World, name: str) -> str | None:
    """The resource that a command of the document changes."""
    request = world.requests()[name]
    calendars: tuple[str, ...] = f"calendars/{world.calendar}", f"{world.path}/calendars/{world.own_calendar}"
    resources = f"resources/{world.resource}", f"{world.path}/resources/{world.own_resource}"
    staff = [f"{world.path}/staff/{each}" for each in (world.resource, world.own_resource)]
    assignment = f"{world.path}/tasks/{world.tasks[1]}/assignments/{world.own_resource}"
    calendars = (*calendars, *resources, *staff, assignment)
    for resource in (f"{world.path}/tasks/{world.tasks[0]}", f"{world.path}/links/{world.link}", *calendars):
        if request.path.startswith(resource):
            return resource
    if request.path.startswith("roles/"):
        return f"roles/{world.role}"
    if request.path.startswith("users/"):
        return f"users/{world.outsider.user}"
    return world.path if request.path.startswith(world.path) else None


async def etag(person: Person, path: str) -> str:
    """The tag that a reader is given."""
    return str((await person.get(path)).headers["etag"])


async def test_what_a_reader_sees_may_be_changed(whole: World) -> None:
    """The tag of a GET is good for every command that compares one."""
    operations = whole.operations()
    for name, request in whole.requests().items():
        if "412" in operations[name]["responses"]:
            person: Person = getattr(whole, request.who)
            resource = where(whole, name)
            assert resource is not None
            tag = await etag(person, resource)
            answer = await give(person, request, headers={"If-Match": tag})
            assert answer.is_success, f"{name}: {answer.text}"
            person.seen = whole.owner.seen = answer.json()["position"]
            if name == "UnlinkTasks":
                first, second, _ = whole.tasks
                whole.link = await whole.owner.make(f"{whole.path}/links", predecessor=first, successor=second)
            if name == "DeleteTask":
                await whole.owner.do("POST", f"{resource}/restore", {})


async def test_the_tag_of_a_command_is_that_of_the_next_read(whole: World) -> None:
    """Who has changed something may change it again without reading it in between."""
    tagged = set()
    for name, request in whole.requests().items():
        if request.method == "GET" or request.once or name in ASKED:
            continue
        person: Person = getattr(whole, request.who)
        answer = await give(person, request)
        person.seen = whole.owner.seen = answer.json()["position"]
        resource = where(whole, name)
        if (tag := answer.headers.get("etag")) and name not in (
            "AddTask",
            "LinkTasks",
            "UnlinkTasks",
            "DefineRole",
            *MADE,
        ):
            assert resource is not None
            assert await etag(person, resource) == tag, name
            tagged.add(name)
    assert {"ChangeProfile", "RenameProject", "AddMember", "UpdateTask", "RecordProgress", "ChangeLink"} <= tagged


async def test_what_is_made_has_a_tag_and_a_place(world: World) -> None:
    """A task and a link that are made answer with the tag and the address that they can be read under."""
    task = await world.owner.ask("POST", f"{world.path}/tasks", json={"name": "Rake"})
    ends = {"predecessor": world.tasks[0], "successor": task.json()["ids"]["task"]}
    link = await world.owner.ask("POST", f"{world.path}/links", json=ends)
    world.owner.seen = link.json()["position"]
    for made in (task, link):
        read = await world.owner.get(made.headers["location"])
        assert read.headers["etag"] == made.headers["etag"]
        assert read.json()["id"] in made.json()["ids"].values()


async def test_a_stale_change_is_told_what_was_changed(world: World) -> None:
    """412 names the revision that is there now and the fields changed since; nothing was changed."""
    task = f"{world.path}/tasks/{world.tasks[0]}"
    stale = await etag(world.owner, task)
    await world.editor.do("PATCH", task, {"name": "Dig deeper"})
    now = await world.editor.do("PUT", f"{task}/duration", {"duration": {"tenths": 600}})
    answer = await world.owner.ask("PATCH", task, json={"name": "Dig less"}, headers={"If-Match": stale})
    details = problem(answer, 412, "STALE_WRITE")["details"]
    assert details["expected"] == int(stale.strip('"').partition(".")[0])
    assert f'"{details["revision"]}.' in now["etag"] + "."
    assert details["changed"] == ["duration", "name"]
    world.owner.seen = now["position"]
    assert (await world.owner.get(task)).json()["name"] == "Dig deeper"


async def test_a_move_and_an_edit_do_not_collide(world: World) -> None:
    """The attributes of a task and its place have revisions of their own in one tag."""
    task = f"{world.path}/tasks/{world.tasks[0]}"
    seen = await etag(world.owner, task)
    await world.editor.do("PATCH", task, {"name": "Dig deeper"})
    await world.owner.do("POST", f"{task}/move", {"position": 3}, if_match=seen)
    answer = await world.editor.ask("POST", f"{task}/move", json={"position": 2}, headers={"If-Match": seen})
    problem(answer, 412, "STALE_WRITE")


async def test_neighbours_of_a_moved_task_keep_their_tags(world: World) -> None:
    """A move changes the WBS codes of others, and the revision of the moved task only."""
    others = [f"{world.path}/tasks/{task}" for task in world.tasks[1:]]
    before = [await etag(world.owner, other) for other in others]
    await world.owner.do("POST", f"{world.path}/tasks/{world.tasks[0]}/move", {"position": 3})
    assert [await etag(world.owner, other) for other in others] == before
    assert (await world.owner.get(others[0])).json()["wbs"] == "1"


@pytest.mark.parametrize("tag", ["*", 'W/"{}"', ' "{}" '])
async def test_a_tag_may_be_any_or_weak(world: World, tag: str) -> None:
    """An asterisk stands for whatever is there, and a tag that a proxy has weakened for itself."""
    project = f"{world.path}"
    value = (await etag(world.owner, project)).strip('"')
    await world.owner.do("PATCH", project, {"name": f"Renamed {tag}"}, if_match=tag.format(value))


@pytest.mark.parametrize(
    "tag", ["7", '"', '""', '"1", "2"', '"x"', '"-1"', '"1.2.3"', '"٣"'.encode().decode("latin-1")]
)
async def test_a_tag_that_is_none_is_refused(still: World, tag: str) -> None:
    """What was never given as a tag answers 422."""
    headers = {"If-Match": tag.encode("latin-1")}
    answer = await still.owner.ask("PATCH", still.path, json={"name": "Renamed"}, headers=headers)
    problem(answer, 422, "INVALID_IF_MATCH")


async def test_a_revision_far_from_any_is_only_stale(still: World) -> None:
    """The largest number that a tag may hold answers 412 like any other revision that is not there."""
    for command in ("UpdateTask", "MoveTask", "ChangeLink", "RenameProject"):
        answer = await give(still.owner, still.requests()[command], headers={"If-Match": f'"{"9" * 18}"'})
        problem(answer, 412, "STALE_WRITE")


async def test_of_two_changes_of_one_state_one_is_stale(world: World) -> None:
    """Two editors who change what they both have seen at the same moment: one is told, however they race."""
    task = f"{world.path}/tasks/{world.tasks[0]}"
    tag = await etag(world.owner, task)
    answers = await asyncio.gather(
        *(
            world.editor.ask("PATCH", task, json={"name": f"Dig {number}"}, headers={"If-Match": tag})
            for number in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]
