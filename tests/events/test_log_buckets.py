"""Buckets, projects and what is pending: what both logs promise to whoever follows them."""

from uuid import UUID

from uuid_utils.compat import uuid4

from src.events import EventLog
from src.events.log import WHOLE, Pending, bucket_of
from tests.events.committing import appended, commit, new_stream


async def test_a_bucket_holds_the_events_of_its_projects_in_order(log: EventLog) -> None:
    """Each bucket is read from a position of its own, so many events at most; together in the order of the log."""
    start = await log.head()
    projects = [uuid4() for _ in range(6)]
    for _ in range(3):
        for project in projects:
            await appended(log, commit({new_stream(): 0}, count=2, project=project))
    await appended(log, commit({new_stream(): 0}))
    everything = [event for event in await log.read(start, 100) if event.project is not None]
    buckets = {bucket_of(project) for project in projects}
    read = await log.read_buckets(dict.fromkeys(buckets, start), 100)
    assert read == everything
    some = await log.read_buckets(dict.fromkeys(buckets, start), 3)
    for bucket in buckets:
        of_bucket = [e for e in everything if e.project and bucket_of(e.project) == bucket]
        assert [e for e in some if e.project and bucket_of(e.project) == bucket] == of_bucket[:3]
    heads = await log.heads()
    assert heads[WHOLE] == await log.head() == everything[-1].position + 1
    for bucket in buckets:
        assert heads[bucket] == max(e.position for e in everything if e.project and bucket_of(e.project) == bucket)
    assert await log.read_buckets({bucket: heads[bucket] for bucket in buckets}, 10) == []


async def test_a_project_is_read_by_itself(log: EventLog) -> None:
    """Its events in order, so many at most, above a position."""
    ours, other = uuid4(), uuid4()
    other = UUID(int=other.int - other.int % 64 + ours.int % 64)  # of one bucket
    for project in (ours, other, ours, other, ours):
        await appended(log, commit({new_stream(): 0}, project=project))
    found = await log.read_project(ours, 0, 10)
    assert [event.project for event in found] == [ours] * 3
    assert await log.read_project(ours, found[0].position, 1) == [found[1]]


async def test_what_is_pending_is_counted_with_its_age(log: EventLog) -> None:
    """The events above a position, in a bucket or in all, and the moment of the first of them."""
    start, project = await log.head(), uuid4()
    bucket = bucket_of(project)
    await appended(log, commit({new_stream(): 0}, project=project, count=2))
    await appended(log, commit({new_stream(): 0}))
    mine = list(await log.read(start, 10))
    found = await log.pending({bucket: start, WHOLE: start + 1})
    assert found[bucket] == Pending(2, mine[0].recorded_at)
    assert found[WHOLE] == Pending(2, mine[1].recorded_at)
    assert await log.pending({bucket: start + 2, WHOLE: start + 3}) == {
        bucket: Pending(0, None),
        WHOLE: Pending(0, None),
    }
