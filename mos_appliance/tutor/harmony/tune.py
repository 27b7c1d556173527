"""A melody with its beats: what a harmony is sought for."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.notes import note_list, page_of, parts_of, sounding
from mos_appliance.music.mnx.repeats import page_order
from mos_appliance.music.notation.keys import keys_of
from mos_appliance.music.notes import NoteList, read_notes
from mos_appliance.music.smf import KEY_SIGNATURE, Smf

MOST_BEATS: Final = 20_000
MOST_NOTES: Final = 100_000
_SHORTEST: Final = 0.05
"""Quarters; what is shorter is an ornament."""
_COMPOUND: Final = 3


class Beat(NamedTuple):
    """Units: quarters from the beginning; `place` of `of` in its bar, from 0."""

    start: Fraction
    end: Fraction
    place: int
    of: int


class Tune(NamedTuple):
    """A melody, one note at a time. Shapes: `onsets`, `ends` in quarters and `pitches` (n,), by onset."""

    onsets: NDArray[np.float64]
    ends: NDArray[np.float64]
    pitches: NDArray[np.int64]
    beats: list[Beat]
    fifths: int
    """Its key signature: sharps, or flats below 0."""
    key_known: bool
    """Whether the file says so."""
    fermatas: NDArray[np.float64]
    """Shapes: (n, 2), from when to when in quarters a note with a fermata lasts: in chorales the phrases end there."""


def tune_of_smf(smf: Smf) -> Tune:
    """The melody of a MIDI file: its highest notes. Errors: `BadInput` when there is none, or too much."""
    piece = read_notes(smf)
    metres = smf.metre_map()
    starts = [Fraction(int(tick), smf.division) for tick in metres.bar_ticks(max(_end(piece), 1))]
    places = np.searchsorted(metres.ticks, [int(start * smf.division) for start in starts], "right") - 1
    times = [(int(metres.numerators[place]), int(metres.denominators[place])) for place in places]
    lengths = [Fraction(4 * upper, lower) for upper, lower in times]
    ends = [*starts[1:], starts[-1] + lengths[-1]]
    bars = [
        (start, min(end, start + length), time)
        for start, end, length, time in zip(starts, ends, lengths, times, strict=True)
    ]
    keys = smf.metas(KEY_SIGNATURE)
    said = int(np.int8(np.uint8(keys[0].data[0]))) if keys and keys[0].data else None
    return _tune(piece, bars, said, [])


def tune_of_score(score: Json) -> Tune:
    """The melody of a score as it stands on the page. Errors: `BadInput`."""
    page = page_of(score)
    struck = sounding(page, page_order(score))
    piece = note_list(struck, page, parts_of(score))
    bars = [(bar.start * 4, (bar.start + bar.length) * 4, bar.time) for bar in page.bars]
    keys = [bar.measure["key"]["fifths"] for bar in page.bars if "key" in bar.measure]
    held = sorted(
        {
            (note.onset / page.division, (note.onset + note.duration) / page.division)
            for note in struck
            if "fermata" in own(note.head.placed.event) or "fermata" in own(note.last.placed.event)
        }
    )
    return _tune(piece, bars, keys[0] if keys else None, held)


def _end(piece: NoteList) -> int:
    return int((piece.notes["onset"] + piece.notes["duration"]).max()) if len(piece.notes) else 0


def _tune(
    piece: NoteList,
    bars: list[tuple[Fraction, Fraction, tuple[int, int]]],
    fifths: int | None,
    held: list[tuple[float, float]],
) -> Tune:
    onsets, ends, pitches = _upper_line(piece)
    if not len(onsets):
        raise BadInput("notes", "there is no melody")
    beats = [beat for place, bar in enumerate(bars) for beat in _beats(*bar, upbeat=not place)]
    if len(beats) > MOST_BEATS or len(onsets) > MOST_NOTES:
        raise BadInput("notes", f"more than {MOST_BEATS:,} beats or {MOST_NOTES:,} notes; cut the piece")
    known = fifths is not None and -7 <= fifths <= 7
    if fifths is None or not known:
        fifths = keys_of(pitches, ends - onsets)[0][0][0]
    return Tune(onsets, ends, pitches, beats, fifths, known, np.array(held, np.float64).reshape(-1, 2))


def _upper_line(piece: NoteList) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """The notes that no other is above of as they begin, each until the next begins."""
    drums = np.array([part.drums for part in piece.parts], bool)
    notes = piece.notes
    notes = notes[~notes["grace"] & (notes["duration"] > _SHORTEST * piece.division)]
    if len(notes):
        notes = notes[~drums[notes["part"]]]
    kept: list[tuple[int, int, int]] = []
    for onset, duration, pitch in sorted(
        zip(notes["onset"].tolist(), notes["duration"].tolist(), notes["pitch"].tolist(), strict=True),
        key=lambda row: (row[0], -row[2]),
    ):
        if kept:
            before, until, above = kept[-1]
            if onset == before or (pitch < above and onset < until - _SHORTEST * piece.division):
                continue
            kept[-1] = (before, min(until, onset), above)
        kept.append((onset, onset + duration, pitch))
    rows = np.array(kept, np.int64).reshape(-1, 3)
    return rows[:, 0] / piece.division, rows[:, 1] / piece.division, rows[:, 2]


def _beats(start: Fraction, end: Fraction, time: tuple[int, int], *, upbeat: bool) -> list[Beat]:
    """The beats of a bar; a first bar that is short is the end of one."""
    upper, lower = time
    compound = upper % _COMPOUND == 0 and lower >= 8
    length = Fraction(4 * (_COMPOUND if compound else 1), lower)
    if lower < 4:
        length, upper = Fraction(1), upper * 4 // lower
    if not compound and lower > 4:
        length = Fraction(1)
    count = max(1, -(-Fraction(4 * time[0], time[1]) // length))
    whole = Fraction(4 * time[0], time[1])
    begin = end - whole if upbeat and end - start < whole else start
    beats = []
    for place in range(int(-(-(end - begin) // length))):
        first, last = begin + place * length, min(begin + (place + 1) * length, end)
        if last > start:
            beats.append(Beat(max(first, start), last, place % int(count), int(count)))
    return beats
