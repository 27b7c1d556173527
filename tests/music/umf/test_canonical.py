"""Figures of ECMAScript's number format and of the order of names are those that RFC 8785 gives in its appendices."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.json_number import number_text
from mos_appliance.music.json_text import read_json, write_json
from mos_appliance.music.umf.canonical import canonical
from tests.music.test_json_text import trees

APPENDIX_B = {
    0x0000000000000000: "0",
    0x8000000000000000: "0",
    0x0000000000000001: "5e-324",
    0x8000000000000001: "-5e-324",
    0x7FEFFFFFFFFFFFFF: "1.7976931348623157e+308",
    0x4340000000000000: "9007199254740992",
    0xC340000000000000: "-9007199254740992",
    0x4430000000000000: "295147905179352830000",
    0x44B52D02C7E14AF5: "9.999999999999997e+22",
    0x44B52D02C7E14AF6: "1e+23",
    0x44B52D02C7E14AF7: "1.0000000000000001e+23",
    0x444B1AE4D6E2EF4E: "999999999999999700000",
    0x444B1AE4D6E2EF4F: "999999999999999900000",
    0x444B1AE4D6E2EF50: "1e+21",
    0x3EB0C6F7A0B5ED8C: "9.999999999999997e-7",
    0x3EB0C6F7A0B5ED8D: "0.000001",
    0x41B3DE4355555553: "333333333.3333332",
    0x41B3DE4355555555: "333333333.3333333",
    0xBECBF647612F3696: "-0.0000033333333333333333",
    0x43143FF3C1CB0959: "1424953923781206.2",
}


@pytest.mark.parametrize("bits", APPENDIX_B)
def test_numbers_are_written_as_the_rfc_says(bits: int) -> None:
    (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    assert number_text(value) == APPENDIX_B[bits]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_the_same(value: float) -> None:
    assert float(number_text(value)) == value


def test_names_are_in_the_order_of_their_utf_16_code_units() -> None:
    names = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(read_json(canonical(names)).values()) == [2, 4, 6, 7, 1, 5, 3]


def test_texts_escape_what_they_must_and_nothing_else() -> None:
    text = '\u20ac$\u000f\u000aA\'B"\\\\"/\x7f'
    assert canonical({"a": text}) == '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"}'.encode()


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), trees, max_size=5))
def test_the_canonical_form_is_stable_and_means_the_same(tree: dict[str, object]) -> None:
    once = canonical(tree)
    again = read_json(once)
    assert again == read_json(write_json(tree))
    assert canonical(again) == once


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1])
def test_what_is_no_i_json_has_no_canonical_form(value: float) -> None:
    with pytest.raises(BadInput):
        canonical({"a": value})
