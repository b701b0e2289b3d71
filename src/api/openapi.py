"""The document of the API, completed by what the routes cannot say themselves."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import FastAPI

from .bodies import JSON
from .problems import Problem

Document = dict[str, Any]


def complete(api: FastAPI) -> None:
    """Gives the application a document in which every reference leads somewhere."""
    generate = api.openapi

    @cache
    def openapi() -> Document:
        document = deepcopy(generate())
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for operation in _operations(document):
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _without_null(parameter["schema"])
            if content := operation.get("requestBody", {}).get("content", {}).get(JSON):
                body = content["schema"]
                schemas |= body.pop("$defs", {})
                schemas[body["title"]] = body
                content["schema"] = {"$ref": f"#/components/schemas/{body['title']}"}
        return document

    api.openapi = openapi  # type: ignore[method-assign]


def _operations(document: Document) -> Iterator[Document]:
    for operations in document["paths"].values():
        yield from operations.values()


def _without_null(schema: Document) -> Document:
    """The schema of a parameter: it can be left out, but there is no way to send a null."""
    kept = [branch for branch in schema.get("anyOf", []) if branch != {"type": "null"}]
    if len(kept) != 1:
        return schema
    rest: Document = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**rest, **kept[0]}
