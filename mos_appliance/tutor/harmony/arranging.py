"""A melody with its chords as music to play: four voices, or a melody over a left hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.smf import EVENT, KEY_SIGNATURE, SEQUENCE_NAME, TIME_SIGNATURE, Meta, Smf, Track
from mos_appliance.tutor.harmony.labels import Chord
from mos_appliance.tutor.harmony.tune import Tune
from mos_appliance.tutor.harmony.voicing import LEFT_HAND, REST, SATB, Ensemble, Moment, voice

DIVISION: Final = 480
_MARKER: Final = 0x06
_PIANO: Final = 0
_CHOIR: Final = 52
_VELOCITY: Final = (84, 62)
_NAMES: Final = {SATB.name: ("Bass", "Tenor", "Alto", "Soprano"), LEFT_HAND.name: ("Left hand", "Right hand")}


class Arrangement(NamedTuple):
    """Shapes: `voices` (beats, 3) from the lowest, `REST` where silent; `shift` semitones that the melody was moved."""

    ensemble: Ensemble
    voices: NDArray[np.int64]
    shift: int


def arrange(tune: Tune, chords: list[Chord | None], tonic: int, ensemble: Ensemble | None = None) -> Arrangement:
    """Voices for these chords, one a beat. Without a wish: four voices where the melody fits a soprano."""
    shift = _shift_into(tune, SATB)
    if ensemble is None:
        ensemble = SATB if shift is not None else LEFT_HAND
    shift = (shift or 0) if ensemble is SATB else (_shift_into(tune, LEFT_HAND) or 0)
    moments = moments_of(tune, chords, shift)
    return Arrangement(ensemble, voice(moments, ensemble, tonic), shift)


def _shift_into(tune: Tune, ensemble: Ensemble) -> int | None:
    """The octaves that bring the melody into the upper voice's range; None when none do."""
    low, high = int(tune.pitches.min()), int(tune.pitches.max())
    shifts = [12 * octaves for octaves in (0, 1, -1, 2, -2, 3, -3)]
    return next((s for s in shifts if low + s >= ensemble.melody[0] and high + s <= ensemble.melody[1]), None)


def moments_of(tune: Tune, chords: list[Chord | None], shift: int) -> list[Moment]:
    """What the voices see of the melody, `shift` semitones moved."""
    moments = []
    place = 0
    onsets, ends, pitches = tune.onsets.tolist(), tune.ends.tolist(), tune.pitches.tolist()
    for beat, chord in zip(tune.beats, chords, strict=True):
        start, end = float(beat.start), float(beat.end)
        while place < len(onsets) and ends[place] <= start + 1e-6:
            place += 1
        inside, here = [], place
        while here < len(onsets) and onsets[here] < end - 1e-6:
            inside.append(pitches[here] + shift)
            here += 1
        moments.append(Moment(chord, inside[0] if inside else REST, inside[-1] if inside else REST, beat.place == 0))
    return moments


def as_smf(tune: Tune, arrangement: Arrangement, labels: list[str]) -> Smf:
    """The arrangement as a MIDI file: the melody, then the voices downwards, the chords' names as markers."""
    rows: list[tuple[int, int, int, int, int]] = []
    four = arrangement.ensemble is SATB
    voices = [_melody(tune, arrangement.shift)]
    lower = [_held(tune, arrangement.voices[:, number]) for number in (2, 1, 0)]
    voices += lower if four else [_patterned(tune, arrangement.voices)]
    names = _NAMES[arrangement.ensemble.name][::-1]
    end = _ticks(tune.beats[-1].end)
    for track, notes in enumerate(voices):
        rows.append((track, 0, 0xC0 | track, _CHOIR if four else _PIANO, 0))
        for start, stop, pitch in notes:
            rows.append((track, start, 0x90 | track, pitch, _VELOCITY[track > 0]))
            rows.append((track, stop, 0x80 | track, pitch, 64))
            end = max(end, stop)
    rows.sort(key=lambda row: (row[0], row[1], row[2] & 0xF0 == 0x90, row[3]))
    events = np.zeros(len(rows), EVENT)
    for place, name in enumerate(("track", "tick", "status", "data1", "data2")):
        events[name] = [row[place] for row in rows]
    metas = _metas(tune, labels)
    named = [Meta(0, SEQUENCE_NAME, name.encode()) for name in names]
    tracks = [Track((named[0], *metas), end), *(Track((name,), end) for name in named[1:])]
    return Smf(1, DIVISION, tuple(tracks), events)


def _ticks(quarters: Fraction | float) -> int:
    return round(quarters * DIVISION)


_Notes = list[tuple[int, int, int]]
"""First tick, last tick, pitch."""


def _melody(tune: Tune, shift: int) -> _Notes:
    return [
        (_ticks(onset), max(_ticks(onset) + 1, _ticks(end)), int(pitch) + shift)
        for onset, end, pitch in zip(tune.onsets, tune.ends, tune.pitches, strict=True)
    ]


def _held(tune: Tune, voice: NDArray[np.int64]) -> _Notes:
    """One voice; a pitch that stays is held to the end of its bar."""
    notes: _Notes = []
    for beat, pitch in zip(tune.beats, voice.tolist(), strict=True):
        if pitch == REST:
            continue
        start, end = _ticks(beat.start), _ticks(beat.end)
        if notes and notes[-1][2] == pitch and notes[-1][1] == start and beat.place:
            notes[-1] = (notes[-1][0], end, pitch)
        else:
            notes.append((start, end, pitch))
    return notes


def _patterned(tune: Tune, voices: NDArray[np.int64]) -> _Notes:
    """A left hand: the bass where the bar or a new chord begins, the upper tones on the other beats."""
    notes: _Notes = []
    before: list[int] = []
    for beat, chord in zip(tune.beats, voices.tolist(), strict=True):
        if REST in chord:
            before = []
            continue
        start, end = _ticks(beat.start), _ticks(beat.end)
        down = beat.place == 0 or chord != before or (beat.of == 4 and beat.place == 2)
        tones = [chord[0]] if down and beat.of > 1 else chord[1:]
        notes += [(start, end, pitch) for pitch in dict.fromkeys(tones)]
        before = chord
    return notes


def _metas(tune: Tune, labels: list[str]) -> list[Meta]:
    metas = [Meta(0, KEY_SIGNATURE, bytes((tune.fifths & 0xFF, 0)))]
    told = 0
    for beat, label in zip(tune.beats, labels, strict=True):
        tick = _ticks(beat.start)
        if not beat.place and beat.of != told:
            told = beat.of
            metas.append(Meta(tick, TIME_SIGNATURE, _metre(float(beat.end - beat.start), beat.of)))
        metas.append(Meta(tick, _MARKER, label.encode()))
    return metas


def _metre(beat_quarters: float, of: int) -> bytes:
    compound = abs(beat_quarters - 1.5) < 0.01
    return bytes((of * 3, 3, 36, 8)) if compound else bytes((of, 2, 24, 8))
