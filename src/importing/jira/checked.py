"""JSON values become checked ones: the models of what is read, times with their zone, refusals with their line."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from ..plan_file import ImportRefused, RefusalCode

M = TypeVar("M", bound=BaseModel)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time such as 2014-01-06T06:22:58.354+0000 is wanted")  # noqa: TRY004 - for Pydantic
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value[:40]!r} is no time such as 2014-01-06T06:22:58.354+0000") from None
    if moment.tzinfo is None:
        raise ValueError(f"{value[:40]!r} says no zone; a time such as 2014-01-06T06:22:58.354+0000 is wanted")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = _EARLIEST
    if moment <= _EARLIEST:
        raise ValueError(f"{value[:40]!r} is too long ago")
    return moment


Moment = Annotated[datetime, BeforeValidator(_moment)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Read(BaseModel):
    """Something in a file; what is not named is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


class ReadItem(Read):
    """One field of a change, as Jira writes it."""

    field: Annotated[str, StringConstraints(min_length=1)]
    fieldtype: str | None = None
    from_: str | None = Field(None, alias="from")
    from_string: str | None = Field(None, alias="fromString")
    to: str | None = None
    to_string: str | None = Field(None, alias="toString")


def checked(model: type[M], value: Any, line: int) -> M:
    """The value as the model has it. Raises ImportRefused with the line and the place in it."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise refused(f"{where}: {what}" if where else what, line) from None


def refused(what: str, line: int) -> ImportRefused:
    """The refusal of a value that cannot be."""
    return ImportRefused(RefusalCode.BAD_VALUE, f"{what}.", line, "Correct it, or export it again.")
