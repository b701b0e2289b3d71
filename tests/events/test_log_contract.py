"""What both logs promise. Tests share a database, so they use streams of their own and count from its head."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from uuid_utils.compat import uuid4, uuid7

from src.config import Settings
from src.database import open_database
from src.events import EventLog
from src.events.instant import to_micros
from src.events.log import Appended, Commit, Moved, Repeated
from tests.databases import as_owner
from tests.events.committing import appended, commit, new_stream


@pytest.fixture
async def empty_log(settings: Settings) -> AsyncIterator[EventLog]:
    """The log of a database of the test's own."""
    database, log = open_database(settings)
    yield log
    await log.close()
    await database.dispose()


async def test_an_empty_log_has_its_head_at_0(empty_log: EventLog) -> None:
    """Positions begin at 1: the head of a log without events is 0."""
    assert await empty_log.head() == 0
    assert await empty_log.read(0, 10) == []
    assert (await appended(empty_log, commit({new_stream(): 0}))).position == 1


async def test_an_append_answers_position_and_time(log: EventLog) -> None:
    """The answer gives the position of the commit's last event and the time at which it was recorded."""
    head = await log.head()
    before = datetime.now(UTC) - timedelta(minutes=1)
    answer = await appended(log, commit({new_stream(): 0}, count=3))
    stored = await log.read(head, 10)
    assert answer == Appended(head + 3, stored[-1].recorded_at)
    assert before < answer.recorded_at < datetime.now(UTC) + timedelta(minutes=1)


async def test_what_is_read_is_what_was_appended(log: EventLog) -> None:
    """An event comes back with all that was given for it."""
    stream, project, then = new_stream(), uuid4(), datetime(2024, 2, 29, 7, 30, 0, 123456, UTC)
    wanted = commit({stream: 0}, project=project, effective_at=then)
    answer = await appended(log, wanted)
    (event,) = await log.read_streams({stream: 0})
    (given,) = wanted.events
    assert (event.position, event.recorded_at) == (answer.position, answer.recorded_at)
    assert (event.stream, event.version, event.branch) == (stream, 1, "main")
    assert (event.type, event.schema, event.data, event.metadata) == (given.type, 1, given.data, "{}")
    assert (event.project, event.effective_at) == (project, then)


async def test_positions_have_no_gaps(log: EventLog) -> None:
    """What is refused takes no position: those of a call's accepted commits follow each other."""
    head, taken = await log.head(), new_stream()
    await appended(log, commit({taken: 0}))
    answers = await log.append(
        [commit({new_stream(): 0}, count=2), commit({taken: 0}), commit({new_stream(): 0}, count=3)]
    )
    assert [getattr(answer, "position", None) for answer in answers] == [head + 3, None, head + 6]
    assert [event.position for event in await log.read(head, 10)] == list(range(head + 1, head + 7))


async def test_moved_names_the_streams_that_moved(log: EventLog) -> None:
    """A commit on old versions is refused with the streams that have others now, and only those."""
    still, first, second = new_stream(), new_stream(), new_stream()
    await appended(log, commit({still: 0, first: 0, second: 0}))
    head = await log.head()
    (answer,) = await log.append([commit({still: 1, first: 0, second: 2})])
    assert answer == Moved(frozenset({first, second}))
    assert await log.head() == head


async def test_reads_without_writes_are_checked(log: EventLog) -> None:
    """A commit is refused when a stream has moved that it has only read."""
    read, written = new_stream(), new_stream()
    await appended(log, commit({read: 0}))
    (answer,) = await log.append([commit({written: 0}, {read: 0})])
    assert answer == Moved(frozenset({read}))
    assert await log.read_streams({written: 0}) == []
    await appended(log, commit({written: 0}, {read: 1}))


async def test_a_stream_that_was_read_as_missing_is_checked(log: EventLog) -> None:
    """Version 0 means that the stream must not be there yet, not that it does not matter."""
    stream = new_stream()
    await appended(log, commit({new_stream(): 0}, {stream: 0}))
    await appended(log, commit({stream: 0}))
    (answer,) = await log.append([commit({}, {stream: 0})])
    assert answer == Moved(frozenset({stream}))


async def test_a_commit_without_events_verifies_its_reads(log: EventLog) -> None:
    """A refusal or an "already so" writes no event, and is told the end of the log that it was checked against."""
    stream = new_stream()
    await appended(log, commit({stream: 0}))
    head = await log.head()
    answer = await appended(log, commit({}, {stream: 1}))
    assert answer.position == head == await log.head()


async def test_a_repeated_command_is_told_the_first_outcome(log: EventLog) -> None:
    """The digest and the outcome that were stored come back, whatever has moved, and nothing is written."""
    stream, command = new_stream(), uuid7()
    first = await appended(log, commit({stream: 0}, command_id=command, digest=b"one", outcome='{"a":1}'))
    await appended(log, commit({stream: 1}))
    head = await log.head()
    (answer,) = await log.append([commit({stream: 0}, command_id=command, digest=b"two", outcome='{"a":2}')])
    assert answer == Repeated(b"one", '{"a":1}', first.position, first.recorded_at)
    assert await log.head() == head


async def test_a_commit_without_events_is_repeated_too(log: EventLog) -> None:
    """The outcome of a refusal is kept like any other."""
    command = uuid7()
    first = await appended(log, commit({}, command_id=command, outcome='{"refused":"X"}'))
    (answer,) = await log.append([commit({new_stream(): 0}, command_id=command)])
    assert answer == Repeated(b"content", '{"refused":"X"}', first.position, first.recorded_at)


async def test_command_ids_belong_to_their_actor(log: EventLog) -> None:
    """Two actors may use one command id."""
    command = uuid7()
    await appended(log, commit({new_stream(): 0}, command_id=command))
    await appended(log, commit({new_stream(): 0}, command_id=command, actor=uuid4()))


async def test_an_outcome_of_none_is_not_kept(log: EventLog) -> None:
    """A commit without an outcome may come again and is looked at afresh."""
    stream, command = new_stream(), uuid7()
    await appended(log, commit({}, {stream: 0}, command_id=command, outcome=None))
    await appended(log, commit({stream: 0}, command_id=command, digest=b"other"))


async def test_a_commit_that_moved_leaves_no_outcome(log: EventLog) -> None:
    """The decision is taken again under the same command id."""
    stream, command = new_stream(), uuid7()
    await appended(log, commit({stream: 0}))
    assert isinstance((await log.append([commit({stream: 0}, command_id=command)]))[0], Moved)
    await appended(log, commit({stream: 1}, command_id=command))


async def test_several_streams_are_written_all_or_none(log: EventLog) -> None:
    """Where one of the streams of a commit has moved, none is written."""
    first, second, third = new_stream(), new_stream(), new_stream()
    await appended(log, commit({first: 0, second: 0}, count=2))
    (answer,) = await log.append([commit({third: 0, first: 2, second: 1})])
    assert answer == Moved(frozenset({second}))
    stored = await log.read_streams({first: 0, second: 0, third: 0})
    assert [(event.stream, event.version) for event in stored] == [(first, 1), (first, 2), (second, 1), (second, 2)]


async def test_a_commit_that_reads_what_its_call_wrote_has_moved(log: EventLog) -> None:
    """Commits of one call are checked in order against the log and what the call wrote before them."""
    shared, other = new_stream(), new_stream()
    first = commit({shared: 0})
    reader, writer, apart = commit({other: 0}, {shared: 0}), commit({shared: 0}), commit({new_stream(): 0})
    answers = await log.append([first, reader, writer, apart])
    assert isinstance(answers[0], Appended)
    assert answers[1:3] == [Moved(frozenset({shared}))] * 2
    assert isinstance(answers[3], Appended)
    assert [event.stream for event in await log.read_streams({shared: 0, other: 0})] == [shared]


async def test_a_commit_may_read_what_a_later_one_of_the_call_writes(log: EventLog) -> None:
    """Order counts: who reads before the other writes has read what was true."""
    stream = new_stream()
    answers = await log.append([commit({new_stream(): 0}, {stream: 0}), commit({stream: 0})])
    assert [type(answer) for answer in answers] == [Appended, Appended]


async def test_two_commits_with_one_command_id_in_a_call_do_not_both_stand(log: EventLog) -> None:
    """The second of them is refused or told the first one's outcome; its events are not written."""
    first, second, command = new_stream(), new_stream(), uuid7()
    answers = await log.append([commit({first: 0}, command_id=command), commit({second: 0}, command_id=command)])
    assert isinstance(answers[0], Appended)
    assert not isinstance(answers[1], Appended)
    assert await log.read_streams({second: 0}) == []
    (again,) = await log.append([commit({second: 0}, command_id=command)])
    assert isinstance(again, Repeated)


async def test_reading_goes_from_position_to_position(log: EventLog) -> None:
    """`read` gives the events behind a position, as many as asked for, in order, until there are no more."""
    head, stream = await log.head(), new_stream()
    await appended(log, commit({stream: 0}, count=5))
    assert [event.version for event in await log.read(head, 2)] == [1, 2]
    assert [event.version for event in await log.read(head + 2, 100)] == [3, 4, 5]
    assert await log.read(head + 5, 100) == []


async def test_streams_are_read_above_a_version_in_the_order_of_the_log(log: EventLog) -> None:
    """Each stream is read from a version of its own; unknown ones are empty; the log's order joins them."""
    first, second = new_stream(), new_stream()
    for version in range(3):
        await appended(log, commit({first: version, second: version}))
    found = await log.read_streams({second: 0, first: 1, new_stream(): 0})
    assert [(event.stream, event.version) for event in found] == [
        (second, 1), (first, 2), (second, 2), (first, 3), (second, 3),
    ]  # fmt: skip
    assert await log.read_streams({}) == []


async def test_a_stream_is_not_read_for_another_whose_name_begins_alike(log: EventLog) -> None:
    """Branches are streams of their own."""
    stream = new_stream()
    await appended(log, commit({stream: 0, f"{stream}2": 0}))
    assert [event.stream for event in await log.read_streams({stream: 0})] == [stream]


async def test_recorded_times_never_run_back(settings: Settings, empty_log: EventLog) -> None:
    """Where the clock is behind the last event, that event's time is taken again."""
    future = datetime(2999, 12, 31, 23, 59, 59, 999999, UTC)
    moment = to_micros(future) if settings.embedded else f"'{future.isoformat()}'"
    await as_owner(
        settings,
        "INSERT INTO events"
        " (position, stream, version, type, schema, data, metadata, branch, effective_at, recorded_at)"
        f" VALUES (1, 'test-1@main', 1, 'TasksUnlinked', 1, '{{}}', '{{}}', 'main', {moment}, {moment})",
    )
    assert await appended(empty_log, commit({new_stream(): 0})) == Appended(2, future)
    (_, event) = await empty_log.read(0, 10)
    assert (event.recorded_at, event.effective_at) == (future, future)


async def test_effective_time_is_the_recorded_time_unless_given(log: EventLog) -> None:
    """A given effective time is kept to the microsecond, also one before 1970."""
    stream, long_ago = new_stream(), datetime(1901, 5, 6, 7, 8, 9, 999_999, UTC)
    await appended(log, commit({stream: 0}))
    await appended(log, commit({stream: 1}, effective_at=long_ago))
    plain, dated = await log.read_streams({stream: 0})
    assert plain.effective_at == plain.recorded_at
    assert dated.effective_at == long_ago < dated.recorded_at


async def test_a_large_call_keeps_its_order(log: EventLog) -> None:
    """Hundreds of commits in one call are stored in the order given."""
    head = await log.head()
    commits = [commit({new_stream(): 0}, count=4) for _ in range(256)]
    answers = await log.append(commits)
    assert answers == [Appended(head + 4 * n, answers[0].recorded_at) for n in range(1, 257)]  # type: ignore[union-attr]
    assert [e.stream for e in await log.read(head, 1024)] == [e.stream for c in commits for e in c.events]


@pytest.mark.parametrize("seed", range(3))
async def test_any_calls_leave_streams_without_gaps_and_nothing_twice(log: EventLog, seed: int) -> None:
    """Whatever calls are made, each answer is true: it stands as a whole, or it is not there at all."""
    chance = random.Random(seed)
    head = await log.head()
    streams = [new_stream() for _ in range(4)]
    versions = dict.fromkeys(streams, 0)
    accepted: list[Commit] = []
    for _ in range(25):
        calls = [_some_commit(chance, versions, accepted) for _ in range(chance.randint(1, 6))]
        for wanted, answer in zip(calls, await log.append(calls), strict=True):
            known = [c for c in accepted if c.command_id == wanted.command_id]
            if isinstance(answer, Appended):
                assert not known
                assert all(versions[stream] == version for stream, version in wanted.reads.items())
                accepted.append(wanted)
                versions |= {event.stream: event.version for event in wanted.events}
            elif isinstance(answer, Repeated):
                assert known
        assert {stream: len(await log.read_streams({stream: 0})) for stream in streams} == versions
    stored = [event.data for event in await log.read(head, 10_000)]
    assert stored == [event.data for c in accepted for event in c.events]
    assert len(accepted) > 10


def _some_commit(chance: random.Random, versions: dict[str, int], accepted: list[Commit]) -> Commit:
    """One that fits the log, mostly; else on an old version, or under a command id that was used."""
    chosen = chance.sample(sorted(versions), chance.randint(1, 3))
    at = {stream: max(0, versions[stream] - (chance.random() < 0.1)) for stream in chosen}
    writes, reads = dict(list(at.items())[:1]), dict(list(at.items())[1:])
    if accepted and chance.random() < 0.1:
        return commit(writes, reads, command_id=chance.choice(accepted).command_id)
    return commit(writes, reads, count=chance.randint(1, 3))
