"""Events are stored as canonical text that every later version can read."""

import string
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime

from src.events import Event, Sealed
from src.events.catalogue import BY_MODEL, BY_TYPE, CATALOGUE, Stored
from src.events.codec import UndecodableEventError, canonical_json, decode, encode
from src.events.project import ProjectRenamed
from src.events.resource import Rate, UnitsPeriod
from src.events.task import TaskConstraintChanged, TaskUpdated
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, Value, WorkingInterval

SAMPLES = [orjson.loads(line) for line in (Path(__file__).parent / "samples" / "events.jsonl").read_text().splitlines()]
"""What was stored once. Lines are added, with every new type and schema, and never changed."""


def _called(sample: dict[str, Any]) -> str:
    return f"{sample['type']}-{sample['schema']}"


@pytest.mark.parametrize("sample", SAMPLES, ids=_called)
def test_every_stored_sample_still_loads(sample: dict[str, Any]) -> None:
    """Whatever was written once can be read; of the present schema it is written again byte for byte."""
    event = decode(sample["type"], sample["schema"], sample["data"])
    assert type(event) is BY_TYPE[sample["type"]].model
    if sample["schema"] == BY_TYPE[sample["type"]].schema:
        assert encode(event) == (sample["type"], sample["schema"], sample["data"])


def test_every_type_and_schema_has_a_sample() -> None:
    """A new event type, or a new schema of one, comes with a sample of what it stores."""
    wanted = {(stored.name, schema) for stored in CATALOGUE for schema in range(1, stored.schema + 1)}
    assert {(sample["type"], sample["schema"]) for sample in SAMPLES} == wanted


@pytest.mark.parametrize("stored", CATALOGUE, ids=lambda stored: stored.name)
def test_samples_show_every_field(stored: Stored) -> None:
    """Each field of an event is in a sample of it, so that none can be renamed unseen."""
    shown = {name for s in SAMPLES if s["type"] == stored.name for name in orjson.loads(s["data"])}
    assert shown == set(stored.model.model_fields)


def test_every_event_model_is_in_the_catalogue_once() -> None:
    """Every model of an event can be stored, under a name of its own."""
    assert len(BY_TYPE) == len(BY_MODEL) == len(CATALOGUE)
    assert set(Event.__subclasses__()) == set(BY_MODEL)


def test_personal_fields_are_known_from_the_models() -> None:
    """What is sealed before it is stored: names, user names and e-mail addresses, wherever they are."""
    sealed = {stored.name: stored.personal for stored in CATALOGUE if stored.personal}
    assert sealed == {
        "UserRegistered": ("username", "email", "name"),
        "PersonRecorded": ("username", "name"),
        "UserRenamed": ("name",),
        "UsernameChanged": ("username",),
        "EmailChanged": ("email",),
    }


# --- there and back -----------------------------------------------------------------------------------------------

for _model in Value.__subclasses__():
    _model.model_rebuild()  # once it is built it has the signature by which it is made here

_TEXT = st.text(max_size=30)
_WALL_CLOCK = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1))
_CENTURY = Duration.model_fields["tenths"].metadata[-1].le
_RESERVATION = st.builds(
    "{}:{}".format, st.sampled_from(["email", "project"]), st.text("0123456789abcdef", min_size=64, max_size=64)
)
_DATED = st.sampled_from([kind for kind in ConstraintType if kind.dated])
_UNDATED = st.sampled_from([kind for kind in ConstraintType if not kind.dated])

st.register_type_strategy(datetime, _WALL_CLOCK)
st.register_type_strategy(str, _TEXT)
st.register_type_strategy(Duration, st.builds(Duration, tenths=st.integers(0, _CENTURY), elapsed=st.booleans()))
st.register_type_strategy(Lag, st.builds(Lag, amount=st.integers(-_CENTURY, _CENTURY), unit=st.sampled_from(LagUnit)))
st.register_type_strategy(
    Constraint, st.builds(Constraint, type=_DATED, date=_WALL_CLOCK) | st.builds(Constraint, type=_UNDATED)
)
_CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)) | st.just("24:00")
st.register_type_strategy(WorkingInterval, st.builds(WorkingInterval, start=_CLOCK, finish=_CLOCK))
st.register_type_strategy(int, st.integers(0, 100))  # whatever a number is, it may be so many
_AMOUNT = st.decimals("0.0001", 1_000_000, places=4)
st.register_type_strategy(Decimal, _AMOUNT)
st.register_type_strategy(Rate, st.builds(Rate, start=st.none() | st.dates(), rate=_AMOUNT, overtime=_AMOUNT))
st.register_type_strategy(UnitsPeriod, st.builds(UnitsPeriod, start=st.none() | st.dates(), units=_AMOUNT))
st.register_type_strategy(AwareDatetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(Sealed, st.builds(Sealed, key=st.uuids(), box=st.text(string.ascii_letters, max_size=80)))


def _of(model: type[Event]) -> st.SearchStrategy[Event]:
    fields = model.model_fields
    special: dict[str, Any] = {name: _RESERVATION for name in fields if name.endswith("_reservation")}
    special |= {"percent_complete": st.integers(0, 100)} if "percent_complete" in fields else {}
    special |= {"account": st.none() | _RESERVATION} if "account" in fields else {}
    special |= {"count": st.integers(1, 10**12)} if "count" in fields else {}
    special |= {name: st.from_type(Sealed) for name in BY_MODEL[model].personal}
    return st.builds(
        model, **{name: special.get(name, st.from_type(_plain(field.annotation))) for name, field in fields.items()}
    )


def _plain(annotation: Any) -> Any:
    """The type without what Pydantic checks about it."""
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


EVENTS = st.one_of([_of(stored.model) for stored in CATALOGUE])


@given(EVENTS)
def test_what_is_decoded_is_what_was_encoded(event: Event) -> None:
    """Decoding gives back the very event, and encoding that the very text."""
    stored = encode(event)
    assert decode(*stored) == event
    assert encode(decode(*stored)) == stored


@given(EVENTS)
def test_the_stored_text_is_canonical(event: Event) -> None:
    """Keys are sorted, nothing is null, no number is a float, and there is no white space around."""
    _, _, data = encode(event)
    fields = orjson.loads(data)
    assert canonical_json(fields) == data
    assert not any(value is None or isinstance(value, float) for value in _values(fields))


def _values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        assert list(value) == sorted(value)
        return [found for inner in value.values() for found in _values(inner)]
    return [found for inner in value for found in _values(inner)] if isinstance(value, list) else [value]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _JSON), st.randoms(use_true_random=False))
def test_canonical_json_does_not_depend_on_the_order_of_keys(fields: dict[str, Any], chance: Any) -> None:
    """Equal values have one text, in whatever order they were put together."""
    shuffled = list(fields.items())
    chance.shuffle(shuffled)
    assert canonical_json(dict(shuffled)) == canonical_json(fields)
    assert orjson.loads(canonical_json(fields)) == fields


def test_canonical_json_is_what_it_always_was() -> None:
    """The bytes are hashed by others: UTF-8 unescaped, keys by code point, no spaces."""
    value = {"b": [1, True, None], "a": {"ü": 'Gärten\n"x"', "Z": -1}, "": "€😀"}
    assert canonical_json(value) == r'{"":"€😀","a":{"Z":-1,"ü":"Gärten\n\"x\""},"b":[1,true,null]}'


# --- what cannot be read ------------------------------------------------------------------------------------------

_RENAMED = '{"name":"Shed","name_reservation":"project:%s","project":"01890000-0000-7000-8000-000000000001"}' % (
    "0" * 64
)


@pytest.mark.parametrize(
    "type_, schema, data",
    [
        ("ProjectVanished", 1, _RENAMED),
        ("projectrenamed", 1, _RENAMED),
        ("ProjectRenamed", 0, _RENAMED),
        ("ProjectRenamed", 2, _RENAMED),
        ("ProjectRenamed", 1, ""),
        ("ProjectRenamed", 1, _RENAMED[:-1]),
        ("ProjectRenamed", 1, "null"),
        ("ProjectRenamed", 1, "[]"),
        ("ProjectRenamed", 1, _RENAMED.replace('"Shed"', "7")),
        ("ProjectRenamed", 1, _RENAMED.replace('"Shed"', "null")),
        ("ProjectRenamed", 1, _RENAMED.replace('"name":"Shed",', "")),
        ("ProjectRenamed", 1, _RENAMED.replace("{", '{"colour":"green",')),
        ("ProjectRenamed", 1, _RENAMED.replace("project:", "project;")),
        ("ProjectRenamed", 1, _RENAMED.replace("01890000", "0189000g")),
    ],
)
def test_what_this_version_cannot_read_is_an_error(type_: str, schema: int, data: str) -> None:
    """An unknown type or schema and damaged data are told as such, never guessed at."""
    assert isinstance(decode("ProjectRenamed", 1, _RENAMED), ProjectRenamed)
    with pytest.raises(UndecodableEventError):
        decode(type_, schema, data)


def test_old_schemas_are_raised_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored event of schema 1 passes every upcaster up to the present schema."""
    stored = BY_TYPE["TaskUpdated"]
    monkeypatch.setitem(BY_TYPE, "TaskUpdated", stored._replace(schema=3))
    steps: dict[tuple[str, int], Any] = {
        ("TaskUpdated", 1): lambda fields: {"task": fields["id"], "title": fields["title"]},
        ("TaskUpdated", 2): lambda fields: {"task": fields["task"], "name": fields["title"]},
    }
    monkeypatch.setattr("src.events.codec.UPCASTERS", steps)
    task = "01890000-0000-7000-8000-000000000001"
    wanted = decode("TaskUpdated", 3, f'{{"name":"Dig","task":"{task}"}}')
    assert isinstance(wanted, TaskUpdated)
    assert decode("TaskUpdated", 1, f'{{"id":"{task}","title":"Dig"}}') == wanted
    assert decode("TaskUpdated", 2, f'{{"task":"{task}","title":"Dig"}}') == wanted
    for damaged in ('{"title":"Dig"}', "{", "[]"):
        with pytest.raises(UndecodableEventError):
            decode("TaskUpdated", 1, damaged)


def test_an_absent_date_is_not_stored() -> None:
    """What is None is left out, also within a value."""
    changed = TaskConstraintChanged.model_validate({"task": "01890000-0000-7000-8000-000000000001", "constraint": {}})
    assert encode(changed)[2] == '{"constraint":{"type":"ASAP"},"task":"01890000-0000-7000-8000-000000000001"}'
