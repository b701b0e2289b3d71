"""What was found in a text, as HTML: what is found stands between <mark> and </mark>, all else is escaped."""

from collections.abc import Iterable, Iterator
from heapq import merge
from html import escape
from itertools import chain

from ..projections.words import words_of
from .search_query import SearchQuery, Words

_BEFORE, _SHOWN = 60, 240
"""How much of the notes is shown: up to so many characters before what was found, and so many in all."""
_Place = tuple[int, int]


def marked(text: str, asked: SearchQuery) -> str:
    """All of the text."""
    return _marked(text, _places(text, asked), 0, len(text))


def snippet(notes: str, asked: SearchQuery) -> str | None:
    """A part of the notes around what is found first; None when nothing is. Looks no further than it shows."""
    places = _places(notes, asked)
    place = next(places, None)
    if place is None:
        return None
    first = max(0, place[0] - _BEFORE)
    begin = notes.find(" ", first, place[0]) + 1 if first else 0
    begin = begin or first
    end = min(max(begin + _SHOWN, place[1]), len(notes))
    told = _marked(notes, chain([place], places), begin, end)
    return f"{'…' if begin else ''}{told}{'…' if end < len(notes) else ''}"


def _places(text: str, asked: SearchQuery) -> Iterator[_Place]:
    """In order, each looked for when it is wanted."""
    words = Words(words_of(text))
    return merge(*(term.places(words) for term in asked.wanted))


def _marked(text: str, places: Iterable[_Place], begin: int, end: int) -> str:
    """A part of the text as HTML; places that overlap are one."""
    told, at = [], begin
    for start, stop in places:
        if start >= end:
            break
        if stop <= at:
            continue
        told.append(escape(text[at : max(start, at)]))
        told.append(f"<mark>{escape(text[max(start, at) : min(stop, end)])}</mark>")
        at = min(stop, end)
    return "".join((*told, escape(text[at:end])))
