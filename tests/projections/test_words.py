"""Words, as searches compare them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.projections.words import MOST_LETTERS, words_of


def told(text: str) -> list[str]:
    """The words alone."""
    return [word.text for word in words_of(text)]


@pytest.mark.parametrize(
    "text, words",
    [
        ("Dig the GARDEN", ["dig", "the", "garden"]),
        ("Gärten, Straße; élan", ["garten", "strasse", "elan"]),
        ("ΣΊΣΥΦΟΣ", ["σισυφοσ"]),
        ("foo-bar_baz@x.org", ["foo", "bar", "baz", "x", "org"]),
        ("計画書 v2", ["計", "画", "書", "v2"]),
        ("ﬁnal ① ½ İ", ["final", "1", "12", "i"]),
        ("हिन्दी", ["हिन्दी"]),
        ("\u0301 -- \ue000 \ue001 \0 😀", []),
        ("x" * 100, ["x" * MOST_LETTERS]),
    ],
)
def test_a_text_is_cut_into_words(text: str, words: list[str]) -> None:
    """Case, accents and forms of a letter make no difference; where no spaces are set, each letter is a word."""
    assert told(text) == words


@given(st.text())
def test_the_form_of_a_text_makes_no_difference(text: str) -> None:
    """A text composed or decomposed has the same words."""
    assert told(unicodedata.normalize("NFC", text)) == told(unicodedata.normalize("NFD", text))


@given(st.text())
def test_a_word_is_found_where_it_stands(text: str) -> None:
    """What stands there is that word, and words never overlap nor hold what separates them."""
    for word in words_of(text):
        assert word.text in told(text[word.start : word.end])
        assert not {*word.text} & {*" '\"\\*()|&!:-\ue000\ue001"}
