"""Writing down: a played file, a take or a piece becomes a score in the library, and is corrected there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from mos_appliance.app.input_file import read_input
from mos_appliance.app.library_pages import suffix_of
from mos_appliance.app.library_worker import Job, Told
from mos_appliance.app.library_workshop import Workshop
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.library.writing_down import checked
from mos_appliance.music.cid import cid_of
from mos_appliance.music.formats import format_of
from mos_appliance.store.library import Arrival, Library
from mos_appliance.store.take_export import plain_take
from mos_appliance.store.take_files import MAX_FILE_BYTES, SUFFIX, take_name
from mos_appliance.store.take_format import decode_take
from mos_appliance.wire.files import DataFile


class Source(NamedTuple):
    """What is written down: a file's name and bytes; `piece` is the CID where it is one of the library."""

    name: str
    data: bytes
    piece: str = ""


class Written(NamedTuple):
    """The piece that it became."""

    piece: Piece
    told: Told
    replaced: str = ""
    """The CID of the piece that it is a correction of, which was taken out."""
    unengraved: str = ""


def source_named(library: Library, data: Path, word: str) -> Source:
    """A piece by its CID, a take by its number, else a file. Errors: `BadInput`, `Corrupt`, `OSError`."""
    if word.isascii() and word.isdigit() and len(word) <= 9 and not Path(word).exists():
        name = take_name(int(word))
        file = data / DataFile.TAKES / f"{name}{SUFFIX}"
        if not file.is_file():
            raise BadInput("SOURCE", f"there is no take {name}")
        return Source(f"take {name}.mid", plain_take(decode_take(read_input(str(file), MAX_FILE_BYTES), file.name)))
    if not Path(word).exists() and "." not in word and "/" not in word:
        piece = library.find(word)
        return Source(f"{word}{suffix_of(piece.facts.format)}", library.read(word, opening=False), word)
    return Source(Path(word).name, read_input(word, format_of(word).most_bytes))


def write_down(library: Library, source: Source, words: Mapping[str, str], layouts: Sequence[str]) -> Written:
    """Put it into the library as a score, and take out what it is a correction of.

    Errors: `BadInput`, `Unavailable`.
    """
    checked(words)
    known = Facts(source=source.name)
    if source.piece:
        known = msgspec.structs.replace(known, source=library.find(source.piece).facts.source)
    workshop = Workshop()
    try:
        answer = workshop.ask(Job(source.name, source.data, known, tuple(layouts), dict(words)))
    finally:
        workshop.close()
    if answer.piece is None:
        raise Unavailable("it could not be written down")
    piece = msgspec.structs.replace(answer.piece, cid=cid_of(answer.data))
    library.add([Arrival(piece, answer.data, True, "")])
    for layout, pages in answer.pages.items():
        library.keeper.keep_pages(piece.cid, layout, pages)
    replaced = source.piece if source.piece and source.piece != piece.cid and _ours(library, source.piece) else ""
    if replaced:
        library.succeed(replaced, piece.cid)
    return Written(piece, answer.told, replaced, answer.unengraved)


def _ours(library: Library, cid: str) -> bool:
    """Whether a correction takes its place: what ships stays."""
    return not library.standing(cid).shelf
