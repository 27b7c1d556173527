"""With hindsight: a take is read again once it is over, each note in the light of all that came after it.

The best reading of the whole take says where the student was; from it the score's time is laid over the take's, and
then the notes of each pitch are matched one to one, in order, so that they lie as near as they can to where that time
expects them. Source: the two stages (coarse anchors, then one pitch at a time) follow Peter et al., "Automatic
Note-Level Score-to-Performance Alignments in the ASAP Dataset" (TISMIR 6(1), 2023).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.follower import Decision, Follower
from mos_appliance.tutor.hypothesis import NO_NOTE
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap

_GAP_MS: Final = 600.0
"""As much as a note may lie off its place; then it is another note."""
_ANCHORS: Final = 4
"""So few notes that are no trill's tell how time goes on."""
_LIKED: Final = 0.5
"""What the distance counts where the reading of the whole take agrees …"""
_LIKED_MOST_MS: Final = 200.0
"""… and the most that it then counts."""
_SMOOTH: Final = 3
_PLAIN: Final = 2.0
"""By how much more a distance counts for a note that is no trill's: doubtful ones are better left out."""
_ROUNDS: Final = 3
"""How often time is laid over the take anew, by what was matched last."""
_BAND: Final = 8
"""Notes of one pitch before and after the nearest that may be meant."""
_PAIR, _SKIP, _LEFT = range(3)


def refined(score: ScoreMap, take: Performance, follower: Follower, decisions: Sequence[Decision]) -> list[Decision]:
    """The decisions on a take that is over, made again."""
    steps = follower.best_steps()
    runs: dict[int, list[tuple[int, int]]] = {}
    run_of = np.zeros(len(take), np.int64)
    for step in steps:
        run_of[step.struck] = step.run
        if step.note != NO_NOTE:
            runs.setdefault(step.run, []).append((step.struck, step.note))
    note_of = np.full(len(take), NO_NOTE, np.int64)
    for run, pairs in runs.items():
        members = np.flatnonzero(run_of == run)
        for index, note in _matched_again(score, take, pairs, members):
            note_of[index] = note
    return [
        decision._replace(note=note, run=run)
        for decision, note, run in zip(decisions, note_of.tolist(), run_of.tolist(), strict=True)
    ]


def _matched_again(
    score: ScoreMap, take: Performance, pairs: list[tuple[int, int]], members: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """(note played, note of the score) of one run; `members` are all notes played in it."""
    if len(pairs) < 4:
        return pairs
    moments = [score.moment_of[note] for _, note in pairs]
    span = min(moments), max(moments)
    read = {index: score.moment_of[note] for index, note in pairs if not score.trill_of[note]}
    by_pitch: dict[int, list[int]] = {}
    for index in members.tolist():
        by_pitch.setdefault(int(take.pitch[index]), []).append(index)
    for _ in range(_ROUNDS):
        quarters, times = _time_map(score, take, pairs)
        pairs = []
        for pitch, played in by_pitch.items():
            places = score.places[pitch]
            begin, end = bisect_left(places, span[0]), bisect_right(places, span[1])
            if begin < end:
                expected = np.interp([score.quarters[place] for place in places[begin:end]], quarters, times)
                onsets = take.onset_ms[played]
                liked = [bisect_left(places, read[index]) - begin if index in read else -1 for index in played]
                weights = [1.0 if score.trill_of[note] else _PLAIN for note in score.heads[pitch][begin:end]]
                for mine, theirs in _nearest_in_order(onsets.tolist(), expected.tolist(), liked, weights):
                    pairs.append((played[mine], score.heads[pitch][begin + theirs]))
    return pairs


def _time_map(
    score: ScoreMap, take: Performance, pairs: list[tuple[int, int]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When each moment came, where it was heard: medians, smoothed so that time does not run back."""
    heard: dict[int, list[float]] = {}
    plain = [pair for pair in pairs if not score.trill_of[pair[1]]]
    for index, note in plain if len(plain) >= _ANCHORS else pairs:  # in a trill the reading drifts
        heard.setdefault(score.moment_of[note], []).append(float(take.onset_ms[index]))
    moments = sorted(heard)
    quarters = np.array([score.quarters[moment] for moment in moments])
    times = np.array([float(np.median(heard[moment])) for moment in moments])
    return quarters, np.maximum.accumulate(_despiked(quarters, times))


def _despiked(quarters: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times of which none lies far off the line through its neighbours' median."""
    out = times.copy()
    for place in range(len(times)):
        begin, end = max(0, place - _SMOOTH), min(len(times), place + _SMOOTH + 1)
        others = np.delete(np.arange(begin, end), place - begin)
        if len(others) < 4:
            continue
        slope = (times[others[-1]] - times[others[0]]) / max(quarters[others[-1]] - quarters[others[0]], 1e-6)
        level = float(np.median(times[others] - slope * quarters[others]))
        expected = level + slope * quarters[place]
        if abs(times[place] - expected) > _GAP_MS:
            out[place] = expected
    return out


def _nearest_in_order(
    played: Sequence[float], expected: Sequence[float], liked: Sequence[int], weights: Sequence[float]
) -> list[tuple[int, int]]:
    """Pairs of two ascending lists of times, so that the sum of distances and gaps is least; a band of the table.

    `liked`: for each of `played` the one that the reading of the whole take has paired it with, -1 for none;
    `weights`: what a distance counts for each of `expected`.
    """
    columns, gap, infinite = len(expected), _GAP_MS / 2, float("inf")
    centres = [bisect_left(expected, time) for time in played]
    lows = [max(0, centre - _BAND) for centre in centres] + [columns]
    before = {column: column * gap for column in range(min(centres[0] + _BAND, columns) + 1)}
    choices: list[dict[int, int]] = []
    for time, centre, low, next_low, like in zip(played, centres, lows, lows[1:], liked, strict=False):
        now: dict[int, float] = {}
        choice: dict[int, int] = {}
        for column in range(low, max(min(columns, centre + _BAND), next_low) + 1):
            skip, left = before.get(column, infinite) + gap, now.get(column - 1, infinite) + gap
            pair = infinite
            if column - 1 in before:
                off = weights[column - 1] * abs(time - expected[column - 1])
                pair = before[column - 1] + (off if column - 1 != like else min(_LIKED * off, _LIKED_MOST_MS))
            now[column] = least = min(skip, left, pair)
            choice[column] = _PAIR if least == pair else _SKIP if least == skip else _LEFT
        before = now
        choices.append(choice)
    return _traced(choices, columns)


def _traced(choices: list[dict[int, int]], column: int) -> list[tuple[int, int]]:
    """The pairs on the way back from the last column."""
    pairs = []
    row = len(choices)
    while row:
        way = choices[row - 1][column]
        if way != _LEFT:
            row -= 1
        if way != _SKIP:
            column -= 1
        if way == _PAIR:
            pairs.append((row, column))
    return pairs
