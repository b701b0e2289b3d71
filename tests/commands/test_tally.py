"""Whatever is counted, the memory that it takes is bounded, and nothing is left out."""

from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands import tally
from src.commands.tally import MOST_READ, MOST_TRIED, Kind, Tally
from src.events import ANONYMOUS
from src.events.notice import AuthenticationFailed, DataExported, NoticeEvent, RequestRefused, SensitiveDataRead
from src.testing import NOW, context

ANN, BOB = uuid4(), uuid4()


def refusal(code: object, actor: UUID = ANN) -> Kind:
    """A refusal of that code."""
    return Kind(RequestRefused(what="AddTask", code=str(code)), actor)


def failed(account: int, address: int) -> Kind:
    """A sign-in that failed."""
    event = AuthenticationFailed(account=f"username:{account:064x}", method="password")
    return Kind(event, ANONYMOUS, address=f"10.0.{address}")


def counted(*kinds: Kind) -> dict[Kind, int]:
    """What becomes of them, each counted once."""
    counts = Tally()
    for kind in kinds:
        counts.add(kind, context(kind.actor, now=NOW, address=kind.address))
    for entry in counts.unsealed():
        entry.sealed = {}
    assert counts.counted == len(kinds)
    entries = counts.take()
    assert (len(counts), counts.counted) == (0, 0)
    return {entry.kind: entry.count for entry in entries}


def test_the_same_is_counted_together() -> None:
    """What differs in anything but the number is another kind."""
    ways = [refusal("A"), refusal("B"), refusal("A", BOB), Kind(refusal("A").event, ANN, session=uuid4())]
    ways += [Kind(refusal("A").event, ANN, project=uuid4()), Kind(refusal("A").event, ANN, address="::1")]
    assert counted(*ways, *ways, *ways) == dict.fromkeys(ways, 3)


def test_too_many_kinds_of_one_actor_are_counted_together() -> None:
    """Those that were first are told exactly, and the rest as several of this actor; others have their own room."""
    kinds = [refusal(number) for number in range(MOST_TRIED + 25)]
    rest = Kind(RequestRefused(), ANN)
    assert counted(*kinds, refusal("A", BOB)) == {
        **dict.fromkeys(kinds[:MOST_TRIED], 1),
        rest: 25,
        refusal("A", BOB): 1,
    }


@pytest.mark.parametrize("event", [SensitiveDataRead, DataExported])
def test_of_many_reads_it_is_known_whose_data_they_were(event: type[NoticeEvent]) -> None:
    """Whoever reads everybody's data is recorded with far more kinds than whoever is refused everything."""
    kinds = [Kind(event(what="read_user", subject=uuid4()), ANN) for _ in range(MOST_READ + 1)]  # type: ignore[call-arg]
    assert counted(*kinds) == {**dict.fromkeys(kinds[:MOST_READ], 1), Kind(event(), ANN): 1}


def test_sign_ins_are_counted_by_address_and_by_account() -> None:
    """One address that tries many accounts, and many addresses that try one, are each told as what they are."""
    stuffing = [failed(account, 1) for account in range(MOST_TRIED + 5)]
    guessing = [failed(10_000, 10 + address) for address in range(MOST_TRIED + 7)]
    found = counted(*stuffing, *guessing)
    assert len(found) == 2 * MOST_TRIED + 2
    assert found[Kind(AuthenticationFailed(), ANONYMOUS, address="10.0.1")] == 5
    assert found[Kind(AuthenticationFailed(account=f"username:{10_000:064x}"), ANONYMOUS)] == 7


def test_a_flood_by_nobody_leaves_room_for_those_who_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the bound over all, what nobody signed in did is one entry, and what users did is told exactly."""
    monkeypatch.setattr(tally, "MOST_ANONYMOUS", 10)
    monkeypatch.setattr(tally, "MOST_KNOWN", 20)
    flood = [failed(number, number) for number in range(500)]
    people = [refusal("A", uuid4()) for _ in range(30)]
    found = counted(*flood, *people)
    assert len(found) == 10 + 1 + 20 + 1
    assert found[Kind(AuthenticationFailed(), ANONYMOUS)] == 490
    assert found[Kind(RequestRefused(), ANONYMOUS)] == 10


def test_room_comes_back() -> None:
    """What was taken back, and a minute that is over, leave their room to others."""
    counts = Tally()
    for number in range(10 * MOST_TRIED):
        entry = counts.find(refusal(number), context(ANN))
        assert not entry.together
        counts.drop(entry)
    for _ in range(3):
        assert counted(refusal("A")) == {refusal("A"): 1}
    kept = counts.find(refusal("kept"), context(ANN))
    counts.add(kept.kind, context(ANN, now=NOW))
    assert (counts.take(), len(counts)) == ([], 1)  # nobody has sealed where it came from
    together = [counts.find(refusal(number), context(ANN)).together for number in range(MOST_TRIED)]
    assert together == [False] * (MOST_TRIED - 1) + [True]
