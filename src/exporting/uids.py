"""UIDs for what a file holds: those that it came with, and the next free ones for what was made here."""

from collections.abc import Iterable
from uuid import UUID

from ..importing.identities import EXTERNAL

_MOST = 2**31 - 1


def uids(things: Iterable[tuple[UUID, str | None]]) -> dict[UUID, int]:
    """By id; `things` are ids with their external ids. A UID is given once."""
    found: dict[UUID, int] = {}
    taken = {0}
    waiting = []
    for id_, external_id in things:
        number = (external_id or "").removeprefix(EXTERNAL)
        uid = int(number) if number.isascii() and number.isdecimal() and len(number) <= len(str(_MOST)) else 0
        if uid in taken or uid > _MOST or not (external_id or "").startswith(EXTERNAL):
            waiting.append(id_)
        else:
            found[id_] = uid
            taken.add(uid)
    following = 0
    for id_ in waiting:
        following += 1
        while following in taken:
            following += 1
        found[id_] = following
    return found
