from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music import smf
from mos_appliance.music.smf import read_smf
from mos_appliance.music.smf_text import text_of
from mos_appliance.music.smf_write import write_smf
from tests.music.golden_files import FOLDER, GOLDEN, twins


def track(body: bytes) -> bytes:
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def file_of(*bodies: bytes, kind: int = 1, division: int = 96, tracks: int | None = None) -> bytes:
    count = len(bodies) if tracks is None else tracks
    numbers = b"".join(number.to_bytes(2, "big") for number in (kind, count, division))
    return b"MThd\0\0\0\6" + numbers + b"".join(map(track, bodies))


END = bytes.fromhex("00 ff 2f 00")
NOTE = bytes.fromhex("00 90 3c 40 60 80 3c 40")


def refusal(data: bytes, name: str = "") -> str:
    with pytest.raises(BadInput) as caught:
        read_smf(data, name)
    return str(caught.value)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_files_are_those_that_the_code_makes(name: str) -> None:
    for stem, data in twins(name).items():
        assert (FOLDER / f"{stem}.mid").read_bytes() == data


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_twins_are_refused_with_their_place(name: str) -> None:
    files, golden = twins(name), GOLDEN[name]
    assert refusal(files[f"{name}_invalid"]) == golden.invalid_error
    assert refusal(files[f"{name}_truncated"]) == golden.truncated_error
    assert refusal(files[f"{name}_truncated"], "a.mid") == f"a.mid: {golden.truncated_error}"


@pytest.mark.parametrize("name", ["two_hands", "smpte"])
def test_a_truncated_file_is_refused_wherever_it_was_cut(name: str) -> None:
    data = GOLDEN[name].data
    for cut in range(len(data)):
        assert "byte 0x" in refusal(data[:cut])


def test_real_files_are_refused_wherever_they_were_cut(courses: dict[str, bytes]) -> None:
    data = min(courses.values(), key=len)
    for cut in range(0, len(data), 7):
        assert "byte 0x" in refusal(data[:cut])


def test_real_files_are_read_without_complaint(courses: dict[str, bytes]) -> None:
    for data in courses.values():
        found = read_smf(data)
        assert found.warnings == ()
        assert len(found.events)


def test_what_is_odd_is_read_with_warnings() -> None:
    assert read_smf(GOLDEN["odd"].data).warnings == (
        "4 bytes before MThd skipped",
        "a chunk 'XFIH' of 3 bytes skipped",
        "track 1: no end of track",
        "3 bytes after the last track ignored",
    )
    assert read_smf(file_of(NOTE + END + b"\0\0")).warnings == ("track 1: 2 bytes after its end ignored",)
    assert read_smf(file_of(NOTE + END, NOTE + END, tracks=1)).warnings == ("2 tracks where the header says 1",)
    assert read_smf(file_of(NOTE + END, END, kind=0)).kind == 1


def test_a_track_length_that_is_too_long_is_forgiven_when_nothing_is_missing() -> None:
    data = bytearray(file_of(NOTE + END))
    data[21] += 5
    assert read_smf(bytes(data)).warnings == ("track 1: its length runs past the end of the file",)


def test_a_file_with_fewer_tracks_than_promised_is_refused() -> None:
    assert "ends after 1 of 2 tracks" in refusal(file_of(NOTE + END, tracks=2))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no MIDI file"),
        (b"RIFF....", "no MIDI file"),
        (b"MThd\0\0\0\6\0", "ends inside its header"),
        (file_of(END, kind=2), "type 2, independent patterns, are not read"),
        (file_of(END, kind=7), "type 7 do not exist"),
        (file_of(END, division=0), "0 ticks"),
        (file_of(END, division=0xE300), "0 ticks"),
        (file_of(tracks=2000), "2000 tracks"),
        (file_of(b"\x80\x80\x80\x80\x00" + END), "more than four bytes"),
        (file_of(b"\x00\x3c\x40" + END), "where a status must stand"),
        (file_of(b"\x00\xf8" + END), "0xf8 is no event"),
        (file_of(bytes.fromhex("00 ff 51 03 00 00 00") + END), "tempo of less than"),
        (file_of(bytes.fromhex("00 ff 51 02 07 a1") + END), "tempo of 2 bytes"),
        (file_of(bytes.fromhex("00 ff 58 04 00 02 18 08") + END), "time signature"),
        (file_of(bytes.fromhex("00 ff 58 04 04 07 18 08") + END), "time signature"),
        (file_of(bytes.fromhex("ff ff ff 7f 90 3c 40") * 20 + END), "ticks from the beginning"),
        (file_of(bytes.fromhex("ff ff ff 7f 90 3c 40") * 2100 + END), "ticks from the beginning"),
        (file_of(bytes.fromhex("00 ff 01 7f 00")), "the track ends inside this event"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(data: bytes, why: str) -> None:
    told = refusal(data)
    assert why in told
    assert "\n" not in told


def test_more_than_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadInput, match="more than 16 MiB"):
        read_smf(bytes(smf.UPLOAD_BYTES + 1))
    with pytest.raises(BadInput, match="more than 1 MiB"):
        read_smf(bytes(2 << 20), most_bytes=1 << 20)


def test_more_events_than_the_limit_are_refused() -> None:
    assert "more than 2,000,000 events" in refusal(file_of(b"\0\xc0\0" + b"\0\0" * smf.MAX_EVENTS))
    data = file_of(b"\0\xc0\0" + b"\0\0" * 8 + END, NOTE + END)
    assert len(read_smf(data, most_events=12).events) == 11
    with pytest.raises(BadInput, match=r"track 2, .* more than 10 events"):
        read_smf(data, most_events=10)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_smf(file_of(data))
        read_smf(data)
    except BadInput as error:
        assert str(error)


def test_running_status_goes_on_after_metas_and_sysex() -> None:
    found = read_smf(GOLDEN["odd"].data)
    assert found.sysex == 1
    assert found.events["status"].tolist()[1:6] == [0x99, 0x90, 0x90, 0x90, 0x90]


def test_time_of_film_needs_no_tempo() -> None:
    found = read_smf(GOLDEN["smpte"].data)
    assert found.smpte == 25
    assert found.tempo_map().milliseconds(found.events["tick"]).tolist() == [1000.0, 1500.0]
    drop_frame = file_of(NOTE + END, division=0xE302)
    assert float(read_smf(drop_frame).tempo_map().seconds(60 * 30_000)) == pytest.approx(30_000 * 1.001)
    assert read_smf(write_smf(found)).smpte == 25


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Für Elise".encode(), "Für Elise"),
        ("Für Elise".encode("latin-1"), "Für Elise"),
        (b"{@LATIN}Caf\xe9", "Café"),
        (b"{@JP}" + "さくら".encode("shift_jis"), "さくら"),
        (b"line\r\n\0 ", "line"),
    ],
)
def test_texts_are_read_as_they_were_typed(data: bytes, text: str) -> None:
    assert text_of(data) == text
