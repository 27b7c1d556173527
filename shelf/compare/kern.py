"""Humdrum `**kern`: the first spine, as far as a song needs it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from shelf.compare.line import Note, top

_STEPS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_TOKEN: Final = re.compile(r"(\d+)(\.*)[^a-gA-Gr]*(r|[a-g]+|[A-G]+)([#\-n]*)")


def read_kern(text: str, spine: int = 0) -> list[Note]:
    """The melody; tied notes are one, grace notes none."""
    notes: list[Note] = []
    at = Fraction(0)
    for line in text.splitlines():
        if not line or line[0] in "!*=":
            continue
        token = line.split("\t")[spine]
        length = Fraction(0)
        for chord in token.split():
            found = _TOKEN.search(chord)
            if not found or "q" in chord:
                continue
            value = Fraction(1, int(found[1])) if int(found[1]) else Fraction(2)
            length = value * (2 - Fraction(1, 2 ** len(found[2])))
            if found[3] != "r" and "_" not in chord and "]" not in chord:
                notes.append(Note(at, _pitch(found[3], found[4])))
        at += length
    return top(notes)


def _pitch(letters: str, signs: str) -> int:
    step = _STEPS[letters[0].lower()]
    octave = 3 + len(letters) if letters[0].islower() else 4 - len(letters)
    return 12 * (octave + 1) + step + signs.count("#") - signs.count("-")
