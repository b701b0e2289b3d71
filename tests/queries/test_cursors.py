"""Cursors: what a page gives finds the next one, and nothing else is taken for one."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.queries.reading import BadCursorError, cursor_of, key_of, whole


@given(st.uuids(), st.integers(0, 2**31 - 1))
def test_a_cursor_gives_back_its_key(id_: UUID, number: int) -> None:
    """A key that went into a cursor comes out as it was."""
    assert key_of(cursor_of(str(id_)), UUID) == [id_]
    assert key_of(cursor_of(number), whole(32)) == [number]
    assert key_of(cursor_of(str(id_), number), UUID, whole(32)) == [id_, number]


@given(st.text() | st.binary().map(lambda content: content.decode("latin-1")))
def test_any_other_text_is_refused(text: str) -> None:
    """Whatever somebody sends is a key of the right types or refused in one way."""
    for types in ((UUID,), (whole(64),), (UUID, whole(32))):
        try:
            key: list[Any] = key_of(text, *types)
        except BadCursorError:
            continue
        assert [type(part) for part in key] == [UUID if type_ is UUID else int for type_ in types]


@pytest.mark.parametrize("number, bits", [(-1, 32), (2**31, 32), (2**63, 64), (10**30, 64)])
def test_a_number_that_a_column_cannot_hold_is_refused(number: int, bits: int) -> None:
    """A key that no row can have never reaches the database."""
    with pytest.raises((BadCursorError, TypeError)):
        key_of(cursor_of(number), whole(bits))
