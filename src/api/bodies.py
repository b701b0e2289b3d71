"""Bodies of requests: JSON that is exactly what the document says. Nothing is guessed, "5" is not 5."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .codes import ApiCode
from .problems import ProblemError, invalid

JSON = "application/json"
B = TypeVar("B", bound=BaseModel)


def json_body(model: type[B]) -> Callable[[Request], Awaitable[B]]:
    """A dependency: the body as that model. Where the model needs nothing, no body at all stands for an empty one."""
    optional = not needs_something(model)

    async def read(request: Request) -> B:
        content = await request.body()
        if not content and optional:
            content = b"{}"
        elif request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise ProblemError(ApiCode.MEDIA_TYPE_UNSUPPORTED, f"the body has to be JSON: send Content-Type: {JSON}")
        try:
            return model.model_validate_json(content, strict=True)
        except ValidationError as error:
            raise invalid(error.errors(include_url=False, include_input=False, include_context=False), "body") from None

    return read


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The body as a route's part of the document; the schemas in it are moved to their place later."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}", schema_generator=_WallClocks)
    return {"requestBody": {"content": {JSON: {"schema": schema}}, "required": needs_something(model)}}


def needs_something(model: type[BaseModel]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())


class _WallClocks(GenerateJsonSchema):
    """Dates without an offset have a format of their own in the registry of formats."""

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        aware = schema.get("tz_constraint") == "aware"
        return {"type": "string", "format": "date-time" if aware else "date-time-local"}
