"""SymbTr's tables: one row a note, pitches in commas of 1/53 octave."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from shelf.compare.line import Note

_A4: Final = 305
"""The comma that the table gives A4."""


def read_symbtr(text: str) -> list[Note]:
    """The melody, each pitch rounded to the nearest half step."""
    notes = []
    at = Fraction(0)
    for line in text.splitlines()[1:]:
        cells = line.split("\t")
        if not cells[6].isdigit() or not int(cells[7] or 0) or cells[1] == "51":
            continue
        if cells[2] not in {"Es", ""}:
            notes.append(Note(at, round((int(cells[4]) - _A4) * 12 / 53) + 69))
        at += Fraction(int(cells[6]), int(cells[7]))
    return notes
