"""The words of a text as searches compare them: neither case nor accents nor the forms of a letter make a difference.

Both databases are given words that are cut and folded here, and only compare them, so that they find the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MOST_LETTERS = 64
"""Of a word so many count."""
_RUN = re.compile("[0-9A-Za-z\u0080-\U0010ffff]+")
_ALONE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
"""Letters of scripts that set no spaces between words: each is a word of its own, and a word of many is a phrase."""


class Word(NamedTuple):
    """A word, folded, and where it stands in the text."""

    text: str
    start: int
    end: int


def words_of(text: str) -> Iterator[Word]:
    """The words of the text in their order: runs of letters, digits and their marks."""
    for run in _RUN.finditer(text):
        found = run.group()
        if found.isascii():
            yield Word(found.lower()[:MOST_LETTERS], *run.span())
        else:
            yield from _words_in(found, run.start())


def _words_in(run: str, offset: int) -> Iterator[Word]:
    letters, begin = "", 0
    for at, letter in enumerate((*run, " "), offset):
        folded = _folded(letter)
        alone = folded is not None and _ALONE.search(folded)
        if letters and (folded is None or alone):
            yield Word(unicodedata.normalize("NFKD", letters)[:MOST_LETTERS], begin, at)
            letters = ""
        if folded and alone:
            yield from (Word(each, at, at + 1) for each in folded)
        elif folded:
            begin = begin if letters else at
            letters += folded


@lru_cache(maxsize=65_536)
def _folded(letter: str) -> str | None:
    """What a letter or mark is compared as, which may be nothing; None: it stands between words."""
    if not _in_words(letter):
        return None
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    return "".join(part for part in plain if _in_words(part) and not "\u0300" <= part <= "\u036f")


def _in_words(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")
