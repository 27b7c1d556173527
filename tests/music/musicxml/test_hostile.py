"""What strangers send to do harm: refused in one line, without much memory."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.musicxml.archive import read_archive, write_archive
from mos_appliance.music.musicxml.files import read_checked
from mos_appliance.music.musicxml.score_in import read_musicxml
from tests.music.musicxml.test_score import score

NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>{}</duration></note>"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><score-partwise>&c;</score-partwise>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<score-partwise><movement-title>&x;</movement-title></score-partwise>"
)

HOSTILE: dict[str, tuple[bytes, str]] = {
    "laughs": (LAUGHS, "entities are refused"),
    "laughs in UTF-16": (LAUGHS.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"), "refused"),
    "a file of this machine": (OUTSIDE, "entities are refused"),
    "a parameter entity": (b'<!DOCTYPE a [<!ENTITY % p "x">%p;]><a/>', "entities are refused"),
    "an undeclared entity": (b"<score-partwise>&nbsp;</score-partwise>", "undefined entity"),
    "deep nesting": (b"<score-partwise>" + b"<a>" * 400_000, "no element found"),
    "deep nesting, closed": (b"<a>" * 100_000 + b"</a>" * 100_000, "deeper than 24"),
    "too many tags": (b"<a>" + b"<b/>" * 1_000_000 + b"</a>", "more than 1,000,000 tags"),
    "another root": (b"<html/>", "neither score-partwise"),
    "nothing": (b"", "no element found"),
    "zeros": (bytes(100), "no XML any more"),
    "an unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><score-partwise/>', "encoding"),
    "a duration without end": (score(NOTE.format("9" * 12)), "which is no length"),
    "a duration of very many digits": (score(NOTE.format("9" * 100_000)), "is no number"),
    "a duration below zero": (score(NOTE.format(-4)), "which is no length"),
    "an octave out of the world": (score(NOTE.format(4).replace("<octave>4", "<octave>4000")), "octave"),
    "no divisions": (score(f"<attributes><divisions>0</divisions></attributes>{NOTE.format(1)}"), "divisions"),
    "a tempo without sense": (score('<sound tempo="1e99"/>'), "no number"),
    "a tempo out of the world": (score('<sound tempo="99999"/>'), "a tempo of 99999"),
    "a tuplet of millions": (
        score(
            "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration><type>quarter</type>"
            "<time-modification><actual-notes>1000000</actual-notes><normal-notes>3</normal-notes>"
            "</time-modification></note>"
        ),
        "actual-notes",
    ),
    "voices without number": (
        score("".join(NOTE.format(f"1</duration><voice>{n}</voice><duration>1") for n in range(100))),
        "more than 64 voices",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_harm_is_refused_in_one_line(name: str) -> None:
    data, why = HOSTILE[name]
    with pytest.raises(BadInput) as refusal:
        read_checked(data)
    assert why in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_no_harm_takes_much_memory() -> None:
    tracemalloc.start()
    try:
        for data, _ in HOSTILE.values():
            with pytest.raises(BadInput):
                read_checked(data)
        assert tracemalloc.get_traced_memory()[1] < 150 << 20
    finally:
        tracemalloc.stop()


def test_nested_tuplets_without_end_are_refused_or_flattened() -> None:
    marks = "".join(f'<tuplet type="start" number="{n}"/>' for n in range(1, 60))
    ends = marks.replace("start", "stop")
    ratio = "<time-modification><actual-notes>9973</actual-notes><normal-notes>9967</normal-notes></time-modification>"
    note = NOTE.format(1).replace("</note>", f"<type>quarter</type>{ratio}<notations>{{}}</notations></note>")
    data = score(note.format(marks) + note.format(ends))
    try:
        reading = read_musicxml(data)
    except BadInput:
        return
    assert reading.document["parts"]


def zip_of(name: bytes, packed: bytes, size: int, crc: int, method: int = 8, flags: int = 0) -> bytes:
    facts = (method, 0, 0x21, crc, len(packed), size, len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, flags, *facts) + name + packed
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, flags, *facts, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    zeros = bytes(20 << 20)
    with pytest.raises(BadInput, match="would unpack to 20,971,520 bytes"):
        read_archive(zip_of(b"a.xml", deflated(zeros), len(zeros), zlib.crc32(zeros)))


def test_a_zip_bomb_that_lies_about_its_size_is_stopped() -> None:
    zeros = bytes(20 << 20)
    with pytest.raises(BadInput, match="checksum"):
        read_archive(zip_of(b"a.xml", deflated(zeros), 1000, zlib.crc32(zeros[:1000])))


def test_an_encrypted_or_strangely_packed_score_is_refused() -> None:
    with pytest.raises(BadInput, match="encrypted"):
        read_archive(zip_of(b"a.xml", b"xx", 2, 0, flags=1))
    with pytest.raises(BadInput, match="method 99"):
        read_archive(zip_of(b"a.xml", b"xx", 2, 0, method=99))


def test_an_archive_without_a_score_is_refused() -> None:
    with pytest.raises(BadInput, match="holds no score"):
        read_archive(zip_of(b"readme.txt", b"xx", 2, zlib.crc32(b"xx"), method=0))


def test_an_archive_may_name_its_score_in_the_container() -> None:
    assert read_archive(write_archive(b"<score/>", "deep/inside.xml")) == b"<score/>"


def test_an_archive_without_a_container_gives_its_first_score() -> None:
    assert read_archive(zip_of(b"a.xml", deflated(b"<a/>"), 4, zlib.crc32(b"<a/>"))) == b"<a/>"
