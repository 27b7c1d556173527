from __future__ import annotations

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import FORMATS, format_of
from tests.music.golden_files import GOLDEN


def test_a_file_is_known_by_its_suffix_in_any_case() -> None:
    assert format_of("a/b.MID").name == "MIDI"
    assert format_of("song.kar") is format_of("song.rmi")


@pytest.mark.parametrize("path", ["song.txt", "song", ".mid"])
def test_an_unknown_suffix_is_refused_with_what_is_read(path: str) -> None:
    with pytest.raises(BadInput, match="MIDI"):
        format_of(path)


def test_no_two_formats_share_a_suffix() -> None:
    suffixes = [suffix for row in FORMATS for suffix in row.suffixes]
    assert len(set(suffixes)) == len(suffixes)


def test_repeats_need_no_unfolding_in_a_midi_file() -> None:
    row, data = format_of("a.mid"), GOLDEN["two_hands"].data
    assert (row.notes(data, True).notes == row.notes(data, False).notes).all()
    assert row.validate(data) == ()


def test_a_good_file_that_cannot_be_played_is_good_with_a_warning() -> None:
    longer_than_a_day = bytearray(bytes.fromhex("4d546864 00000006 0000 0001 0001 4d54726b 00000007"))
    longer_than_a_day += bytes.fromhex("ffffff7f ff2f00")
    assert format_of("a.mid").validate(bytes(longer_than_a_day)) == ("cannot be played: it lasts longer than a day",)
