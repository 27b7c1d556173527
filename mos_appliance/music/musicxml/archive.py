""".mxl: a zip file that says in `META-INF/container.xml` which of its files is the score. Read with limits.

Only what .mxl needs of zip: stored and deflated entries, neither encrypted nor split nor of 64 bits.
Source: PKWARE's APPNOTE 6.3.3; W3C MusicXML 4.0, "Compressed .MXL files".
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.musicxml.tree import MAX_BYTES, new, read_tree, write_tree

MAX_ENTRIES: Final = 1_000
MAX_RATIO: Final = 200
"""Bytes out of one byte in; scores come to 40."""
MIMETYPE: Final = b"application/vnd.recordare.musicxml"
CONTAINER: Final = "META-INF/container.xml"

_END: Final = struct.Struct("<4s4H2LH")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_VERSION: Final = 20
_UTF8: Final = 0x800
_ENCRYPTED: Final = 1
_STORED: Final = 0
_DEFLATED: Final = 8
_DATE: Final = 0x21
"""1 January 1980: the same score gives the same bytes."""


class _Entry(NamedTuple):
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    place: int


def is_archive(data: bytes) -> bool:
    """Whether the bytes begin as a zip file."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def read_archive(data: bytes) -> bytes:
    """The bytes of the score in an .mxl. Errors: `BadInput`."""
    entries = _entries(data)
    wanted = _root_file(data, entries)
    if wanted not in entries:
        raise BadInput(wanted[:80] or "archive", "is not in the archive")
    return _unpack(data, wanted, entries[wanted])


def _entries(data: bytes) -> dict[str, _Entry]:
    tail = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if tail < 0 or len(data) < tail + _END.size:
        raise BadInput("archive", "is cut off: its table of contents is missing")
    _, _, _, _, count, _, place, _ = _END.unpack_from(data, tail)
    if count > MAX_ENTRIES:
        raise BadInput("archive", f"holds {count} files; at most {MAX_ENTRIES} are read")
    found: dict[str, _Entry] = {}
    for _ in range(count):
        if place + _ENTRY.size > tail or data[place : place + 4] != b"PK\x01\x02":
            raise BadInput(f"byte {place}", "here the table of contents is damaged")
        row = _ENTRY.unpack_from(data, place)
        name_at, lengths = place + _ENTRY.size, row[10:13]
        raw = data[name_at : name_at + lengths[0]]
        name = raw.decode("utf-8" if row[3] & _UTF8 else "cp437", "replace")
        found[name] = _Entry(row[3], row[4], row[7], row[8], row[9], row[16])
        place = name_at + sum(lengths)
    return found


def _root_file(data: bytes, entries: dict[str, _Entry]) -> str:
    """The name of the score: as the container says, else the first file that looks like one."""
    if CONTAINER in entries:
        for element in read_tree(_unpack(data, CONTAINER, entries[CONTAINER])).iter():
            if element.tag.rpartition("}")[2] == "rootfile":
                return element.get("full-path", "")
        raise BadInput(CONTAINER, "names no score")
    for name in entries:
        if name.lower().endswith((".xml", ".musicxml")) and not name.startswith("META-INF/"):
            return name
    raise BadInput("archive", "holds no score")


def _unpack(data: bytes, name: str, entry: _Entry) -> bytes:
    where = name[:80]
    if entry.flags & _ENCRYPTED:
        raise BadInput(where, "is encrypted")
    if entry.size > MAX_BYTES or entry.size > MAX_RATIO * max(entry.packed, 100):
        raise BadInput(where, f"would unpack to {entry.size:,} bytes, which is more than is read")
    if entry.place + _LOCAL.size > len(data) or data[entry.place : entry.place + 4] != b"PK\x03\x04":
        raise BadInput(where, "does not stand where the table of contents says")
    local = _LOCAL.unpack_from(data, entry.place)
    begin = entry.place + _LOCAL.size + local[9] + local[10]
    packed = data[begin : begin + entry.packed]
    out = packed
    if entry.method == _DEFLATED:
        out = _inflate(packed, entry.size, where)
    elif entry.method != _STORED:
        raise BadInput(where, f"is packed by method {entry.method}, which is not read")
    if len(out) != entry.size or zlib.crc32(out) != entry.crc:
        raise BadInput(where, "is damaged: its checksum does not fit")
    return out


def _inflate(packed: bytes, size: int, where: str) -> bytes:
    """Never more than one byte beyond what was announced."""
    try:
        return zlib.decompressobj(-15).decompress(packed, size + 1)
    except zlib.error as error:
        raise BadInput(where, f"is damaged: {error}") from None


def write_archive(score: bytes, name: str = "score.musicxml") -> bytes:
    """An .mxl of one score; the same score always gives the same bytes."""
    root = new("rootfile", None, full_path=name, media_type=f"{MIMETYPE.decode()}+xml")
    container = write_tree(new("container", None, new("rootfiles", None, root)), "")
    out, table = bytearray(), bytearray()
    for path, content in (("mimetype", MIMETYPE), (CONTAINER, container), (name, score)):
        _append(out, table, path.encode(), content)
    count = 3
    return bytes(out + table) + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(table), len(out), 0)


def _append(out: bytearray, table: bytearray, name: bytes, content: bytes) -> None:
    """The first file, `mimetype`, is stored, so that others find it at a fixed place; the rest is deflated."""
    method = _STORED if not out else _DEFLATED
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = content if method == _STORED else packer.compress(content) + packer.flush()
    facts = (method, 0, _DATE, zlib.crc32(content), len(packed), len(content), len(name), 0)
    table += _ENTRY.pack(b"PK\x01\x02", _VERSION, _VERSION, _UTF8, *facts, 0, 0, 0, 0, len(out)) + name
    out += _LOCAL.pack(b"PK\x03\x04", _VERSION, _UTF8, *facts) + name + packed
