"""What follows projects live: one task looks whether the log has grown, and each follower reads its own part of it.

A follower is a position. The next page is read when the one before was taken, and nothing waits for anybody in
between, so who reads slowly costs no more than who reads at once.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from ..events import EventLog, LogUnavailableError, RecordedEvent
from ..events.log import bucket_of
from .codes import ApiCode
from .problems import ProblemError

MOST_FOLLOWERS = 1_000
"""In one process."""
PAGE = 20
"""An event can be some 100 kB, and each follower holds a page."""
LOOK_SECONDS = 0.1
_OUTAGE_SECONDS = 1.0
_READS = 4
"""How many followers read at once: commands need connections to the log as well."""

_logger = structlog.get_logger(__name__)


@dataclass(eq=False)
class Following:
    """Somebody who follows a project: all of it up to `passed` was read, and there may be news up to `head`."""

    project: UUID
    passed: int
    head: int
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """The followers of one process. It looks at the log while there are any."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._followers: set[Following] = set()
        self._places = asyncio.Semaphore(_READS)
        self._reads: set[asyncio.Task[Sequence[RecordedEvent] | None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._ended = False

    @contextmanager
    def following(self, project: UUID, after: int, head: int) -> Iterator[Following]:
        """Follows the project behind a position; `head` is an end of the log that is not below it."""
        if len(self._followers) >= MOST_FOLLOWERS:
            detail = f"this process has {MOST_FOLLOWERS} followers already; try again later, or ask another one"
            raise ProblemError(ApiCode.TOO_MANY_FOLLOWERS, detail, headers={"Retry-After": "10"})
        following = Following(project, after, head)
        self._followers.add(following)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="feed")
        try:
            yield following
        finally:
            self._followers.remove(following)

    async def next_page(self, following: Following) -> Sequence[RecordedEvent]:
        """The events that come next, as soon as there are some; none when the feed has ended."""
        while not self._ended:
            following.news.clear()
            head = following.head
            if head > following.passed and (page := await self._read(following)) is not None:
                last = page[-1].position if page else 0
                # What had been committed when `head` was seen is in the page, unless that is full.
                following.passed = last if len(page) == PAGE else max(head, last)
                if page:
                    return page
            else:
                await following.news.wait()
        return ()

    def end(self) -> None:
        """Lets every follower go."""
        self._ended = True
        for following in self._followers:
            following.news.set()

    async def aclose(self) -> None:
        """Ends, and looks at the log no more."""
        self.end()
        await asyncio.gather(*filter(None, [self._looking, *self._reads]), return_exceptions=True)

    async def _read(self, following: Following) -> Sequence[RecordedEvent] | None:
        """A page. A read under way is ended though the follower has left: a connection that is cut off is lost."""
        read = asyncio.create_task(self._page(following.project, following.passed))
        self._reads.add(read)
        read.add_done_callback(self._reads.discard)
        return await asyncio.shield(read)

    async def _page(self, project: UUID, after: int) -> Sequence[RecordedEvent] | None:
        """A page, or None while the database is away: then there is news again when it is back."""
        try:
            async with self._places:
                return await self._log.read_project(project, after, PAGE)
        except LogUnavailableError as error:
            _logger.warning("log not available, a follower waits", error=str(error))
            return None

    async def _look(self) -> None:
        """Wakes those whose part of the log has grown, for as long as anybody follows."""
        while self._followers and not self._ended:
            pause = _OUTAGE_SECONDS
            try:
                heads = await self._log.heads()
            except LogUnavailableError as error:
                _logger.warning("log not available, followers wait", error=str(error))
            except Exception:
                _logger.exception("looking for news failed, it is tried again")
            else:
                pause = LOOK_SECONDS
                for following in self._followers:
                    head = heads.get(bucket_of(following.project), 0)
                    if head > following.passed:
                        following.head = head
                        following.news.set()
            await asyncio.sleep(pause)
