"""One of our pieces against its source, note by note: how far from the first, and how long until the next."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from mos_appliance.music.formats import format_of
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.notes import NoteList
from shelf.compare.abc import read_abc
from shelf.compare.kern import read_kern
from shelf.compare.lily import read_lily
from shelf.compare.line import Note, top
from shelf.compare.repositories import folder
from shelf.compare.symbtr import read_symbtr

Spec = dict[str, Any]
_Token = tuple[int, Fraction | None]


class Verdict(NamedTuple):
    """How a comparison ended: how many notes of ours, how many of them are the source's, and where they part."""

    ours: int
    same: int
    differences: tuple[str, ...]


def compare(document: Json, spec: Spec, sources: Path) -> Verdict:
    """Errors: `OSError` when the source is not there, `ValueError` when it has no such tune."""
    ours = _taken(
        our_line(score_notes(document["score"]), spec.get("staff", 1), spec.get("voice", 0)), spec.get("ours")
    )
    theirs = _taken(_theirs(spec, sources), spec.get("take"))
    ratio = Fraction(spec.get("ratio", "1"))
    mine, other = _tokens(ours, Fraction(1)), _tokens(theirs, ratio)
    if mine and other:  # nobody knows how long the last note is followed by nothing
        mine[-1], other[-1] = (mine[-1][0], None), (other[-1][0], None)
    matcher = SequenceMatcher(None, mine, other, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    told = [
        f"note {first + 1}: {_told(mine[first:last])} here, {_told(other[begin:end])} there"
        for kind, first, last, begin, end in matcher.get_opcodes()
        if kind != "equal"
    ]
    return Verdict(len(mine), same, tuple(told))


def our_line(piece: NoteList, staff: int, voice: int) -> list[Note]:
    """The highest notes as they stand on the page, of one staff and voice, or of all where the number is 0."""
    notes = piece.notes[~piece.notes["grace"]]
    if staff:
        notes = notes[notes["staff"] == staff]
    if voice:
        notes = notes[notes["voice"] == voice]
    return _line(notes, piece.division)


def _line(notes: np.ndarray[Any, Any], division: int) -> list[Note]:
    return top(Note(Fraction(int(note["onset"]), 4 * division), int(note["pitch"])) for note in notes)


def _taken(line: list[Note], place: list[int] | None) -> list[Note]:
    return line[slice(*place)] if place else line


def _tokens(line: list[Note], ratio: Fraction) -> list[_Token]:
    if not line:
        return []
    ends: list[Fraction | None] = [after.onset - note.onset for note, after in pairwise(line)]
    return [
        (note.pitch - line[0].pitch, None if gap is None else gap * ratio)
        for note, gap in zip(line, [*ends, None], strict=True)
    ]


def _told(tokens: list[_Token]) -> str:
    told = [f"{pitch:+d}" + ("" if gap is None else f" for {gap}") for pitch, gap in tokens[:6]]
    return ", ".join(told) + (" …" if len(tokens) > 6 else "") or "nothing"


def _theirs(spec: Spec, sources: Path) -> list[Note]:
    path = sources / folder(spec["repo"]) / spec["path"]
    return READERS[spec["reader"]](path.read_bytes(), spec)


def _read_lily(data: bytes, spec: Spec) -> list[Note]:
    text, language = data.decode("utf-8"), spec.get("language", "nederlands")
    if spec.get("anonymous"):  # the first music of a file without variables
        text = "anonymous = " + text[text.index("\\relative") :].replace("\\tag #'cl", "")
        return read_lily(text, "anonymous", language)
    line: list[Note] = []
    for name in spec["name"].split("+"):
        one = read_lily(text, name, language, spec.get("voices", 0))
        start = Fraction(0) if not line else line[-1].onset + Fraction(spec.get("last", "3/4"))
        line += [Note(note.onset + start, note.pitch) for note in one]
    return line


def _read_musicxml(data: bytes, spec: Spec) -> list[Note]:
    piece = format_of(spec["path"]).notes(data, False)
    return _line(piece.notes[piece.notes["part"] == spec["part"]], piece.division)


READERS: Final[dict[str, Callable[[bytes, Spec], list[Note]]]] = {
    "kern": lambda data, spec: read_kern(data.decode("latin-1"), spec.get("spine", 0)),
    "abc": lambda data, spec: read_abc(data.decode("latin-1"), spec["name"]),
    "lily": _read_lily,
    "symbtr": lambda data, _: read_symbtr(data.decode("utf-8")),
    "musicxml": _read_musicxml,
}
