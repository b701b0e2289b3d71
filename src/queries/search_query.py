"""What somebody looks for, in the words of people: words, "phrases", beginnings* and what to leave -out.

Nothing that is typed is an error of syntax: what has no meaning here stands between words, as it does in texts.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from heapq import merge
from itertools import islice, takewhile
from typing import NamedTuple

from ..projections.words import Word, words_of

MOST_TERMS = 20
_PART = re.compile(r'(?P<out>-?)(?:"(?P<phrase>[^"]*)(?:"|$)(?P<open>\*?)|(?P<plain>[^\s"]+))')


class SearchError(ValueError):
    """There is nothing that could be answered; `code` says why, the text what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Words:
    """The words of a text, and where each of them stands among them."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = tuple(words)
        self.texts = [word.text for word in self.words]
        self._where: dict[str, list[int]] = {}
        for at, text in enumerate(self.texts):
            self._where.setdefault(text, []).append(at)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._where)

    def where(self, text: str, *, prefix: bool) -> Iterable[int]:
        """The places among the words where one is the text, or begins with it; in order."""
        if not prefix:
            return self._where.get(text, ())
        first = bisect_left(self._sorted, text)
        begun = takewhile(lambda word: word.startswith(text), islice(self._sorted, first, None))
        return merge(*(self._where[word] for word in begun))


class Term(NamedTuple):
    """Words that follow each other; `prefix`: the last one is the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def sought(self) -> str:
        """The text that a text of folded words, with spaces around each, holds where the term is found."""
        return f" {' '.join(self.words)}{'' if self.prefix else ' '}"

    def places(self, words: Words) -> Iterator[tuple[int, int]]:
        """Where in a text the term is found, in order. Only where its first word stands is anything compared."""
        whole = list(self.words[:-1])
        for at in words.where(self.words[0], prefix=self.prefix and not whole):
            end = at + len(whole)
            if whole and not (words.texts[at:end] == whole and end < len(words.texts) and self._ends(words.texts[end])):
                continue
            yield words.words[at].start, words.words[end].end

    def _ends(self, text: str) -> bool:
        return text.startswith(self.words[-1]) if self.prefix else text == self.words[-1]


class SearchQuery(NamedTuple):
    """All of the `wanted` must be found, none of the `unwanted`."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]


def parse(text: str) -> SearchQuery:
    """What the text asks for; raises SearchError when it asks for nothing, or for too much."""
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for part in _PART.finditer(text):
        said = part["plain"] if part["plain"] is not None else part["phrase"]
        words = tuple(word.text for word in words_of(said))
        prefix = part["open"] == "*" or (part["plain"] or "").endswith("*")
        if words:
            (unwanted if part["out"] else wanted)[Term(words, prefix)] = None
    if not wanted:
        raise SearchError("SEARCH_EMPTY", "say what to look for: at least one word that is not to be left out")
    if len(wanted) + len(unwanted) > MOST_TERMS:
        raise SearchError("SEARCH_TOO_LONG", f"look for at most {MOST_TERMS} words and phrases at once")
    return SearchQuery(tuple(wanted), tuple(unwanted))
