"""Idempotency-Key: what was asked twice is done once."""

import asyncio

import pytest
from uuid_utils.compat import uuid4

from src.testing.http import problem

from .world import World


@pytest.mark.parametrize("key", ["my key", "4f1d2c58-7a0e-4b36-9a55-0d6c3a0f7e11", "é".encode().decode("latin-1")])
async def test_the_same_again_answers_the_same(world: World, key: str) -> None:
    """A repeated command has the answer of the first, to the header, and makes nothing."""
    headers = {"Idempotency-Key": key.encode("latin-1")}
    first, again = [
        await world.owner.ask("POST", f"{world.path}/tasks", json={"name": "Rake"}, headers=headers) for _ in range(2)
    ]
    assert (first.status_code, first.json(), first.headers["etag"], first.headers["location"]) == (
        again.status_code,
        again.json(),
        again.headers["etag"],
        again.headers["location"],
    )
    world.owner.seen = first.json()["position"]
    names = [task["name"] for page in await world.owner.pages(f"{world.path}/tasks") for task in page]
    assert names == ["Dig", "Sow", "Water", "Rake"]


async def test_a_repeated_refusal_is_the_same_refusal(world: World) -> None:
    """What was refused once is refused again in the same words, even when it would be allowed by now."""
    body = {"predecessor": world.tasks[1], "successor": world.tasks[0]}
    headers = {"Idempotency-Key": "backwards"}
    first = await world.owner.ask("POST", f"{world.path}/links", json=body, headers=headers)
    await world.owner.do("DELETE", f"{world.path}/links/{world.link}")
    again = await world.owner.ask("POST", f"{world.path}/links", json=body, headers=headers)
    told, repeated = problem(first, 409, "LINK_CYCLE"), problem(again, 409, "LINK_CYCLE")
    assert (told["detail"], told["details"]) == (repeated["detail"], repeated["details"])


async def test_a_stale_change_may_be_repeated_with_the_present_tag(world: World) -> None:
    """412 is not kept under the key: the same key serves the attempt that comes after reading again."""
    stale = {"If-Match": '"1"', "Idempotency-Key": "rename"}
    problem(await world.owner.ask("PATCH", world.path, json={"name": "Later"}, headers=stale), 412, "STALE_WRITE")
    tag = (await world.owner.get(world.path)).headers["etag"]
    await world.owner.do("PATCH", world.path, {"name": "Later"}, if_match=tag, idempotency_key="rename")


@pytest.mark.parametrize("change", ["body", "path", "reason", "tag"])
async def test_a_key_stands_for_one_content(world: World, change: str) -> None:
    """Another content under a used key is refused: COMMAND_ID_REUSED."""
    path, other = [f"{world.path}/tasks/{task}" for task in world.tasks[:2]]
    await world.owner.do("PATCH", path, {"name": "Rake"}, idempotency_key="k")
    body = {"name": "Hoe"} if change == "body" else {"name": "Rake"}
    body |= {"reason": "why not"} if change == "reason" else {}
    headers = {"Idempotency-Key": "k"} | ({"If-Match": '"2.1"'} if change == "tag" else {})
    answer = await world.owner.ask("PATCH", other if change == "path" else path, json=body, headers=headers)
    problem(answer, 422, "COMMAND_ID_REUSED")


async def test_keys_are_each_callers_own(world: World) -> None:
    """Two people may use one key for different things."""
    names = {"owner": "Rake", "editor": "Hoe"}
    for who, name in names.items():
        await getattr(world, who).do("POST", f"{world.path}/tasks", {"name": name}, idempotency_key="k")
    world.owner.seen = world.editor.seen
    made = [task["name"] for page in await world.owner.pages(f"{world.path}/tasks") for task in page]
    assert made[3:] == ["Rake", "Hoe"]


async def test_a_racing_repeat_gets_the_winners_answer(world: World) -> None:
    """The same command ten times at once is done once, and all ten are told the same."""
    headers, body = {"Idempotency-Key": str(uuid4())}, {"name": "Rake"}
    answers = await asyncio.gather(
        *(world.owner.ask("POST", f"{world.path}/tasks", json=body, headers=headers) for _ in range(10))
    )
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].status_code == 201


async def test_what_is_already_so_says_that_nothing_changed(world: World) -> None:
    """A command that finds its wish fulfilled is accepted, and answers that it changed nothing."""
    task = f"{world.path}/tasks/{world.tasks[0]}"
    assert (await world.owner.do("PATCH", task, {"name": "Dig"}))["changed"] is False
    assert (await world.owner.do("PATCH", task, {"name": "Rake"}))["changed"] is True


async def test_a_key_is_not_empty_nor_endless(still: World) -> None:
    """A key of no characters, or of more than 255, answers 422."""
    for key in ("", "k" * 256):
        headers = {"Idempotency-Key": key}
        answer = await still.owner.ask("PATCH", still.path, json={"name": "Later"}, headers=headers)
        problem(answer, 422, "INVALID_REQUEST")
