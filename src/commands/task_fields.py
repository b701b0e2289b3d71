"""Fields of tasks that are not of the plan: what others keep of a task under names of their own."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ..events.task import TaskFieldsSet
from .codes import Code
from .command import Context, printable
from .handler import Handler
from .on_task import TaskCommand, happened, load_task, task_queue, task_tag
from .permissions import Permission
from .result import Failure, Result
from .session import Session
from .task_state import Fields, TaskState

MAX_FIELDS = 200
MAX_FIELD_NAME = 255
MAX_TEXT = 32_000
MAX_TEXTS = 1_000
MAX_CHARACTERS = 200_000
"""Of all names and texts of one task together: a page of tasks stays readable."""

FieldName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_FIELD_NAME, pattern=r"^[^\n\t]*$"),
    AfterValidator(printable),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(printable)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_TEXTS)]


class SetFields(TaskCommand):
    """Sets the fields that are named, each to a text or to several, and removes others; the rest stays.

    What has no value is removed, not empty.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    fields: Annotated[Mapping[FieldName, Text | Texts], Field(max_length=MAX_FIELDS)] = {}
    removed: Annotated[tuple[FieldName, ...], Field(max_length=MAX_FIELDS)] = ()

    @model_validator(mode="after")
    def _either(self) -> Self:
        if both := sorted(self.fields.keys() & set(self.removed)):
            raise ValueError(f"a field is set or removed, not both: {', '.join(both)}")
        return self


def decide_set_fields(command: SetFields, state: TaskState) -> Result:
    fields = {name: value for name, value in command.fields.items() if state.fields.get(name) != value}
    removed = tuple(sorted({name for name in command.removed if name in state.fields}))
    if not fields and not removed:
        return happened(command.task)
    left = {name: value for name, value in state.fields.items() if name not in removed} | fields
    if len(left) > MAX_FIELDS:
        return Failure(Code.FIELDS_TOO_LARGE, f"a task has at most {MAX_FIELDS} fields; remove others first")
    if _characters(left) > max(MAX_CHARACTERS, _characters(state.fields)):
        message = f"all fields of a task have at most {MAX_CHARACTERS} characters together; shorten them"
        return Failure(Code.FIELDS_TOO_LARGE, message)
    return happened(command.task, TaskFieldsSet(task=command.task, fields=fields, removed=removed))


def _characters(fields: Fields | Mapping[str, str | tuple[str, ...]]) -> int:
    return sum(len(name) + sum(map(len, (v,) if isinstance(v, str) else v)) for name, v in fields.items())


async def _set(command: SetFields, session: Session, context: Context) -> Result:
    loaded = await load_task(command, session, context)
    return loaded if isinstance(loaded, Failure) else decide_set_fields(command, loaded[2])


HANDLERS = (Handler("SetFields", SetFields, _set, task_queue, task_tag),)
