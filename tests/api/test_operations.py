"""Every operation of the API: that it works, who may use it, and what it refuses."""

import json
from typing import Any
from uuid import UUID

import httpx

from src.testing.http import Person, problem

from .requests import Request
from .world import World

OPEN = {"alive", "ready", "metrics", "providers"}
SIGNING_IN = {"sign_in", "refresh", "redeem_reset", "begin_provider_sign_in", "sign_in_by_provider"}
ADMINS_READ = {"project_audit", "project_resource_rates", "project_resource_rates_history"}
BIG = b'{"name": "' + b"x" * 1_100_000 + b'"}'


async def give(person: Person, request: Request, **rest: Any) -> httpx.Response:
    """The answer to a valid request, or to one that is changed in something."""
    body = {} if request.body is None or "content" in rest else {"json": request.body}
    params = {"at_least": person.seen} if request.method == "GET" and request.path[0] != "/" else {}
    return await person.ask(request.method, request.path, **{"params": params, **body, **rest})


async def statuses(person: Person, requests: dict[str, Request], **rest: Any) -> dict[str, tuple[int, str]]:
    """The status and the code with which each of the requests is refused."""
    answers = {name: await give(person, request, **rest) for name, request in requests.items()}
    return {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()}


async def test_every_operation_of_the_document_works(whole: World) -> None:
    """A valid request for each operation succeeds with the status that the document names, and again the same."""
    requests, operations = whole.requests(), whole.operations()
    assert set(requests) == set(operations)
    for name, request in requests.items():
        if request.endless:  # see test_following
            continue
        if request.once:
            answer = await give(getattr(whole, request.who), request)
            assert (name, answer.status_code) == (name, request.status), answer.text
        else:
            await whole.asked(request).then(request.status)
        assert str(request.status) in operations[name]["responses"]


async def test_nothing_but_health_is_open(still: World) -> None:
    """Without a token every operation answers 401 and how to get one."""
    for name, request in still.requests().items():
        if name in SIGNING_IN:
            continue
        answer = await still.service.client.request(request.method, f"/api/v1/{request.path}".replace("/api/v1//", "/"))
        if name in OPEN:
            assert answer.status_code == 200
        else:
            assert "POST /sessions" in problem(answer, 401, "TOKEN_MISSING")["detail"]
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_outsiders_do_not_learn_that_a_project_exists(still: World) -> None:
    """To who is no member everything of a project is 404, in the words for a project that does not exist."""
    for request in still.within().values():
        await still.asked(request, "outsider").refused(404, "NOT_FOUND")
    there = (await still.outsider.ask("GET", still.path)).json()["detail"]
    other = (await still.outsider.ask("GET", f"projects/{UUID(int=7)}")).json()["detail"]
    assert there.replace(still.project, "") == other.replace(str(UUID(int=7)), "")


async def test_viewers_read_and_do_not_write(still: World) -> None:
    """A viewer is refused every command on the project, and reads all of it but the audit trail."""
    for name, request in still.within().items():
        if request.endless:
            continue
        if request.method == "GET" and name not in ADMINS_READ:
            await still.asked(request, "viewer").then(200)
        else:
            await still.asked(request, "viewer").refused(403, "FORBIDDEN")


async def test_editors_change_the_plan_and_nothing_else(whole: World) -> None:
    """An editor is refused what is for the project's admins, and only that."""
    admins = {"RenameProject", "SetProjectWindow", "AddMember", "ChangeMemberRole", "RemoveMember", "ArchiveProject"}
    admins |= {"TransferOwnership", "ChangeEnvelope", "SetRateInProject"} | ADMINS_READ
    admins |= {"SetDefaultCalendar", "SetStatusDate"}
    for name, request in whole.within().items():
        if request.endless:
            continue
        if name in admins | {"ReopenProject"}:
            await whole.asked(request, "editor").refused(403, "FORBIDDEN")
        else:
            await whole.asked(request, "editor").then(request.status)


async def test_the_whole_is_for_administrators(still: World) -> None:
    """Who is not an administrator sees no other user, no audit trail of everything, and no projections."""
    for request in still.requests().values():
        if request.who == "administrator":
            await still.asked(request, "owner").refused(403, "FORBIDDEN")


async def test_every_body_is_json(still: World) -> None:
    """A body that is not said to be JSON answers 415."""
    requests = {name: request for name, request in still.requests().items() if request.body is not None}
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        refused = await statuses(still.administrator, requests, content=b"{}", headers={"Content-Type": kind})
        assert refused == dict.fromkeys(requests, (415, "MEDIA_TYPE_UNSUPPORTED"))


async def test_every_body_is_checked(still: World) -> None:
    """What is no JSON, no object, or has a field that the command does not have, answers 422."""
    requests = {name: request for name, request in still.requests().items() if request.body is not None}
    headers = {"Content-Type": "application/json"}
    for content in (b"{", b"[]", b"null", b'{"nonsense": 1}', b'{"name": "\xff"}', b"[" * 100_000, b'{"a": NaN}'):
        refused = await statuses(still.administrator, requests, content=content, headers=headers)
        assert refused == dict.fromkeys(requests, (422, "INVALID_REQUEST"))


async def test_no_body_is_larger_than_a_mebibyte(still: World) -> None:
    """A body over the limit answers 413, told or not."""
    requests = {name: request for name, request in still.requests().items() if request.body is not None}
    headers = {"Content-Type": "application/json"}
    refused = await statuses(still.administrator, requests, content=BIG, headers=headers)
    assert refused == dict.fromkeys(requests, (413, "BODY_TOO_LARGE"))

    async def untold() -> Any:
        yield BIG

    answer = await still.owner.ask("POST", "projects", content=untold(), headers=headers)
    problem(answer, 413, "BODY_TOO_LARGE")


async def test_every_id_in_a_path_is_a_uuid(still: World) -> None:
    """An id that is none answers 422."""
    for name, operation in still.operations().items():
        request = still.requests()[name]
        no_ids = {"projection", "role", "provider", "weekday", "date"}
        in_path = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"} - no_ids
        ids = [part for part in request.path.split("/") if part.count("-") == 4 and "=" not in part]
        assert len(ids) == len(in_path)
        for id_ in ids:
            for nonsense in ("7", "%00", "%FF", "None", "x" * 2000):
                changed = Request(request.method, request.path.replace(id_, nonsense), request.body)
                problem(await give(still.administrator, changed), 422, "INVALID_REQUEST")


async def test_if_match_is_compared_or_refused(whole: World) -> None:
    """Where If-Match is documented a revision that is none answers 412; anywhere else If-Match answers 422."""
    commands = {name: request for name, request in whole.requests().items() if request.method != "GET"}
    documented = {
        name
        for name, operation in whole.operations().items()
        if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", []))
    }
    for name, request in commands.items():
        person: Person = getattr(whole, request.who)
        answer = await give(person, request, headers={"If-Match": '"77.77"'})
        if name in documented:
            problem(answer, 412, "STALE_WRITE")
        else:
            problem(answer, 422, "IF_MATCH_NOT_SUPPORTED")
        if name in documented:
            problem(await give(person, request, headers={"If-Match": "77"}), 422, "INVALID_IF_MATCH")


async def test_every_documented_problem_has_its_form(still: World) -> None:
    """The document gives every operation's problems as problem documents, and none a 500."""
    for operation in still.operations().values():
        for status, response in operation["responses"].items():
            assert status != "500"
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]


async def test_every_reference_in_the_document_leads_somewhere(still: World) -> None:
    """No operation refers to a schema that is not there, and no schema is there for nothing."""
    document = still.service.api.openapi()
    text = json.dumps(document)
    named = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named == set(document["components"]["schemas"])
