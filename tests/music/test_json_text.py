from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import MAX_VALUES, read_json, write_json

trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), trees, max_size=5), st.booleans())
def test_what_is_written_is_read_equal(tree: dict[str, object], pretty: bool) -> None:
    assert read_json(write_json(tree, pretty=pretty)) == tree


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"a":1,"b":{"a":1,"\\u0061":2}}', "a: stands twice in one object"),
        (b'{"a":1, "a":1}', "a: stands twice in one object"),
        (b'{"a":[9007199254740993]}', r"a\[0\]: 9007199254740993 is larger than 2\^53"),
        (b'{"a":1e999}', "out of range"),
        (b'{"a":NaN}', "byte 5: here it is no JSON any more"),
        (b'{"a":"\xff"}', "is not UTF-8"),
        (b'{"a":1} x', "byte 9"),
        (b"[]", "here an object should begin"),
        (b"", "no JSON"),
        (b'{"a":1,', "no JSON"),
        (b"[" * 101 + b"]" * 101, "nested deeper than 100 levels"),
        (b'{"a":[' + b"0," * MAX_VALUES + b"0]}", "more than 1,000,000 values"),
    ],
)
def test_what_every_reader_would_not_read_alike_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_json(text)


def test_brackets_and_colons_in_texts_count_as_texts() -> None:
    assert read_json(b'{"a":"[[[:::\\"{{{"}')["a"] == '[[[:::"{{{'


def test_a_whole_number_is_an_integer_however_it_is_written() -> None:
    assert [type(value) for value in read_json(b'{"a":[1.0,1e2,-0.0,0.5]}')["a"]] == [int, int, int, float]
