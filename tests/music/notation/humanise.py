"""Performances with known truth: scores played by a documented generator of human unevenness.

A note begins at the time of its onset under a tempo that drifts (a slow sine and a random walk, together at most
`drift`), moved by Gaussian noise of `noise_ms`; the notes of a chord are spread upwards by up to `spread_ms`; notes
last 75 to 105 % of what is written; velocities are 64 ± 12, louder by 8 for the melody, by 5 on the first beat.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np

from mos_appliance.music.midi import NOTE_OFF, NOTE_ON
from mos_appliance.music.smf import EVENT, Smf, Track
from mos_appliance.music.smf_write import name_meta, tempo_meta

DIVISION = 480
TICKS_A_SECOND = 2 * DIVISION


@dataclass(frozen=True)
class Written:
    """A note of the truth. Units: quarters."""

    onset: float
    duration: float
    pitch: int
    hand: str
    voice: str
    tpc: tuple[str, int]


@dataclass(frozen=True)
class Manner:
    """How unevenly it is played."""

    noise_ms: float = 20.0
    drift: float = 0.06
    spread_ms: float = 15.0
    bpm: float = 92.0


def play(notes: list[Written], manner: Manner, seed: int, beats_a_bar: float = 4.0) -> Smf:
    """One track on one channel, as a keyboard sends it; the n-th note-on by time and pitch is told by `order`."""
    chance = random.Random(seed)
    times = _clock(max(note.onset + note.duration for note in notes), manner, chance)
    rows = []
    for onset in sorted({note.onset for note in notes}):
        chord = sorted((note for note in notes if note.onset == onset), key=lambda note: note.pitch)
        spread = chance.uniform(0, manner.spread_ms) / 1000 / max(1, len(chord) - 1)
        for place, note in enumerate(chord):
            begin = max(0.0, _at(times, onset) + chance.gauss(0, manner.noise_ms / 1000) + place * spread + 0.3)
            length = (_at(times, onset + note.duration) - _at(times, onset)) * chance.uniform(0.75, 1.05)
            loud = 64 + chance.gauss(0, 12) + 8 * (place == len(chord) - 1) + 5 * (onset % beats_a_bar == 0)
            rows.append((begin, begin + max(0.06, length), note.pitch, min(120, max(20, round(loud)))))
    return _file(rows)


def _clock(end: float, manner: Manner, chance: random.Random) -> list[float]:
    """Seconds at each sixteenth of a quarter."""
    phase, walk, out = chance.uniform(0, 6.28), 0.0, [0.0]
    for step in range(int(end * 16) + 32):
        walk = 0.995 * walk + chance.gauss(0, 0.008)
        off = 0.6 * math.sin(phase + step / 16 * 2 * math.pi / 24) + 0.4 * max(-1.0, min(1.0, walk * 6))
        out.append(out[-1] + 60 / (manner.bpm * (1 + manner.drift * off)) / 16)
    return out


def _at(times: list[float], quarter: float) -> float:
    place = min(len(times) - 2, int(quarter * 16))
    return times[place] + (quarter * 16 - place) * (times[place + 1] - times[place])


def _file(rows: list[tuple[float, float, int, int]]) -> Smf:
    """A key that is struck again was let go before."""
    by_key: dict[int, list[list[float]]] = {}
    for begin, end, pitch, velocity in sorted(rows):
        before = by_key.setdefault(pitch, [])
        if before and before[-1][1] > begin - 0.01:
            before[-1][1] = max(before[-1][0] + 0.005, begin - 0.01)
        before.append([begin, end, velocity])
    messages = []
    for pitch, struck in by_key.items():
        for begin, end, velocity in struck:
            messages.append((round(begin * TICKS_A_SECOND), 1, NOTE_ON, pitch, int(velocity)))
            messages.append(
                (max(round(end * TICKS_A_SECOND), round(begin * TICKS_A_SECOND) + 1), 0, NOTE_OFF, pitch, 64)
            )
    messages.sort()
    events = np.zeros(len(messages), EVENT)
    for name, column in (("tick", 0), ("status", 2), ("data1", 3), ("data2", 4)):
        events[name] = [row[column] for row in messages]
    return Smf(0, DIVISION, (Track((name_meta("take"), tempo_meta(0, 500_000)), messages[-1][0]),), events)
