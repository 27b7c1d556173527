"""Small scores, and students who play them, for tests of the tutor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from mos_appliance.music.notes import NOTE, NoteList, Part
from mos_appliance.tutor.follower import Decision, Follower
from mos_appliance.tutor.performance import Performance, performed
from mos_appliance.tutor.score_map import ScoreMap, map_score
from mos_appliance.tutor.settings import FollowerSettings

DIVISION = 480
BAR = 4
SCALE = (0, 2, 4, 5, 7, 9, 11)


class Played(NamedTuple):
    """A key press, and the note of the score's page that it means (-1: none)."""

    at_ms: float
    pitch: int
    note: int = -1
    velocity: int = 64
    duration_ms: float = 200.0


def page(rows: Sequence[tuple[float, float, int, int]], beats: int = BAR) -> NoteList:
    """A score of (onset, duration, pitch, staff); quarters."""
    rows = sorted(rows)
    notes = np.zeros(len(rows), NOTE)
    for place, (onset, duration, pitch, staff) in enumerate(rows):
        notes[place]["onset"], notes[place]["duration"] = round(onset * DIVISION), round(duration * DIVISION)
        notes[place]["bar"] = int(onset // beats) + 1
        notes[place]["pitch"], notes[place]["staff"], notes[place]["voice"] = pitch, staff, 1
    notes["onset_ms"] = notes["duration_ms"] = np.nan
    ids = tuple(f"n{place}" for place in range(len(rows)))
    part = Part("Piano", 0, False, 0, 0)
    return NoteList(notes, DIVISION, (part,), (), ids, (1,) * len(rows))


def key_of(degree: int) -> int:
    """A step of the C major scale from middle C."""
    octave, step = divmod(degree, 7)
    return 60 + 12 * octave + SCALE[step]


def little_piece(bars: int = 16, seed: int = 1) -> NoteList:
    """Eighths in the right hand, halves and chords in the left: no two bars alike."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[float, float, int, int]] = []
    degree = 4
    for bar in range(bars):
        for eighth in range(8):
            step = int(rng.integers(-3, 4)) or 1
            degree = degree + step if 0 <= degree + step <= 14 else degree - step
            rows.append((bar * BAR + eighth / 2, 0.5, key_of(degree), 1))
        root = int(rng.integers(-14, -7))
        for half in (0, 2):
            rows += [(bar * BAR + half, 2.0, key_of(root + third), 2) for third in (0, 2, 4)]
            root += int(rng.integers(-2, 3))
    return page(rows)


def mapped(score: NoteList) -> ScoreMap:
    return map_score(score)


def play(
    score: NoteList, notes: Iterable[int] | None = None, start_ms: float = 0.0, quarter_ms: float = 500.0
) -> list[Played]:
    """The notes of a score played to the metronome; `notes` only those, from where the first of them stands."""
    chosen = list(range(len(score.notes))) if notes is None else list(notes)
    first = score.notes["onset"][chosen[0]] / DIVISION
    return [
        Played(
            start_ms + (row["onset"] / DIVISION - first) * quarter_ms,
            int(row["pitch"]),
            note,
            64,
            float(row["duration"]) / DIVISION * quarter_ms * 0.9,
        )
        for note, row in ((note, score.notes[note]) for note in chosen)
    ]


def bars(score: NoteList, first: int, last: int) -> list[int]:
    """The notes of bars `first` to `last`, both from 1."""
    number = score.notes["bar"]
    return np.flatnonzero((number >= first) & (number <= last)).tolist()


def end_ms(played: Sequence[Played], quarter_ms: float = 500.0) -> float:
    """When a passage that ends with a full bar is over."""
    return played[0].at_ms + round((played[-1].at_ms - played[0].at_ms) / quarter_ms / BAR + 0.5) * BAR * quarter_ms


def follow(
    score: ScoreMap, played: Iterable[Played], settings: FollowerSettings | None = None
) -> tuple[Follower, list[Decision]]:
    """Everything that was decided about a take."""
    follower = Follower(score, settings)
    decisions: list[Decision] = []
    for key in played:
        decisions += follower.played(key.pitch, key.velocity, key.at_ms)
    return follower, decisions + follower.ended()


def take_of(played: Iterable[Played]) -> Performance:
    """The same as a take."""
    rows = sorted(played, key=lambda key: (key.at_ms, key.pitch))
    notes = np.zeros(len(rows), NOTE)
    for place, key in enumerate(rows):
        notes[place]["onset_ms"], notes[place]["duration_ms"] = key.at_ms, key.duration_ms
        notes[place]["pitch"], notes[place]["velocity"] = key.pitch, key.velocity
    return performed(NoteList(notes, DIVISION, ()))
