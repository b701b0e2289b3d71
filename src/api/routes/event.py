"""The events of a project as they happen, as server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel

from ...commands.authorise import Rights
from ...commands.command import Context
from ...commands.loop import CommandLoop
from ...commands.permissions import Permission
from ...events import RecordedEvent
from ...events.catalogue import BY_MODEL, NOTICES, UNSHOWN
from ...events.project import MemberRemoved
from ...queries.reading import Instant, View
from ..dependencies import MAX_POSITION, MEMBER, Asking, TheApp, TheBearer, position_unknown
from ..feed import Feed, Following
from ..problems import responses

router = APIRouter(tags=["audit"])
RETRY_MILLISECONDS = 2_000
HEARTBEAT_SECONDS = 15.0
_REMOVED = BY_MODEL[MemberRemoved].name

_WHERE = "A position of the log: send what follows it. Left out: only what is new"
LastEventId = Annotated[
    int | None, Header(alias="Last-Event-ID", ge=0, le=MAX_POSITION, description=f"{_WHERE}. Before `after`")
]
Behind = Annotated[int | None, Query(ge=0, le=MAX_POSITION, description=_WHERE)]


class EventStream(StreamingResponse):
    """Not the framework's own, which logs it as a fault when somebody leaves with something still to come."""

    media_type = "text/event-stream"


class EventView(View):
    """One event of the project. Where the actor was is for its admins: see the audit trail."""

    position: int
    type: str
    data: dict[str, Any]
    actor: UUID
    command: str
    correlation_id: str
    reason: str | None
    recorded_at: Instant
    effective_at: Instant


Reason = Literal["membership_removed", "right_lost", "token_expired", "shutdown"]


class End(BaseModel):
    """The last thing that a follower hears. After a shutdown another connection goes on."""

    reason: Reason


@dataclass(frozen=True)
class Live:
    """A follower whose right was verified at `checked`, with a token that is good until `deadline`."""

    commands: CommandLoop
    feed: Feed
    following: Following
    asking: Context
    checked: int
    deadline: float

    async def may_go_on(self) -> bool:
        """Whether the right is there still, and the session: looked up at every heartbeat."""
        rights = await self.commands.rights(replace(self.asking, now=datetime.now(UTC)), self.following.project)
        return isinstance(rights, Rights) and Permission.READ_PROJECT in rights.granted

    def ended_by(self, recorded: RecordedEvent) -> bool:
        """Whether the event takes the right away. One before `checked` has been made good since."""
        if recorded.position <= self.checked or recorded.type != _REMOVED:
            return False
        event = recorded.event
        return isinstance(event, MemberRemoved) and event.user == self.asking.actor


async def checked_at(app: TheApp) -> int:
    """An end of the log from before the rights are looked up."""
    return await app.log.head()


BEFORE = Depends(checked_at)
Checked = Annotated[int, BEFORE]


async def live(
    request: Request,
    app: TheApp,
    checked: Checked,
    asking: Asking,
    bearer: TheBearer,
    project: UUID,
    last_event_id: LastEventId = None,
    after: Behind = None,
) -> AsyncIterator[Live]:
    """A place among the followers, for members of the project."""
    position = next((given for given in (last_event_id, after) if given is not None), checked)
    if position > checked:
        raise position_unknown(position, checked)
    deadline = _now() + bearer.expires - time.time()
    feed: Feed = request.app.state.feed
    with feed.following(project, position, checked) as following:
        yield Live(app.commands, feed, following, asking, checked, deadline)


@router.get(
    "/projects/{project}/events",
    dependencies=[BEFORE, MEMBER],
    response_class=EventStream,
    responses={
        200: {
            "description": "Server-sent events: `id` is the position, `event` the type of the event, `data` as "
            "below. The last is called `end` and says why.",
            "content": {
                EventStream.media_type: {
                    "itemSchema": {
                        "properties": {
                            "data": {
                                "contentMediaType": "application/json",
                                "contentSchema": {"oneOf": [EventView.model_json_schema(), End.model_json_schema()]},
                            }
                        }
                    }
                }
            },
        },
        **responses(401, 404, 422, 503),
    },
)
async def project_events(live: Annotated[Live, Depends(live)]) -> EventStream:
    """Follow a project: every event once, in the order of the log, from a position on and then as they happen."""
    return EventStream(_sent(live), headers={"X-Accel-Buffering": "no"})


async def _sent(live: Live) -> AsyncIterator[bytes]:
    # An id without data: who is cut off before the first event goes on from here as well.
    yield format_sse_event(id=str(live.following.passed), retry=RETRY_MILLISECONDS)
    look = _now() + HEARTBEAT_SECONDS
    while _now() < live.deadline:
        try:
            async with asyncio.timeout_at(min(live.deadline, _now() + HEARTBEAT_SECONDS)):
                page: Sequence[RecordedEvent] | None = await live.feed.next_page(live.following)
        except TimeoutError:
            page = None
        if page is None and _now() >= live.deadline:
            break  # whatever else may have ended by now
        if page is None or _now() > look:
            look = _now() + HEARTBEAT_SECONDS
            if not await live.may_go_on():
                yield _end("right_lost")
                return
        if page is None:
            yield KEEPALIVE_COMMENT
            continue
        if not page:
            yield _end("shutdown")
            return
        removal = next((number for number, recorded in enumerate(page, 1) if live.ended_by(recorded)), None)
        # Who was refused is not for every member: the project's admins find it in the audit trail.
        if told := [_message(recorded) for recorded in page[:removal] if recorded.type not in NOTICES]:
            yield b"".join(told)
        if removal:
            yield _end("membership_removed")
            return
    yield _end("token_expired")


def _message(recorded: RecordedEvent) -> bytes:
    said = orjson.loads(recorded.metadata)
    view = EventView(
        position=recorded.position,
        type=recorded.type,
        data={name: value for name, value in orjson.loads(recorded.data).items() if name not in UNSHOWN},
        actor=said["actor"],
        command=said["command"],
        correlation_id=said["correlation_id"],
        reason=said.get("reason"),
        recorded_at=recorded.recorded_at,
        effective_at=recorded.effective_at,
    )
    return format_sse_event(id=str(recorded.position), event=recorded.type, data_str=view.model_dump_json())


def _end(reason: Reason) -> bytes:
    return format_sse_event(event="end", data_str=End(reason=reason).model_dump_json())


def _now() -> float:
    return asyncio.get_running_loop().time()
