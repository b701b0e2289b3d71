"""The document of the API, completed by what the routes cannot say themselves."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import FastAPI

from .bodies import JSON
from .problems import Problem, responses

Document = dict[str, Any]
_ANYTHING = (503,)
_WITH_BODY, _WITH_TOKEN = (408, 413, 415), (401,)


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
            _document_edges(operation)
            if content := operation.get("requestBody", {}).get("content", {}).get(JSON):
                body = content["schema"]
                schemas |= body.pop("$defs", {})
                schemas[body["title"]] = body
                content["schema"] = {"$ref": f"#/components/schemas/{body['title']}"}
        return document

    api.openapi = openapi  # type: ignore[method-assign] # as FastAPI documents


def _operations(document: Document) -> Iterator[Document]:
    for operations in document["paths"].values():
        yield from operations.values()


def _document_edges(operation: Document) -> None:
    """What any operation answers, and any with a body or a token, whatever it does."""
    statuses = (*_ANYTHING, *(_WITH_BODY if "requestBody" in operation else ()))
    statuses += _WITH_TOKEN if "security" in operation else ()
    documented = operation["responses"]
    for status, response in responses(*statuses).items():
        documented.setdefault(str(status), response)
    operation["responses"] = dict(sorted(documented.items()))


def _without_null(schema: Document) -> Document:
    """The schema of a parameter: it can be left out, but there is no way to send a null."""
    kept = [branch for branch in schema.get("anyOf", []) if branch != {"type": "null"}]
    if len(kept) != 1:
        return schema
    rest: Document = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**rest, **kept[0]}
