"""What somebody looks for, in the words of people: words, "phrases", beginnings* and what to leave -out.

Nothing that is typed is an error of syntax: what has no meaning here stands between words, as it does in texts.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..projections.words import Word, words_of

MOST_TERMS = 20
_PART = re.compile(r'(?P<out>-?)(?:"(?P<phrase>[^"]*)(?:"|$)(?P<open>\*?)|(?P<plain>[^\s"]+))')


class SearchError(ValueError):
    """There is nothing that could be answered; `code` says why, the text what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Term(NamedTuple):
    """Words that follow each other; `prefix`: the last one is the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def sought(self) -> str:
        """The text that a text of folded words, with spaces around each, holds where the term is found."""
        return f" {' '.join(self.words)}{'' if self.prefix else ' '}"

    def places(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """Where in a text the term is found, from the words of the text."""
        *whole, last = self.words
        for at in range(len(words) - len(whole)):
            found = words[at : at + len(self.words)]
            ends = found[-1].text.startswith(last) if self.prefix else found[-1].text == last
            if ends and [word.text for word in found[:-1]] == whole:
                yield found[0].start, found[-1].end


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
