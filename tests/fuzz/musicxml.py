"""The doors of MusicXML, plain and packed. Whatever comes, only a `MosError` may leave."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from pathlib import Path
from typing import Final

from mos_appliance.music.mnx.document import judge
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.musicxml.archive import is_archive, read_archive, write_archive
from mos_appliance.music.musicxml.files import musicxml_notes, read_checked
from mos_appliance.music.musicxml.notes_in import plain_notes
from mos_appliance.music.musicxml.score_out import write_musicxml
from mos_appliance.music.musicxml.tree import MAX_BYTES

DATA: Final = Path(__file__).parents[1] / "data" / "musicxml"
_ELEMENT: Final = re.compile(rb"<([a-z-]+)[^<>]*/>|<([a-z-]+)[^<>]*>[^<>]*</\2>")
_NUMBER: Final = re.compile(rb'(?<=[>"])-?\d+(?=[<"])')
_NUMBERS: Final = (b"0", b"-1", b"1", b"2", b"3", b"7", b"13", b"0.5", b"1024", b"9973", b"999999999", b"1e9", b"")


def musicxml_seeds() -> list[bytes]:
    """Our own good files, without the spaces."""
    paths = sorted([*DATA.glob("*.musicxml"), *DATA.glob("*.mxl")])
    good = [path.read_bytes() for path in paths if not path.stem.endswith(("_invalid", "_truncated"))]
    return [data if is_archive(data) else re.sub(rb">\s+<", b"><", data) for data in good]


def mend_musicxml(generator: random.Random, _data: bytes) -> bytes:
    """Sound XML of strange sense: elements moved, doubled and left out, numbers out of place."""
    data = generator.choice([seed for seed in musicxml_seeds() if not is_archive(seed)])
    for _ in range(generator.randint(1, 6)):
        found = list((_NUMBER if generator.random() < 0.5 else _ELEMENT).finditer(data))
        one, other = generator.choice(found), generator.choice(found)
        if one.re is _NUMBER:
            data = data[: one.start()] + generator.choice(_NUMBERS) + data[one.end() :]
        elif generator.random() < 0.5:
            data = data[: one.start()] + data[one.end() :]
        else:
            data = data[: one.start()] + other[0] + data[one.start() :]
    return write_archive(data) if generator.random() < 0.1 else data


def fuzz_musicxml(data: bytes) -> None:
    """Read, check, list, unfold, write, and read to the same notes again; straight from the text the same notes."""
    document = read_checked(data).document
    piece = score_notes(document, False)
    straight = plain_notes(read_archive(data) if is_archive(data) else data)
    assert straight is None or straight.notes.tobytes() == piece.notes.tobytes()
    assert straight is None or (straight.ids, straight.parts) == (piece.ids, piece.parts)
    again = read_checked(write_musicxml(document).data).document
    assert judge(again).errors == ()
    rows = [[tuple(row) for row in score_notes(score, False).notes] for score in (document, again)]
    assert len(rows[0]) == len(piece.notes)
    assert [row[:2] for row in rows[0]] == [row[:2] for row in rows[1]]


def mxl_seeds() -> list[bytes]:
    """A small score, packed by us, and by Python's own zip in other ways."""
    score = next(seed for seed in musicxml_seeds() if b"</measure></part>" in seed)
    score = score[: score.find(b"</measure>")] + b"</measure></part></score-partwise>"
    made = [write_archive(score), write_archive(score, "deep/folder/other.xml")]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr(zipfile.ZipInfo("a.musicxml"), score, method)
            archive.writestr(zipfile.ZipInfo("META-INF/other.xml"), b"<other/>", method)
        made.append(out.getvalue())
    return made


def mend_mxl(generator: random.Random, data: bytes) -> bytes:
    """Archives whose table of contents can be read, with odd numbers in it."""
    packed = bytearray(data if data.rfind(b"PK\x05\x06") >= 0 else generator.choice(mxl_seeds()))
    end = packed.rfind(b"PK\x05\x06")
    table = packed.find(b"PK\x01\x02")
    if table >= 0 and end + 22 <= len(packed):
        packed[end + 16 : end + 20] = struct.pack("<L", table)
        for _ in range(generator.randint(0, 3)):
            place = generator.choice((table, end, max(packed.rfind(b"PK\x01\x02"), 0))) + generator.randrange(4, 46)
            packed[place : place + 2] = struct.pack("<H", generator.choice((0, 1, 8, 9, 99, 255, 4096, 65535)))
    return bytes(packed)


def fuzz_mxl(data: bytes) -> None:
    """Only what was packed comes out, and never more than is read; then its notes."""
    assert len(read_archive(data)) <= MAX_BYTES
    musicxml_notes(data, False)
