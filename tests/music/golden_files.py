"""The golden MIDI files, byte by byte; `python -m tests.music.golden_files` writes them to tests/data/midi.

Each has an `_invalid` twin with one byte wrong and a `_truncated` twin that was cut off. The music is our own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parents[1] / "data" / "midi"


class Golden(NamedTuple):
    """One file; `wrong` is where its invalid twin differs and how, `cut` how many bytes its truncated twin has."""

    data: bytes
    wrong: tuple[int, int]
    invalid_error: str
    cut: int
    truncated_error: str


def _file(kind: int, division: int, *chunks: bytes) -> bytes:
    tracks = sum(chunk.startswith(b"MTrk") for chunk in chunks)
    head = b"MThd\0\0\0\6" + b"".join(number.to_bytes(2, "big") for number in (kind, tracks, division))
    return head + b"".join(chunks)


def _chunk(text: str, tag: bytes = b"MTrk") -> bytes:
    """A chunk of hexadecimal bytes; what follows a `;` is a comment, what stands in quotes is text."""
    body = bytearray()
    for line in text.splitlines():
        for number, piece in enumerate(line.split(";")[0].split('"')):
            body += piece.encode() if number % 2 else bytes.fromhex(piece)
    return tag + len(body).to_bytes(4, "big") + bytes(body)


_END = "00 ff 2f 00"

_two_hands = _file(
    1,
    480,
    _chunk("""
        00 ff 03 09 "Two hands"
        00 ff 58 04 01 02 18 08     ; a pick-up: one bar of 1/4
        00 ff 51 03 07 a1 20        ; 120 quarter notes a minute
        83 60 ff 58 04 03 02 18 08  ; tick 480: 3/4
        8b 20 ff 51 03 0f 42 40     ; tick 1920: 60 a minute
        8b 20 ff 2f 00              ; tick 3360
    """),
    _chunk(f"""
        00 ff 03 05 "Right"
        00 c0 00
        00 90 43 50                 ; G4, the pick-up
        83 60 80 43 40
        00 90 48 60 00 4c 60        ; C5 and E5 by running status
        87 40 80 48 40 00 4c 40     ; tick 1440
        83 60 90 4a 50              ; tick 1920, one quarter note
        83 60 80 4a 40
        {_END}
    """),
    _chunk(f"""
        00 ff 03 04 "Left"
        00 c1 20
        83 60 91 30 55              ; tick 480: C3
        00 b1 40 7f                 ; pedal
        8b 20 81 30 40
        00 b1 40 00
        {_END}
    """),
)

_odd = b"junk" + _file(
    0,
    96,
    _chunk("01 02 03", b"XFIH"),
    _chunk("""
        00 ff 03 05 "Ol" e9 21 21   ; a name in Windows' Latin
        00 99 24 64                 ; a drum
        30 24 00                    ; let go by velocity 0, running status
        00 90 3c 64                 ; C4
        18 3c 50                    ; C4 again while it sounds
        00 ff 01 02 "hm"            ; a text, running status goes on after it
        18 3c 00                    ; ends the first
        18 3c 00                    ; ends the second
        00 3c 00                    ; ends nothing
        00 f0 05 7e 7f 09 01 f7     ; General MIDI on
        00 90 40 40                 ; E4 never ends
        60 c0 00                    ; and neither does the track
    """),
    b"\0\0\0",
)

_smpte = _file(
    0,
    0xE728,  # 25 frames a second, 40 to the frame: a tick is a millisecond
    _chunk(f"""
        00 ff 51 03 07 a1 20        ; means nothing here
        87 68 90 3c 40              ; 1000 ms
        83 74 80 3c 40              ; 500 ms
        {_END}
    """),
)

GOLDEN: Final = {
    "two_hands": Golden(
        _two_hands,
        (_two_hands.index(bytes.fromhex("00 90 48 60")) + 2, 0xC8),
        "track 2, byte 0x65: a data byte where a status must stand, or the other way round",
        len(_two_hands) - 10,
        "track 3, byte 0x9e: the file ends inside this event",
    ),
    "odd": Golden(
        _odd,
        (_odd.index(bytes.fromhex("00 99 24 64")) + 1, 0x19),
        "track 1, byte 0x2e: a data byte where a status must stand, or the other way round",
        40,
        "track 1, byte 0x25: the file ends inside this event",
    ),
    "smpte": Golden(
        _smpte,
        (12, 0xE6),
        "byte 0xc: SMPTE time of 26 frames a second does not exist",
        20,
        "byte 0xe: the file ends inside the head of a chunk",
    ),
}


def twins(name: str) -> dict[str, bytes]:
    """The three files of that name."""
    golden = GOLDEN[name]
    invalid = bytearray(golden.data)
    place, byte = golden.wrong
    invalid[place] = byte
    return {name: golden.data, f"{name}_invalid": bytes(invalid), f"{name}_truncated": golden.data[: golden.cut]}


def write() -> None:
    """Write all of them."""
    for name in GOLDEN:
        for stem, data in twins(name).items():
            (FOLDER / f"{stem}.mid").write_bytes(data)


if __name__ == "__main__":
    write()
