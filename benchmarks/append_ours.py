"""Appends through our log: one process, one asyncio task a client.

Each append does all that one of a command does: the expected version is checked, the command id is looked up
and kept with the outcome, and the metadata is stored beside the event. Commands that arrive together share a
transaction, as in the service.
"""

import hashlib
from collections.abc import Awaitable, Callable

from uuid_utils.compat import uuid4, uuid7

from src.commands.command import SYSTEM
from src.database import open_database
from src.events import stream_name
from src.events.codec import canonical_json
from src.events.group_commit import GroupCommit
from src.events.log import Appended, Commit, NewEvent

from .databases import check, check_log, settings_of
from .load import Load, Sample, drive
from .payload import DATA, METADATA, Streams

_DIGEST = hashlib.sha256(DATA.encode()).digest()
_OUTCOME = canonical_json({"changed": True, "ids": {}, "revision": 1, "warnings": []})


async def run(url: str, load: Load) -> Sample:
    """On a migrated database; checked."""
    database, log = open_database(settings_of(url))
    group = GroupCommit(log)
    try:
        sample = await drive([_client(group) for _ in range(load.clients)], load)
    finally:
        await group.close()
        await log.close()
        await database.dispose()
    await check_log(url, "events", "stream", "version", "position", sample.done)
    return sample


def _client(group: GroupCommit) -> Callable[[], Awaitable[None]]:
    streams, project = Streams(), uuid4()

    async def give() -> None:
        streams.next()
        stream, version = stream_name("task", streams.id), streams.version
        event = NewEvent(stream, version, "TaskUpdated", 1, DATA, METADATA, project, None)
        answer = await group.append(Commit(SYSTEM, uuid7(), _DIGEST, _OUTCOME, {stream: version - 1}, [event]))
        check("answer to an append", type(answer), Appended)

    return give
