"""The door of MusicXML, plain and packed. Whatever comes, only a `MosError` may leave."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Final

from mos_appliance.music.mnx.document import judge
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.musicxml.archive import is_archive, write_archive
from mos_appliance.music.musicxml.files import read_checked
from mos_appliance.music.musicxml.score_out import write_musicxml

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
    """Read, check, list, unfold, write, and read to the same notes again."""
    document = read_checked(data).document
    piece = score_notes(document, False)
    again = read_checked(write_musicxml(document).data).document
    assert judge(again).errors == ()
    rows = [[tuple(row) for row in score_notes(score, False).notes] for score in (document, again)]
    assert len(rows[0]) == len(piece.notes)
    assert [row[:2] for row in rows[0]] == [row[:2] for row in rows[1]]
