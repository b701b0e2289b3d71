"""What commands would do to the dates of a project, before they are given."""

from typing import Any
from uuid import uuid4

import pytest

from src.config import Settings
from src.testing import request
from src.testing.http import served
from tests.queries.test_schedule import ANN, BOB, DAY, DIG, GROUND, PATH, PLAN, REST, SOW


def asked(command: str, **fields: Any) -> Any:
    """The request."""
    return request("POST", f"{PATH}/preview", {"command": command, "fields": fields})


async def test_what_would_move_is_told_and_nothing_moves(settings: Settings) -> None:
    """Which tasks, from when to when, by how much; the same as when it is done."""
    longer = {"task": str(DIG), "duration": {"tenths": 3 * DAY}}
    async with served(settings) as service:
        told = (await PLAN.on(service).when(asked("SetDuration", **longer), by=ANN).then(200)).json()
        head = await service.app.log.head()
        assert (told["changed"], told["events"], told["moved"], told["added"]) == (True, ["TaskDurationChanged"], 3, 0)
        finishes = (told["before"]["finish"], told["after"]["finish"])
        assert finishes == ("2026-03-06T17:00:00", "2026-03-09T17:00:00")
        assert told["finish"] == {"tenths": DAY, "days": 3}
        moves = {move["wbs"]: move for move in told["moves"]}
        assert moves["2"]["before"]["start"] == "2026-03-06T08:00:00"
        assert moves["2"]["after"]["start"] == "2026-03-09T08:00:00"
        assert moves["2"]["start"] == {"tenths": DAY, "days": 3}
        assert (moves["1.2"]["change"], moves["1.2"]["start"]) == ("slack", {"tenths": 0, "days": 0})
        ann = await service.speaking_for(ANN)
        seen = (await ann.get(f"{PATH}/schedule/{SOW}")).json()
        assert seen["start"] == "2026-03-06T08:00:00"
        await ann.do("PUT", f"{PATH}/tasks/{DIG}/duration", {"duration": {"tenths": 3 * DAY}})
        seen = (await ann.get(f"{PATH}/schedule/{SOW}")).json()
        assert (seen["start"], seen["finish"]) == (moves["2"]["after"]["start"], moves["2"]["after"]["finish"])
        assert head < await service.app.log.head()


async def test_several_commands_are_tried_as_one(settings: Settings) -> None:
    """What is added and what is removed is told as well."""
    new = str(uuid4())
    commands = [
        {"command": "AddTask", "fields": {"task": new, "name": "Water", "duration": {"tenths": 9 * DAY}}},
        {"command": "LinkTasks", "fields": {"predecessor": new, "successor": str(SOW)}},
        {"command": "DeleteTask", "fields": {"task": str(REST)}},
    ]
    wanted = request("POST", f"{PATH}/preview", {"commands": commands, "limit": 10})
    told = (await PLAN.on(settings).when(wanted, by=ANN).then(200)).json()
    assert {(move["name"], move["change"]) for move in told["moves"]} >= {("Water", "added"), ("Rest", "removed")}
    assert (told["added"], told["removed"]) == (1, 1)
    assert told["after"]["finish"] == "2026-03-13T17:00:00"


async def test_commands_are_named_as_their_operations(settings: Settings) -> None:
    """So what is about a calendar of the project names no project."""
    calendar = str(uuid4())
    made = {"name": "Crew", "time_zone": "UTC"}
    commands = [
        {"command": "CreateCalendarInProject", "fields": {"calendar": calendar, **made}},
        {"command": "SetWeekdayInProject", "fields": {"calendar": calendar, "weekday": "FR", "hours": []}},
        {"command": "SetTaskCalendar", "fields": {"task": str(SOW), "calendar": calendar}},
    ]
    wanted = request("POST", f"{PATH}/preview", {"commands": commands})
    told = (await PLAN.on(settings).when(wanted, by=ANN).then(200)).json()
    assert "2" in {move["wbs"] for move in told["moves"]}


async def test_what_would_not_be_kept_is_told(sqlite_settings: Settings) -> None:
    """Only what is kept now."""
    deadline = {"task": str(SOW), "deadline": "2026-03-05T17:00:00"}
    told = (await PLAN.on(sqlite_settings).when(asked("SetDeadline", **deadline), by=ANN).then(200)).json()
    assert ("2", "DEADLINE_MISSED") in {(each["wbs"], each["code"]) for each in told["findings"]}


async def test_a_plan_that_would_have_no_schedule_says_why(sqlite_settings: Settings) -> None:
    """It is an answer: the command may be given all the same."""
    late = {"task": str(DIG), "constraint": {"type": "SNET", "date": "9999-12-30T08:00:00"}}
    told = (await PLAN.on(sqlite_settings).when(asked("SetConstraint", **late), by=ANN).then(200)).json()
    assert told["after"]["code"] == "DATE_OUT_OF_RANGE"
    assert (told["moves"], told["finish"]) == ([], None)


async def test_a_command_that_would_be_refused_is_refused(sqlite_settings: Settings) -> None:
    """With its own problem."""
    cycle = asked("LinkTasks", predecessor=str(SOW), successor=str(DIG))
    await PLAN.on(sqlite_settings).when(cycle, by=ANN).refused(409, "LINK_CYCLE")


@pytest.mark.parametrize(
    "body",
    [
        {"command": "SetDuration", "fields": {"task": "x"}},
        {"command": "SetDuration", "fields": {"task": str(DIG), "duration": {"tenths": 10**30}}},
        {"command": "RegisterUser", "fields": {}},
        {"command": "Nothing"},
        {"command": "DeleteCalendarInProject", "fields": {"calendar": str(GROUND), "project": None}},
        {"command": "SetDurationInProject", "fields": {"task": str(DIG), "duration": {"tenths": DAY}}},
        {"command": "DeleteTask", "fields": {"task": str(DIG), "project": str(GROUND)}},
    ],
    ids=str,
)
async def test_what_is_no_command_on_this_plan_is_refused(sqlite_settings: Settings, body: dict[str, Any]) -> None:
    """Wherever it is wrong."""
    wanted = request("POST", f"{PATH}/preview", body)
    await PLAN.on(sqlite_settings).when(wanted, by=ANN).refused(422, "COMMAND_NOT_PREVIEWED")


@pytest.mark.parametrize("body", [None, {}, {"command": "SetDuration", "commands": []}, {"commands": []}], ids=str)
async def test_one_command_or_several_are_named(sqlite_settings: Settings, body: dict[str, Any] | None) -> None:
    """Not both, and not none."""
    wanted = request("POST", f"{PATH}/preview", body)
    await PLAN.on(sqlite_settings).when(wanted, by=ANN).refused(422, "INVALID_REQUEST")


async def test_outsiders_preview_nothing(sqlite_settings: Settings) -> None:
    """They do not learn that there is a project."""
    await PLAN.on(sqlite_settings).when(asked("DeleteTask", task=str(DIG)), by=BOB).refused(404, "NOT_FOUND")
