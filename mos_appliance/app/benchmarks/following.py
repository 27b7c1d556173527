"""Following a student: CPU time for each note played of a sonata of 500 bars, restarts and wrong notes among them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import numpy as np

from mos_appliance.app.benchmarks import Figure
from mos_appliance.music.notes import NOTE, NoteList, Part
from mos_appliance.tutor.follower import Follower
from mos_appliance.tutor.score_map import map_score

BARS: Final = 500
_BEATS: Final = 4
_DIVISION: Final = 480
_QUARTER_MS: Final = 400.0
_RESTART_EVERY: Final = 50
"""Bars after which the student goes two bars back."""
_WRONG: Final = 0.03
_RUNS: Final = 3


def measure() -> Iterator[Figure]:
    """CPU time of `Follower.played`, note by note, the least of so many runs of the same take."""
    runs = [costs_ns(time.thread_time_ns) for _ in range(_RUNS)]
    middle, high = np.quantile(np.min([took for took, _ in runs], axis=0), (0.5, 0.99)) / 1e6
    kept = all(kept for _, kept in runs)
    yield Figure(f"following, {BARS} bars, p50", round(float(middle), 4), "ms/note", "must be at most", 0.1)
    yield Figure(f"following, {BARS} bars, p99", round(float(high), 4), "ms/note", "must be at most", 1.0)
    yield Figure(f"following, {BARS} bars, place kept to the end", float(kept), "of 1")


def costs_ns(clock: Callable[[], int], most_notes: int = 1 << 20) -> tuple[list[int], bool]:
    """What each note costs by that clock, the first so many of them; and whether the place was right at the end."""
    score = _sonata()
    follower = Follower(map_score(score))
    took: list[int] = []
    last = 0
    for pitch, at, bar in islice(_played(score), most_notes):
        began = clock()
        follower.played(pitch, 64, at)
        took.append(clock() - began)
        last = bar
    return took, abs(follower.score.bars[follower.place] - last) <= 1


def _sonata() -> NoteList:
    """Eighths above, chords in halves below, the same at every call."""
    random = np.random.default_rng(500)
    rows: list[tuple[float, float, int, int]] = []
    upper = 76
    for bar in range(BARS):
        for eighth in range(2 * _BEATS):
            upper = int(np.clip(upper + random.integers(-4, 5), 64, 88))
            rows.append((bar * _BEATS + eighth / 2, 0.5, upper, 1))
        for half in (0, 2):
            root = int(random.integers(36, 52))
            rows += [(bar * _BEATS + half, 2.0, root + interval, 2) for interval in (0, 4, 7)]
    rows.sort()
    notes = np.zeros(len(rows), NOTE)
    for place, (onset, length, pitch, staff) in enumerate(rows):
        notes[place]["onset"], notes[place]["duration"] = onset * _DIVISION, length * _DIVISION
        notes[place]["bar"], notes[place]["pitch"] = onset // _BEATS + 1, pitch
        notes[place]["staff"] = staff
    notes["onset_ms"] = np.nan
    ids = tuple(f"n{place}" for place in range(len(rows)))
    return NoteList(notes, _DIVISION, (Part("Piano", 0, False, 0, 0),), (), ids)


def _played(score: NoteList) -> Iterator[tuple[int, float, int]]:
    """The keys of a student who goes back two bars now and then, and hits wrong keys; (pitch, ms, bar)."""
    random = np.random.default_rng(501)
    shift = 0.0
    begins = list(range(1, BARS, _RESTART_EVERY))
    for begin in begins:
        first = max(1, begin - 2)
        shift += (begin - first) * _BEATS * _QUARTER_MS + 900.0 * (first < begin)
        inside = (score.notes["bar"] >= first) & (score.notes["bar"] < begin + _RESTART_EVERY)
        for row in score.notes[inside]:
            wrong = int(random.random() < _WRONG)
            yield (
                int(row["pitch"]) + wrong,
                float(row["onset"]) / _DIVISION * _QUARTER_MS + shift + float(random.normal(0, 8)),
                int(row["bar"]),
            )
