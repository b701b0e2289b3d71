"""Fields of tasks that are not of the plan."""

from typing import Any

import pytest
from pydantic import ValidationError

from src.commands.codes import Code
from src.commands.task_fields import MAX_FIELDS, MAX_TEXT, SetFields
from src.commands.task_state import TASK
from src.events.task import TaskFieldsSet

from .leaf import LEAF, ON_A, SUMMARY, A

OPEN = LEAF.also(TaskFieldsSet(task=A, fields={"status": "Open", "labels": ("a", "b")}))


async def test_fields_are_set_and_removed() -> None:
    """Only what changes is in the event; the rest stays, and the same again is quiet."""
    command = SetFields(**ON_A, fields={"status": "Open", "points": "3"}, removed=("labels", "colour"))
    changed = TaskFieldsSet(task=A, fields={"points": "3"}, removed=("labels",))
    await OPEN.when(command).idempotent().then(changed)
    state = await OPEN.when(command).state(TASK.at(A))
    assert dict(state.fields) == {"status": "Open", "points": "3"}


async def test_what_is_so_already_is_quiet() -> None:
    """Equal texts, the absence of what is removed, and nothing at all."""
    await OPEN.when(SetFields(**ON_A, fields={"labels": ("a", "b")}, removed=("colour",))).nothing()
    await OPEN.when(SetFields(**ON_A)).nothing()


async def test_the_order_of_several_texts_counts() -> None:
    """One text is another value than the same text alone among several."""
    for value in (("b", "a"), ("a",), "a"):
        await (
            OPEN.when(SetFields(**ON_A, fields={"labels": value}))
            .idempotent()
            .then(TaskFieldsSet(task=A, fields={"labels": value}))
        )


async def test_summaries_have_fields_too() -> None:
    """Nothing of the schedule follows from them."""
    await SUMMARY.when(SetFields(**ON_A, fields={"status": "Open"})).then(
        TaskFieldsSet(task=A, fields={"status": "Open"})
    )


async def test_a_task_has_so_many_fields_of_such_a_length() -> None:
    """More are refused; a task that is at the limit can still be changed."""
    many = {f"field {number}": "x" for number in range(MAX_FIELDS)}
    full = LEAF.also(TaskFieldsSet(task=A, fields=many))
    await full.when(SetFields(**ON_A, fields={"one more": "x"})).refused(Code.FIELDS_TOO_LARGE)
    await (
        full.when(SetFields(**ON_A, fields={"one more": "x"}, removed=("field 0",)))
        .idempotent()
        .then(TaskFieldsSet(task=A, fields={"one more": "x"}, removed=("field 0",)))
    )
    long = {f"field {number}": "x" * MAX_TEXT for number in range(7)}
    await LEAF.when(SetFields(**ON_A, fields=long)).refused(Code.FIELDS_TOO_LARGE)


@pytest.mark.parametrize(
    "fields",
    [
        {"fields": {"status": ""}},
        {"fields": {"status": []}},
        {"fields": {"status": ["a", ""]}},
        {"fields": {"status": 3}},
        {"fields": {"status": None}},
        {"fields": {"": "x"}},
        {"fields": {"a\nb": "x"}},
        {"fields": {"a\x00b": "x"}},
        {"fields": {"status": "a\x00b"}},
        {"fields": {"s" * 256: "x"}},
        {"fields": {"status": "x" * (MAX_TEXT + 1)}},
        {"fields": {"status": "x"}, "removed": ["status"]},
        {"removed": [""]},
    ],
)
def test_what_no_field_can_be_is_no_command(fields: dict[str, Any]) -> None:
    """Empty, of another type, too long, or both set and removed."""
    with pytest.raises(ValidationError):
        SetFields.model_validate({**ON_A, **fields})
