"""Melodies as they are looked for: by the steps from note to note, in any key and any octave.

A step is the interval to the next note modulo an octave, one letter `a` (the same note) to `l` (a major seventh up).
Five steps in a row are a gram; the grams of a piece go into an index, and one word more for how it begins. What the
index offers is compared with the piece's whole line of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

MAX_STEPS: Final = 256
"""Steps of a melody that are kept: the first ones."""
MAX_GRAMS: Final = 160
"""Different grams of a piece that are indexed."""
GRAM: Final = 5
LEAST_NOTES: Final = 3
LEAST_NOTES_INSIDE: Final = 4
"""Fewer are looked for at the beginnings of pieces only: they are inside nearly every piece."""
MOST_NOTES: Final = 64
LEAST_NOTES_AMISS: Final = 6
"""From so many on one of them may be wrong, missing or too many."""
START: Final = "z"
START_STEPS: Final = 8
_LETTERS: Final = "abcdefghijkl"
_DIGITS: Final = str.maketrans(_LETTERS, "0123456789ab")
_STEPS: Final = str.maketrans("0123456789ab", _LETTERS)


class Wanted(NamedTuple):
    """One way to look a melody up: the words that the index must have, the last as a beginning; then `steps`."""

    words: tuple[str, ...]
    prefix: bool
    steps: str
    at_start: bool


def steps_of(pitches: Sequence[int]) -> str:
    """The steps of a line of MIDI numbers."""
    return "".join(_LETTERS[(after - before) % 12] for before, after in pairwise(pitches))


def index_words(steps: str) -> list[str]:
    """The words under which a piece with these steps is found."""
    if len(steps) < LEAST_NOTES - 1:
        return []
    grams: dict[str, None] = {}
    for place in range(max(1, len(steps) - GRAM + 1)):
        grams.setdefault(steps[place : place + GRAM])
        if len(grams) >= MAX_GRAMS:
            break
    # The last steps are too few for a gram, yet four notes may be looked for there too.
    tails = [steps[-length:] for length in (GRAM - 1, GRAM - 2) if len(steps) >= length]
    return [START + steps[:START_STEPS], *grams, *(tail for tail in tails if tail not in grams)]


def exact(steps: str) -> Iterator[Wanted]:
    """How to find pieces that have these steps: first those that begin so, then those that have them anywhere."""
    yield Wanted((START + steps[:START_STEPS],), True, steps, True)
    if len(steps) >= LEAST_NOTES_INSIDE - 1:
        yield Wanted(_grams(steps), len(steps) < GRAM, steps, False)


def _grams(steps: str) -> tuple[str, ...]:
    """As few grams as cover the steps."""
    if len(steps) <= GRAM:
        return (steps,)
    places = [*range(0, len(steps) - GRAM, GRAM - 1), len(steps) - GRAM]
    return tuple(dict.fromkeys(steps[place : place + GRAM] for place in places))


def amiss(pitches: Sequence[int]) -> Iterator[Wanted]:
    """The same with one note of them wrong, too many, or missing; each way once."""
    told = {steps_of(pitches)}
    for line in _changed(list(pitches)):
        steps = steps_of(line)
        if steps not in told:
            told.add(steps)
            yield Wanted(_grams(steps), len(steps) < GRAM, steps, False)


def _changed(line: list[int]) -> Iterator[list[int]]:
    """The likeliest first: a neighbouring key, a note too many, another wrong one, a note that is missing."""
    for by in (1, -1, 2, -2):
        yield from _moved(line, by)
    for place in range(len(line)):
        yield [*line[:place], *line[place + 1 :]]
    for by in (3, -3, 4, -4, 5, -5, 6):
        yield from _moved(line, by)
    for place in range(1, len(line)):
        for pitch in range(12):
            yield [*line[:place], pitch, *line[place:]]


def _moved(line: list[int], by: int) -> Iterator[list[int]]:
    for place in range(len(line)):
        yield [*line[:place], line[place] + by, *line[place + 1 :]]


def pack(steps: str) -> bytes:
    """Two steps a byte."""
    codes = steps.translate(_DIGITS) + "f" * (len(steps) % 2)
    return bytes.fromhex(codes)


def unpack(data: bytes) -> str:
    """The steps that were packed."""
    return data.hex().rstrip("f").translate(_STEPS)
