"""Commits that arrive while an append is under way share the next one, unless they touch each other."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from src.events import EventLog, LogUnavailableError, group_commit
from src.events.group_commit import MAX_COMMITS, MAX_EVENTS, GroupCommit
from src.events.log import Answer, Appended, Commit, Moved, Repeated
from src.wiring import App
from tests.events.committing import appended, commit, new_stream


class Counting:
    """The real log, with the calls that it was given; `before` and `after` each may stop one."""

    def __init__(self, log: EventLog) -> None:
        self.calls: list[list[Commit]] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self._log = log

    async def append(self, commits: Sequence[Commit]) -> Sequence[Answer]:
        self.calls.append(list(commits))
        self.before()
        answers = await self._log.append(commits)
        self.after()
        return answers


def failing(times: int, error: Exception) -> Callable[[], None]:
    """Raises the error so many times, and then no more."""
    left = iter([error] * times)

    def fail() -> None:
        if error := next(left, None):
            raise error

    return fail


@pytest.fixture
def counting(shared: App) -> Counting:
    """The log of the shared database."""
    return Counting(shared.log)


async def test_commits_that_wait_go_together(counting: Counting) -> None:
    """Many commits at once need a few calls, none above the limit, and each is answered by itself."""
    group = GroupCommit(counting)
    commits = [commit({new_stream(): 0}) for _ in range(600)]
    answers = await asyncio.gather(*map(group.append, commits))
    assert len({answer.position for answer in answers if isinstance(answer, Appended)}) == 600
    assert [c for call in counting.calls for c in call] == commits
    assert max(len(call) for call in counting.calls) <= MAX_COMMITS
    assert len(counting.calls) < 10


async def test_large_commits_do_not_pile_up(counting: Counting) -> None:
    """A call holds a bounded number of events, but one commit alone may hold more."""
    group = GroupCommit(counting)
    commits = [commit({new_stream(): 0}, count=count) for count in (3000, 1000, 200, MAX_EVENTS + 1, 1)]
    answers = await asyncio.gather(*map(group.append, commits))
    assert all(isinstance(answer, Appended) for answer in answers)
    assert [sum(len(c.events) for c in call) for call in counting.calls] == [4001, 200, MAX_EVENTS + 1]


async def test_who_writes_after_another_waits_for_the_next_call(counting: Counting) -> None:
    """Commits on one stream that were decided one upon the other all stand, each in a call of its own."""
    group, stream = GroupCommit(counting), new_stream()
    commits = [commit({stream: version}) for version in range(4)]
    others = [commit({new_stream(): 0}) for _ in range(4)]
    answers = await asyncio.gather(*map(group.append, [*commits, *others]))
    assert all(isinstance(answer, Appended) for answer in answers)
    assert counting.calls == [[commits[0], *others], *([c] for c in commits[1:])]


@pytest.mark.parametrize("seed", range(3))
async def test_commits_that_touch_each_other_share_no_call(counting: Counting, seed: int) -> None:
    """In no call one writes what another reads or writes, and no command id is there twice."""
    chance, streams = random.Random(seed), [new_stream() for _ in range(12)]
    commits: list[Commit] = []
    for _ in range(80):
        written, *read = chance.sample(streams, chance.randint(1, 3))
        repeated: dict[str, Any] = {}
        if commits and chance.random() < 0.1:
            repeated["command_id"] = chance.choice(commits).command_id
        writes = {written: 0} if chance.random() < 0.7 else {}
        commits.append(commit(writes, dict.fromkeys([written, *read], 0), **repeated))
    group = GroupCommit(counting)
    answers = await asyncio.gather(*map(group.append, commits))
    assert len(counting.calls) > 1
    assert sorted(id(c) for call in counting.calls for c in call) == sorted(map(id, commits))
    for call in counting.calls:
        assert len({(c.actor, c.command_id) for c in call}) == len(call)
        for one in call:
            assert not any(one.writes & other.reads.keys() for other in call if other is not one)
    stood = [c for c, answer in zip(commits, answers, strict=True) if isinstance(answer, Appended)]
    assert max(sum(stream in c.writes for c in stood) for stream in streams) == 1
    assert {type(answer) for answer in answers} == {Appended, Moved, Repeated}


async def test_one_that_conflicts_fails_alone(counting: Counting, shared: App) -> None:
    """The others of its call stand."""
    taken = new_stream()
    await appended(shared.log, commit({taken: 0}))
    group = GroupCommit(counting)
    commits = [commit({new_stream(): 0}), commit({taken: 0}), commit({new_stream(): 0})]
    answers = await asyncio.gather(*map(group.append, commits))
    assert [type(answer) for answer in answers] == [Appended, Moved, Appended]
    assert len(counting.calls) == 1


async def test_an_append_whose_answer_was_lost_is_not_done_again(counting: Counting, shared: App) -> None:
    """It is repeated under the same command ids: what stands already is recognised, and its outcome told."""
    counting.after = failing(2, LogUnavailableError("the answer was lost"))
    group, head = GroupCommit(counting), await shared.log.head()
    commits = [commit({new_stream(): 0}, outcome=f'{{"n":{number}}}') for number in range(5)]
    answers = await asyncio.gather(*map(group.append, commits))
    assert all(isinstance(answer, Repeated) for answer in answers)
    told = [(answer.digest, answer.outcome, answer.position) for answer in answers if isinstance(answer, Repeated)]
    assert told == [(c.digest, c.outcome, head + number) for number, c in enumerate(commits, 1)]
    assert len(counting.calls) == 3
    assert await shared.log.head() == head + 5


async def test_an_append_that_did_not_happen_is_repeated(counting: Counting, shared: App) -> None:
    """An outage before the commit costs time only."""
    counting.before = failing(2, LogUnavailableError("nobody there"))
    head = await shared.log.head()
    answer = await GroupCommit(counting).append(commit({new_stream(): 0}))
    assert isinstance(answer, Appended)
    assert answer.position == head + 1


async def test_another_ones_outcome_is_not_taken_for_ones_own(counting: Counting) -> None:
    """Who repeats after an outage and finds the command id used for another content is told so."""
    first = commit({new_stream(): 0}, digest=b"one")
    await appended(counting._log, first)
    counting.before = failing(1, LogUnavailableError("nobody there"))
    answer = await GroupCommit(counting).append(commit({new_stream(): 0}, command_id=first.command_id, digest=b"two"))
    assert isinstance(answer, Repeated)
    assert answer.digest == b"one"


async def test_an_outage_that_lasts_is_told_in_the_end(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the commits fail with an error that leaves open whether they stand, and the next ones go on."""
    monkeypatch.setattr(group_commit, "RETRY_SECONDS", 0.05)
    counting.before = failing(100, LogUnavailableError("nobody there"))
    group = GroupCommit(counting)
    with pytest.raises(LogUnavailableError):
        await group.append(commit({new_stream(): 0}))
    counting.before = lambda: None
    assert isinstance(await group.append(commit({new_stream(): 0})), Appended)


async def test_a_commit_that_breaks_the_append_fails_alone(counting: Counting, shared: App) -> None:
    """An error that is no outage is told to the one that causes it; those of its call and those behind it stand."""
    broken, stream, head = commit({new_stream(): 0}), new_stream(), await shared.log.head()

    def fail() -> None:
        if broken in counting.calls[-1]:
            raise ValueError("a bug")

    counting.before = fail
    group = GroupCommit(counting)
    commits = [commit({stream: 0}), broken, commit({new_stream(): 0}), commit({stream: 1})]
    answers = await asyncio.gather(*map(group.append, commits), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Appended, ValueError, Appended, Appended]
    assert await shared.log.head() == head + 3


async def test_who_gives_up_before_the_call_is_left_out(counting: Counting, shared: App) -> None:
    """A cancelled commit that was not under way is not appended; one under way is, though nobody waits for it."""
    group, head, stream = GroupCommit(counting), await shared.log.head(), new_stream()
    under_way = asyncio.create_task(group.append(commit({stream: 0})))
    waiting = asyncio.create_task(group.append(commit({stream: 1})))
    behind = asyncio.create_task(group.append(commit({new_stream(): 0}, {stream: 1})))
    while not counting.calls:
        await asyncio.sleep(0)
    waiting.cancel()
    under_way.cancel()
    assert isinstance(await behind, Appended)
    assert await shared.log.head() == head + 2
    assert [event.version for event in await shared.log.read_streams({stream: 0})] == [1]


async def test_closing_waits_for_what_was_taken(counting: Counting) -> None:
    """All that was given before is answered."""
    group, stream = GroupCommit(counting), new_stream()
    given = [asyncio.create_task(group.append(commit({stream: version}))) for version in range(3)]
    await asyncio.sleep(0)
    await group.close()
    assert all(isinstance(task.result(), Appended) for task in given if task.done())
    assert all(task.done() for task in given)
