"""Two readers of MIDI files, one that looks at all bytes at once and one that goes event by event: one result."""

from __future__ import annotations

import random

import numpy as np
import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.smf import Smf, read_smf
from mos_appliance.music.smf_quick import MOST_BYTES, find_events
from tests.music.files import real_files

NAME, END = b"\x00\xff\x03\x01a", b"\x00\xff\x2f\x00"


def file_of(*tracks: bytes, tail: bytes = b"") -> bytes:
    chunks = b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in tracks)
    return b"MThd\x00\x00\x00\x06\x00\x01" + len(tracks).to_bytes(2, "big") + b"\x01\xe0" + chunks + tail


def is_quick(data: bytes) -> bool:
    return find_events(data, 14, int.from_bytes(data[10:12], "big"), 1_000) is not None


def told(data: bytes, *, careful: bool, most_events: int = 1_000) -> object:
    """All that comes of a file, or why it is refused."""
    try:
        smf = read_smf(data, most_events=most_events, careful=careful)
    except BadInput as error:
        return str(error)
    return facts(smf)


def facts(smf: Smf) -> object:
    return smf.kind, smf.division, smf.smpte, smf.tracks, smf.events.tobytes(), smf.sysex, smf.warnings


PLAIN = {
    "notes": file_of(NAME + b"\x00\x90\x3c\x40\x60\x80\x3c\x00" + END),
    "running status": file_of(b"\x00\x90\x3c\x40\x60\x3c\x00\x00\x3e\x40\x60\x3e\x00" + END),
    "running status over a meta": file_of(b"\x00\x90\x3c\x40" + NAME + b"\x60\x3c\x00" + END),
    "times of one to four bytes": file_of(
        b"\x7f\x90\x3c\x40\x81\x00\x3c\x00\x81\x80\x00\x3c\x40\x81\x80\x80\x00\x3c\x00" + END
    ),
    "one data byte": file_of(b"\x00\xc0\x05\x00\xd1\x20\x00\x90\x3c\x40\x60\x80\x3c\x00" + END),
    "exclusive": file_of(b"\x00\xf0\x03\x01\x90\xf7\x00\x90\x3c\x40\x60\x3c\x00\x00\xf7\x00" + END),
    "long text": file_of(b"\x00\xff\x01\x81\x00" + b"\x90" * 128 + b"\x10\x90\x3c\x40" + END),
    "tracks": file_of(NAME + END, b"\x00\x91\x3c\x40\x60\x3c\x00" + END, b"\x83\x00\xff\x51\x03\x07\xa1\x20" + END),
}
ODD = {
    "running status of one data byte": file_of(b"\x00\xc0\x05\x00\x06\x00\x90\x3c\x40\x60\x80\x3c\x00" + END),
    "running status of the track before": file_of(b"\x00\x90\x3c\x40" + END, b"\x00\x3c\x00" + END),
    "no status at all": file_of(b"\x00\x3c\x40" + END),
    "a status where data must stand": file_of(b"\x00\x90\x3c\x90\x00\x80\x3c\x00" + END),
    "a time of five bytes": file_of(b"\x81\x80\x80\x80\x00\x90\x3c\x40" + END),
    "real time in a file": file_of(b"\x00\xf8\x00\x90\x3c\x40" + END),
    "an end in the middle": file_of(b"\x00\x90\x3c\x40" + END + END),
    "an end with something in it": file_of(b"\x00\x90\x3c\x40\x00\xff\x2f\x01\x00" + END),
    "an end only in a text": file_of(b"\x00\x90\x3c\x40\x00\xff\x01\x04" + END),
    "no end": file_of(b"\x00\x90\x3c\x40"),
    "a text beyond the track": file_of(b"\x00\xff\x01\x20" + END, b"\x00\x90\x3c\x40" + END),
    "a tempo of two bytes": file_of(b"\x00\xff\x51\x02\x07\xa1" + END),
    "a metre that is none": file_of(b"\x00\xff\x58\x04\x00\x02\x18\x08" + END),
    "too far": file_of(b"\xff\xff\xff\x7f\x90\x3c\x40" * 9 + END),
    "bytes behind": file_of(b"\x00\x90\x3c\x40" + END, tail=b"\x00"),
    "a strange chunk": file_of(END, tail=b"XFIH\x00\x00\x00\x00"),
    "cut off": file_of(b"\x00\x90\x3c\x40" + END)[:-1],
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_file_is_read_at_once(name: str) -> None:
    assert is_quick(PLAIN[name])
    assert told(PLAIN[name], careful=False) == told(PLAIN[name], careful=True)
    assert not isinstance(told(PLAIN[name], careful=True), str)


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_left_to_the_careful_reader(name: str) -> None:
    assert told(ODD[name], careful=False) == told(ODD[name], careful=True)


@pytest.mark.parametrize("most_events", range(9))
def test_both_count_events_alike(most_events: int) -> None:
    data = PLAIN["tracks"]
    assert told(data, careful=False, most_events=most_events) == told(data, careful=True, most_events=most_events)


def test_real_files_are_read_alike_and_nearly_all_at_once() -> None:
    files = [data for name, data in real_files().items() if name.endswith((".mid", ".midi"))]
    for data in files:
        assert facts(read_smf(data)) == facts(read_smf(data, careful=True))
    assert not files or sum(find_events(data, 14, data[11], 2_000_000) is not None for data in files) > len(files) // 2


def test_a_file_cut_or_changed_anywhere_is_read_alike() -> None:
    generator = random.Random(1)
    whole = PLAIN["tracks"] + b""
    for place in range(14, len(whole)):
        for byte in (0, 0x2F, 0x7F, 0x80, 0x90, 0xC0, 0xF0, 0xFF, generator.randrange(256)):
            changed = whole[:place] + bytes((byte,)) + whole[place + 1 :]
            assert told(changed, careful=False) == told(changed, careful=True)
        assert told(whole[:place], careful=False) == told(whole[:place], careful=True)


def test_a_large_file_is_read_with_care_for_the_sake_of_memory() -> None:
    events = b"\x01\x90\x3c\x40\x01\x3c\x00" * (MOST_BYTES // 7 + 1)
    data = file_of(events + END)
    assert find_events(data, 14, 1, 2_000_000) is None
    small = read_smf(file_of(events[: 7 * 1_000] + END)).events
    assert np.array_equal(read_smf(data).events[: len(small)], small)
