"""Chords: CPU time of harmonising and arranging a tune of 64 beats, and of naming the chords of what is played."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import numpy as np

from mos_appliance.app.benchmarks import Figure
from mos_appliance.app.models import HarmonyNetwork
from mos_appliance.music.notes import NOTE, NoteList, Part
from mos_appliance.tutor.harmony.arranging import arrange
from mos_appliance.tutor.harmony.proposing import propose
from mos_appliance.tutor.harmony.segments import chords_of
from mos_appliance.tutor.harmony.tune import Beat, Tune

BEATS: Final = 64
TUNES: Final = 40
_MOST_MS: Final = 10.0
_NOTES: Final = 2_000
_DIVISION: Final = 480


def measure() -> Iterator[Figure]:
    """Tunes that walk about in C major, the same at every call."""
    network = HarmonyNetwork()
    random = np.random.default_rng(11)
    tunes = [_tune(random) for _ in range(TUNES)]
    propose(tunes[0], network)
    proposing, arranging = [], []
    for tune in tunes:
        began = time.process_time()
        proposals = propose(tune, network)
        middle = time.process_time()
        arrange(tune, [proposal.candidates[0].chord for proposal in proposals], 0)
        proposing.append((middle - began) * 1000.0)
        arranging.append((time.process_time() - middle) * 1000.0)
    whole = np.quantile(np.add(proposing, arranging), 0.95)
    yield Figure(f"harmonising {BEATS} beats, p95", round(float(np.quantile(proposing, 0.95)), 2), "ms")
    yield Figure(f"arranging {BEATS} beats, p95", round(float(np.quantile(arranging, 0.95)), 2), "ms")
    yield Figure("harmonising and arranging, p95", round(float(whole), 2), "ms", "must be at most", _MOST_MS)
    piece = _played(random)
    began = time.process_time()
    chords_of(piece, 0)
    yield Figure("naming chords", round((time.process_time() - began) / _NOTES * 1e6, 1), "µs/note")


def _tune(random: np.random.Generator) -> Tune:
    scale = [pitch for pitch in range(60, 82) if pitch % 12 in {0, 2, 4, 5, 7, 9, 11}]
    place, pitches = 5, []
    for _ in range(BEATS):
        place = int(np.clip(place + random.integers(-2, 3), 0, len(scale) - 1))
        pitches.append(scale[place])
    onsets = np.arange(BEATS, dtype=np.float64)
    beats = [Beat(Fraction(beat), Fraction(beat + 1), beat % 4, 4) for beat in range(BEATS)]
    return Tune(onsets, onsets + 1.0, np.array(pitches, np.int64), beats, 0, True, np.zeros((0, 2)))


def _played(random: np.random.Generator) -> NoteList:
    notes = np.zeros(_NOTES, NOTE)
    notes["onset"] = np.arange(_NOTES) // 4 * _DIVISION // 2
    notes["duration"] = _DIVISION
    notes["pitch"] = random.integers(40, 80, _NOTES)
    return NoteList(notes, _DIVISION, (Part("Piano", 0, False, 0, 0),))
