"""What was found is marked, and neither long notes nor many terms make that dear."""

import random
from html import escape
from itertools import islice
from time import thread_time
from typing import Any
from uuid import UUID

from src.commands.command import SYSTEM
from src.commands.project import CreateProject
from src.commands.task import AddTask
from src.projections.words import Word, words_of
from src.queries.marking import marked, snippet
from src.queries.reading import reading
from src.queries.search import search
from src.queries.search_query import MOST_TERMS, SearchError, SearchQuery, Term, Words, parse
from src.testing.acting import accepted
from src.wiring import App
from tests.acting import context

LETTERS = "abcdefghijklmnopqrst"
LONG = " ".join(LETTERS[n % MOST_TERMS] for n in range(16_000))
"""Notes as long as they may be, of nothing but words."""


class Counted(str):
    """A text that knows how often it, or one like it, was compared."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    def startswith(self, *what: Any) -> bool:
        """The same."""
        Counted.compared += 1
        return super().startswith(*what)


def places(text: str, asked: SearchQuery) -> list[tuple[int, int]]:
    """By the definition: every term is held against every word."""
    words = list(words_of(text))

    def fits(term: Term, at: int) -> bool:
        found = tuple(word.text for word in words[at : at + len(term.words)])
        *whole, last = term.words
        ends = found[-1].startswith(last) if term.prefix else found[-1] == last
        return ends and found == (*whole, found[-1])

    return sorted(
        (words[at].start, words[at + len(term.words) - 1].end)
        for term in asked.wanted
        for at in range(len(words) - len(term.words) + 1)
        if fits(term, at)
    )


def told(text: str, asked: SearchQuery, begin: int, end: int) -> str:
    """The part of the text, letter by letter."""
    inside = {at for start, stop in places(text, asked) for at in range(start, stop)}
    html = "".join(
        f"<mark>{escape(text[at])}</mark>" if at in inside else escape(text[at])
        for at in range(begin, min(end, len(text)))
    )
    return html.replace("</mark><mark>", "")


def test_what_is_marked_is_what_the_definition_finds() -> None:
    """Random texts and questions: all places of a name, and those of notes that their snippet shows."""
    dice, snippets = random.Random(1), 0
    for _ in range(200):
        text = "".join(dice.choices("aabé ß木 <. ", k=dice.randrange(1, 400)))
        parts = [
            f'"{"".join(dice.choices("abé木 ", k=dice.randrange(1, 6)))}"{"*" * dice.randrange(2)}' for _ in range(3)
        ]
        try:
            asked = parse(" ".join(parts))
        except SearchError:
            continue
        words = Words(words_of(text))
        found = places(text, asked)
        assert sorted(place for term in asked.wanted for place in term.places(words)) == found
        assert marked(text, asked).replace("</mark><mark>", "") == told(text, asked, 0, len(text))
        shown = snippet(text, asked)
        assert (shown is None) is (not found)
        if shown is None:
            continue
        first = max(0, found[0][0] - 60)
        begin = (text.find(" ", first, found[0][0]) + 1 or first) if first else 0
        end = max(begin + 240, found[0][1])
        expected = f"{'…' * bool(begin)}{told(text, asked, begin, end)}{'…' * (end < len(text))}"
        assert shown.replace("</mark><mark>", "") == expected
        snippets += 1
    assert snippets > 50


def test_a_term_is_compared_only_where_it_can_be() -> None:
    """Twenty terms over the longest notes: no more comparisons than there are words; without end none is found."""
    words = Words(Word(Counted(word.text), word.start, word.end) for word in words_of(LONG))
    asked = parse(" ".join(f'{letter} "{letter} x"' for letter in LETTERS[: MOST_TERMS // 2]))
    Counted.compared = 0
    found = [list(islice(term.places(words), 10)) for term in asked.wanted]
    assert sum(map(len, found)) == 10 * MOST_TERMS / 2
    assert Counted.compared <= 2 * len(words.words)


async def test_a_page_of_long_notes_leaves_the_loop_to_others(shared: App) -> None:
    """Its hits are made elsewhere: the loop's thread works less than it takes to cut the notes into words."""
    project, tasks = UUID(int=random.getrandbits(128), version=4), 10
    await _give(shared, CreateProject(project=project, name=f"Marking {project}"))
    for n in range(tasks):
        await _give(shared, AddTask(project=project, name=f"Task {n}", notes=LONG))
    await shared.runner.catch_up_all()
    begun = thread_time()
    for _ in range(tasks):
        list(words_of(LONG))
    cutting = thread_time() - begun
    async with reading(shared.readers) as read:
        begun = thread_time()
        page = await search(read, " ".join(LETTERS), project=project)
        taken = thread_time() - begun
    assert len(page.items) == tasks
    assert {hit.snippet for hit in page.items} == {snippet(LONG, parse(" ".join(LETTERS)))}
    assert taken < cutting


async def _give(app: App, command: Any) -> None:
    accepted(await app.commands.execute(command, context(SYSTEM)))
