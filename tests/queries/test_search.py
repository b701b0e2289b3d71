"""Full text search, against its definition in plain Python, on both databases."""

import random
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands.command import SYSTEM, Command
from src.commands.loop import Accepted
from src.commands.plan import DeleteTask, RestoreTask
from src.commands.project import CreateProject
from src.commands.task import AddTask, UpdateTask
from src.queries.reading import reading
from src.queries.search import SearchHit, search
from src.queries.search_query import MOST_TERMS, SearchError, parse
from src.testing.acting import accepted
from src.wiring import App
from tests.acting import context

ALPHABET = [*"abAé ß木1-'\"*%_\\", " ", " ", " ", "&", ":", "\n"]
"""Letters with case, accent and a form of two letters, one of a script without spaces, and what could be syntax."""
PLAIN = {"A": "a", "é": "e", "ß": "ss", "木": " 木 "}
Texts = dict[UUID, tuple[str, str, bool]]


def chance(dice: random.Random, most: int) -> str:
    """Any text over the alphabet."""
    return "".join(dice.choices(ALPHABET, k=dice.randrange(most)))


def plain(text: str) -> str:
    """The words of a text over the alphabet, with a space around each."""
    folded = "".join(PLAIN.get(c, c if c in "ab1" else " ") for c in text)
    return f" {' '.join(folded.split())} "


def asked(dice: random.Random) -> tuple[str, list[tuple[str, bool, bool]]]:
    """A question, and what it means: words that follow each other, whether the last is a beginning, whether wanted."""
    parts, meant = [], []
    for _ in range(dice.randrange(1, 4)):
        words = " ".join("".join(dice.choices("abé1木A", k=dice.randrange(1, 3))) for _ in range(dice.randrange(1, 3)))
        out, beginning = dice.random() < 0.2, dice.random() < 0.4
        parts.append(f'{"-" * out}"{words}"{"*" * beginning}')
        meant.append((plain(words), beginning, not out))
    return dice.choice([" ", "  ", " & ", " | ", " ! "]).join(parts), meant


def holds(text: str, words: str, beginning: bool) -> bool:
    """Whether the words are in the text, which has spaces around each."""
    return (words[:-1] if beginning else words) in text


def expected(texts: Texts, meant: list[tuple[str, bool, bool]], *, deleted: bool) -> list[UUID]:
    """The ids of what is found, in order."""
    wanted = {(words, beginning) for words, beginning, yes in meant if yes}
    unwanted = {(words, beginning) for words, beginning, yes in meant if not yes}

    def found(task: UUID, *term: object) -> bool:
        return any(holds(plain(text), *term) for text in texts[task][:2])  # type: ignore[arg-type]

    def rank(task: UUID) -> int:
        return sum(holds(plain(texts[task][0]), *term) for term in wanted)

    hits = [
        task
        for task, (_, _, live) in texts.items()
        if (live or deleted) and all(found(task, *t) for t in wanted) and not any(found(task, *t) for t in unwanted)
    ]
    return sorted(hits, key=lambda task: (-rank(task), task))


async def give(app: App, command: Command) -> Accepted:
    """The command is accepted."""
    return accepted(await app.commands.execute(command, context(SYSTEM)))


async def a_project(app: App) -> UUID:
    """A new one."""
    name = f"Search {uuid4()}"
    return UUID((await give(app, CreateProject(name=name))).ids["project"])


async def hits_of(
    app: App, question: str, project: UUID, limit: int = 100, *, deleted: bool = False
) -> list[SearchHit]:
    """All that is found, in pages of that size."""
    found: list[SearchHit] = []
    after = None
    async with reading(app.readers) as read:
        while True:
            page = await search(read, question, project=project, after=after, limit=limit, deleted=deleted)
            found += page.items
            if (after := page.next) is None:
                return found


@pytest.mark.parametrize("seed", range(3))
async def test_the_databases_find_what_the_definition_finds(app: App, seed: int) -> None:
    """Random texts, changed, deleted and restored, and random questions: the same hits in the same order."""
    dice = random.Random(seed)
    project, texts = await a_project(app), Texts()
    for _ in range(60):
        name, notes = f"a{chance(dice, 12)}", chance(dice, 60)
        task = UUID(int=dice.getrandbits(128), version=4)
        await give(app, AddTask(project=project, task=task, name=name, notes=notes))
        texts[task] = (name, notes, True)
    await app.runner.catch_up_all()
    for task in dice.sample(list(texts), 30):
        name, notes, _ = texts[task]
        match dice.randrange(3):
            case 0:
                name = f"b{chance(dice, 12)}"
                await give(app, UpdateTask(project=project, task=task, name=name))
                texts[task] = (name, notes, True)
            case 1:
                notes = chance(dice, 60)
                await give(app, UpdateTask(project=project, task=task, notes=notes))
                texts[task] = (name, notes, True)
            case _:
                await give(app, DeleteTask(project=project, task=task))
                back = dice.random() < 0.3
                if back:
                    await give(app, RestoreTask(project=project, task=task))
                texts[task] = (name, notes, back)
    await app.runner.catch_up_all()
    found = 0
    for _ in range(150):
        question, meant = asked(dice)
        deleted = dice.random() < 0.3
        if not any(wanted for _, _, wanted in meant):
            with pytest.raises(SearchError):
                await hits_of(app, question, project)
            continue
        hits = [hit.task for hit in await hits_of(app, question, project, dice.choice([3, 100]), deleted=deleted)]
        assert hits == expected(texts, meant, deleted=deleted), question
        found += len(hits)
    assert found > 300


@pytest.mark.parametrize("seed", range(2))
async def test_nothing_that_is_typed_is_an_error(shared: App, seed: int) -> None:
    """Any text is answered, or refused because it names no word or too many."""
    dice = random.Random(seed)
    typed = [
        "NEAR(a b)",
        "a AND OR NOT",
        "name:a",
        "^a",
        "a NOT b",
        "{x}: y",
        "'; DROP TABLE search_1; --",
        "\ue000",
        "a*b",
    ]
    typed += [chance(dice, 40) for _ in range(50)]
    typed += ["".join(chr(dice.randrange(1, 0xD800)) for _ in range(20)) for _ in range(20)]
    codes = set()
    for question in typed:
        try:
            await hits_of(shared, question, UUID(int=1))
        except SearchError as error:
            codes.add(error.code)
    assert codes <= {"SEARCH_EMPTY", "SEARCH_TOO_LONG"}


@pytest.mark.parametrize(
    "question, code",
    [
        ("", "SEARCH_EMPTY"),
        (' "" - * ', "SEARCH_EMPTY"),
        ("-dig", "SEARCH_EMPTY"),
        ("😀", "SEARCH_EMPTY"),
        (" ".join(f"w{n}" for n in range(MOST_TERMS + 1)), "SEARCH_TOO_LONG"),
    ],
)
def test_a_question_names_some_words(question: str, code: str) -> None:
    """Without one that is wanted there is nothing to look for; of too many each would be looked at in every text."""
    with pytest.raises(SearchError) as refused:
        parse(question)
    assert refused.value.code == code
