# ruff: noqa: RUF001 - letters that look like others are what is tested
"""Values at the edges: what may be said in any script comes back as it was, and nothing else gets in."""

import pytest

from src.testing.http import problem

from .world import World

TEXTS = (
    "Дом у озера",
    "房子 · 家",
    "بيت الحديقة",
    "👩‍👩‍👧‍👦 and 🏳️‍🌈",
    "e\u0301 is not é",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "'; DROP TABLE tasks; --",
    '<script>alert("x")</script>',
    "{{7*7}} ${7*7} %s %(name)s {0}",
    "\\u0000 \\x00",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢" * 64,
    "\u202eright to left\u202c",
    "￿\U0010ffff",
)
CONTROLS = ("\0", "a\0b", "\x01", "\x1b[31m", "\x7f", "\r")
CENTURY = 100 * 366 * 24 * 60 * 10


async def test_any_text_comes_back_as_it_was(world: World) -> None:
    """Names and notes in any script, with what means something elsewhere, are kept to the character."""
    for text in TEXTS:
        await comes_back(world, text)


async def comes_back(world: World, text: str) -> None:
    """Says the text in every place that takes one, and reads it there."""
    name = text[:512]
    task = await world.owner.make(f"{world.path}/tasks", name=name, notes=f"{text}\n\t{text}", external_id=text[:200])
    read = (await world.owner.get(f"{world.path}/tasks/{task}")).json()
    assert (read["name"], read["notes"], read["external_id"]) == (name, f"{text}\n\t{text}", text[:200])
    await world.owner.do("PATCH", world.path, {"name": name, "reason": text[:2000]})
    assert (await world.owner.get(world.path)).json()["name"] == name
    trail = await world.owner.get(f"{world.path}/audit", limit=1, result="accepted")
    assert trail.json()["items"][0]["reason"] == text[:2000]


@pytest.mark.parametrize("text", CONTROLS)
async def test_control_characters_are_refused(still: World, text: str) -> None:
    """Control characters but line breaks and tabs are refused in every text."""
    for field in ("name", "notes", "external_id", "reason"):
        body = {"name": "Rake"} | {field: f"x{text}x"}
        told = problem(await still.owner.ask("POST", f"{still.path}/tasks", json=body), 422, "INVALID_REQUEST")
        assert "control characters" in told["detail"]


@pytest.mark.parametrize("text", [r"\ud800", r"\udfff\ud800", r"a\udc00"])
async def test_half_a_character_is_refused(still: World, text: str) -> None:
    """Half of a surrogate pair is no text, neither as a value nor as a name."""
    for content in (f'{{"name": "{text}"}}', f'{{"name": "Rake", "{text}": 1}}'):
        headers = {"Content-Type": "application/json"}
        answer = await still.owner.ask("POST", f"{still.path}/tasks", content=content, headers=headers)
        problem(answer, 422, "INVALID_REQUEST")


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "x" * 513, None, 7, ["x"], {"x": "y"}, True])
async def test_a_name_is_a_text_of_one_to_512_characters(still: World, text: object) -> None:
    """Anything else answers 422."""
    answer = await still.owner.ask("POST", f"{still.path}/tasks", json={"name": text})
    problem(answer, 422, "INVALID_REQUEST")


@pytest.mark.parametrize(
    "tenths", [-1, CENTURY + 1, 2**31, 2**63, 2**64, 10**400, 1.5, 1e300, "600", True, None, [], {"tenths": 5}]
)
async def test_a_duration_is_a_number_within_a_century(still: World, tenths: object) -> None:
    """Numbers beyond, of another type, or in quotes answer 422."""
    task = f"{still.path}/tasks/{still.tasks[0]}/duration"
    answer = await still.owner.ask("PUT", task, json={"duration": {"tenths": tenths}})
    problem(answer, 422, "INVALID_REQUEST")


async def test_the_longest_duration_and_lag_are_kept(world: World) -> None:
    """A century of tenths of a minute, and its negative as a lead, come back to the digit."""
    task = f"{world.path}/tasks/{world.tasks[0]}"
    await world.owner.do("PUT", f"{task}/duration", {"duration": {"tenths": CENTURY, "elapsed": True}})
    assert (await world.owner.get(task)).json()["duration"] == {"tenths": CENTURY, "elapsed": True}
    link = f"{world.path}/links/{world.link}"
    await world.owner.do("PATCH", link, {"type": "SF", "lag": {"amount": -CENTURY, "unit": "elapsed"}})
    read = (await world.owner.get(link)).json()
    assert (read["type"], read["lag"]) == ("SF", {"amount": -CENTURY, "unit": "elapsed"})


async def test_a_number_of_many_digits_is_no_fault(still: World) -> None:
    """A number of five thousand digits answers 422 wherever it stands."""
    headers = {"Content-Type": "application/json"}
    for content in (
        f'{{"name": "x", "position": {"9" * 5000}}}',
        f'{{"name": {"9" * 5000}}}',
        f'{{"x": {"9" * 5000}}}',
    ):
        answer = await still.owner.ask("POST", f"{still.path}/tasks", content=content, headers=headers)
        problem(answer, 422, "INVALID_REQUEST")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    "moment", ["1900-01-01T00:00:00Z", "1900-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]
)
async def test_a_moment_at_the_edge_of_the_calendar_is_no_fault(still: World, zone: str, moment: str) -> None:
    """Facts may be dated back to 1900; before it and in the future they are refused, in every zone."""
    project = await still.owner.make("projects", name=f"{zone} {moment}", time_zone=zone)
    task = await still.owner.make(f"projects/{project}/tasks", name="Dig")
    body = {"percent_complete": 10, "effective_at": moment}
    answer = await still.owner.ask("POST", f"projects/{project}/tasks/{task}/progress", json=body)
    if moment == "1900-01-01T00:00:00Z":
        assert answer.status_code == 200, answer.text
    else:
        future = moment.startswith("9999")
        problem(answer, 422, "EFFECTIVE_TIME_IN_FUTURE" if future else "INVALID_REQUEST")


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00", "1969-12-31T23:59:59.999999", "9999-12-31T23:59:59"])
async def test_any_date_of_the_calendar_is_kept(world: World, date: str) -> None:
    """Wall-clock dates come back as they were, in the years 1 to 9999."""
    await world.owner.do("PUT", f"{world.path}/window", {"start": date, "must_finish": date})
    read = (await world.owner.get(world.path)).json()
    assert (read["start"], read["must_finish"]) == (date, date)
    task = f"{world.path}/tasks/{world.tasks[0]}"
    await world.owner.do("PUT", f"{task}/constraint", {"constraint": {"type": "SNET", "date": date}})
    assert (await world.owner.get(task)).json()["constraint"] == {"type": "SNET", "date": date}


@pytest.mark.parametrize(
    "date",
    ["2026-03-02T08:00:00Z", "2026-03-02T08:00:00+01:00", "2026-03-02", "2026-02-30T08:00:00", 1_700_000_000, ""],
)
async def test_a_date_of_a_plan_carries_no_offset(still: World, date: object) -> None:
    """An instant, a day, a number, or a date that is none answers 422."""
    problem(await still.owner.ask("PUT", f"{still.path}/window", json={"start": date}), 422, "INVALID_REQUEST")


async def test_a_time_zone_and_a_role_are_known_words(still: World) -> None:
    """What is no time zone or role is refused by its own code, also when the database could not keep it."""
    for text in ("", "\0", "atlantis", "x" * 300):
        answer = await still.administrator.ask("POST", "projects", json={"name": "Rake", "time_zone": text})
        problem(answer, 422, "TIME_ZONE_UNKNOWN")
        answer = await still.administrator.ask("PUT", f"users/{still.outsider.user}/roles", json={"role": text})
        problem(answer, 422, "ROLE_UNKNOWN" if text == "atlantis" else "INVALID_REQUEST")


@pytest.mark.parametrize("username", ["", "a b", "-a", "a" * 65, "ann\n", "ä", "a@b"])
async def test_a_user_name_is_a_plain_word(still: World, username: str) -> None:
    """Letters, digits, dots, dashes and underscores, up to 64, beginning with a letter or digit."""
    body = {"username": username, "email": f"{still.outsider.user.hex}@example.org", "name": "Ann"}
    problem(await still.administrator.ask("POST", "users", json=body), 422, "INVALID_REQUEST")
