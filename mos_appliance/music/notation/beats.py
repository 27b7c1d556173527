"""Where the beats of a played piece lie.

Agents in the manner of S. Dixon, "Automatic extraction of tempo and beat from expressive performances" (2001), each
with a period and a first beat, follow what is played; the one whose beats describe the onsets most shortly is taken:
few beats, simple divisions, small errors, little change of tempo (the description length of A. Cemgil and B. Kappen,
2003, with fixed costs). Units: seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOGETHER_S: Final = 0.045
"""Notes that begin within so much of the first are one chord."""
ERROR_S: Final = 0.026
SLOWEST_S: Final = 1.6
FASTEST_S: Final = 0.25
_USUAL_S: Final = 0.62
_SPREAD: Final = 0.75
"""Octaves of tempo."""
_PRIOR: Final = 0.22
_WINDOW: Final = 0.24
_FOLLOW: Final = 0.18
_CENTRE: Final = 0.55
_MOST_PERIODS: Final = 14
_MOST_BEATS: Final = 40_000
_FIRST_LOOK: Final = 240
"""Groups of the beginning by which the agents are chosen; the best few then follow the whole piece."""
COSTS: Final[dict[int, float]] = {1: 0.0, 2: 1.1, 3: 2.3, 4: 2.2, 6: 4.0, 8: 4.8}
"""Divisions of a beat, and what one costs."""
_EMPTY: Final = 1.0
_BEAT: Final = 0.55
_TWICE: Final = 3.0
_TEMPO: Final = 0.05


class Groups(NamedTuple):
    """What begins together. Shapes: all (n,). `weight` says how much a beat is to be expected there."""

    time: Floats
    weight: Floats
    first: NDArray[np.int64]
    """Group of each note, in the order of the notes. Shapes: (notes,)."""


@dataclass(frozen=True, slots=True)
class Beats:
    """Beats and how well they fit: `cost` is a description length, smaller is better."""

    times: Floats
    cost: float
    thirds: float
    """Share of the divided beats that are divided by three."""


def group_onsets(onsets: Floats, weights: Floats) -> Groups:
    """Onsets, in order of time, as groups. Shapes: both (n,)."""
    first = np.zeros(len(onsets), np.int64)
    begin, number = onsets[0], 0
    for place, onset in enumerate(onsets.tolist()):
        if onset - begin > TOGETHER_S:
            begin, number = onset, number + 1
        first[place] = number
    counts = np.bincount(first)
    time = np.bincount(first, onsets) / counts
    return Groups(time, np.bincount(first, weights).astype(np.float64), first)


def find_beats(groups: Groups, period: float | None = None, tuplets: bool = True) -> list[Beats]:
    """The likeliest beats, best first; `period` is what a beat lasts, roughly, when that is known."""
    look = Groups(groups.time[:_FIRST_LOOK], groups.weight[:_FIRST_LOOK], groups.first)
    if len(groups.time) < 2:
        step = period or _USUAL_S
        return [Beats(np.array([groups.time[0], groups.time[0] + step]), 0.0, 0.0)]
    scored: list[tuple[float, float, float]] = []
    for step in _periods(look.time, period):
        for start in _starts(look, step):
            beats = _judge(look, _follow(look, start, step), period is None, tuplets)
            scored.append((beats.cost, start, step))
    scored.sort()
    found = [_judge(groups, _follow(groups, start, step), period is None, tuplets) for _, start, step in scored[:6]]
    found.sort(key=lambda beats: beats.cost)
    distinct: list[Beats] = []
    for beats in found:
        spans = [float(np.median(np.diff(other.times))) for other in distinct]
        if all(abs(float(np.median(np.diff(beats.times))) / span - 1) > 0.08 for span in spans):
            distinct.append(beats)
    return distinct


def _periods(time: Floats, wanted: float | None) -> list[float]:
    """Periods to try: the common distances between onsets, their halves, doubles and thirds."""
    if wanted is not None:
        return [wanted * factor for factor in (1.0, 0.93, 1.07)]
    gaps = np.concatenate([time[step:] - time[:-step] for step in range(1, min(10, len(time)))])
    gaps = gaps[(gaps > 0.09) & (gaps < 2 * SLOWEST_S)]
    if not len(gaps):
        return [_USUAL_S]
    steps = np.exp(np.arange(np.log(0.09), np.log(2 * SLOWEST_S), 0.03))
    density = np.array([np.exp(-(((gaps / step - 1) / 0.05) ** 2) / 2).sum() for step in steps])
    peaks = [place for place in range(1, len(steps) - 1) if density[place] == density[place - 1 : place + 2].max()]
    peaks.sort(key=lambda place: -density[place])
    out: list[float] = []
    for place in peaks[:6]:
        for factor in (1.0, 2.0, 0.5, 3.0, 1 / 3, 4.0, 1.5):
            step = float(steps[place]) * factor
            if FASTEST_S <= step <= SLOWEST_S and all(abs(step / other - 1) > 0.04 for other in out):
                out.append(step)
    return out[:_MOST_PERIODS] or [_USUAL_S]


def _starts(groups: Groups, step: float) -> Iterator[float]:
    """First beats to try: the onsets of the first two periods."""
    early = groups.time[groups.time <= groups.time[0] + 2.1 * step][:6]
    yield from early.tolist()


def _follow(groups: Groups, start: float, step: float) -> Floats:
    """The beats of one agent, from before the first onset to after the last."""
    forward = _run(groups.time, groups.weight, start, step)
    back = _run(-groups.time[::-1], groups.weight[::-1], -start, step)
    return np.concatenate((-back[:0:-1], forward))


def _run(time: Floats, weight: Floats, start: float, step: float) -> Floats:
    """Beats from `start` on until all onsets are passed."""
    beats = [start]
    now, period, last = start, step, float(time[-1])
    place = int(np.searchsorted(time, start))
    size = len(time)
    while now <= last and len(beats) < _MOST_BEATS:
        wanted = now + period
        while place < size and time[place] < wanted - _WINDOW * period:
            place += 1
        best, found = -1e9, -1
        number = place
        while number < size and time[number] <= wanted + _WINDOW * period:
            off = (time[number] - wanted) / period
            score = 0.35 * min(3.0, float(weight[number])) - 60 * off * off
            if score > best:
                best, found = score, number
            number += 1
        if found >= 0:
            error = float(time[found]) - wanted
            period = min(1.3 * step, max(step / 1.3, period + _FOLLOW * error))
            wanted += _CENTRE * error
        now = wanted
        beats.append(now)
    return np.array(beats)


def places_in_beats(times: Floats, beats: Floats) -> Floats:
    """Times as beats from the first on, linear between beats and beyond them."""
    index = np.clip(np.searchsorted(beats, times, "right") - 1, 0, len(beats) - 2)
    out: Floats = index + (times - beats[index]) / (beats[index + 1] - beats[index])
    return out


def _judge(groups: Groups, beats: Floats, by_tempo: bool, tuplets: bool) -> Beats:
    """What the beats cost."""
    where = places_in_beats(groups.time, beats)
    periods = np.diff(beats)
    slot, division, cost = divide(where, periods, tuplets)
    del slot
    changes = np.diff(periods) / periods[1:]
    used = int(where[-1]) + 1 - int(where[0])
    total = cost + _BEAT * used + float(((changes / _TEMPO) ** 2).sum()) / 2
    if by_tempo:
        octaves = np.log2(float(np.median(periods)) / _USUAL_S)
        total += _PRIOR * used * float(np.median(periods)) / _USUAL_S * (octaves / _SPREAD) ** 2
    divided = division[division > 1]
    thirds = float(np.mean(np.isin(divided, (3, 6)))) if len(divided) else 0.0
    return Beats(beats, total, thirds)


def divide(
    where: Floats, periods: Floats, tuplets: bool = True, finest: int = 8
) -> tuple[Floats, NDArray[np.int64], float]:
    """Each place, in beats, on the division of its beat that fits best. Returns places, divisions by beat, the cost."""
    number = len(periods)
    slots = where.copy()
    divisions = np.ones(number, np.int64)
    total = 0.0
    beat_of = np.clip(np.floor(where + 1e-9).astype(np.int64), 0, number - 1)
    edges = np.searchsorted(beat_of, np.arange(number + 1))
    allowed = [(count, cost) for count, cost in COSTS.items() if count <= finest and (tuplets or count % 3)]
    for beat in range(int(beat_of[0]), int(beat_of[-1]) + 1):
        inside = where[edges[beat] : edges[beat + 1]] - beat
        if not len(inside):
            total += _EMPTY
            continue
        scale = periods[beat] / ERROR_S
        best, count, chosen = 1e18, 1, inside
        for division, cost in allowed:
            snapped = np.round(inside * division) / division
            twice = len(inside) - len(np.unique(snapped))
            off = np.minimum((np.abs(inside - snapped) * scale) ** 2 / 2, 12.0).sum()
            this = cost + float(off) + _TWICE * twice
            if this < best:
                best, count, chosen = this, division, snapped
        total += best + (_EMPTY if chosen[0] > 1e-6 and not _ends_on(slots, edges, beat) else 0.0)
        slots[edges[beat] : edges[beat + 1]] = chosen + beat
        divisions[beat] = count
    return slots, divisions, total


def _ends_on(slots: Floats, edges: NDArray[np.int64], beat: int) -> bool:
    """Whether an onset of the beat before was put on this one."""
    place = int(edges[beat]) - 1
    return place >= 0 and abs(float(slots[place]) - beat) < 1e-6


def smoothed(groups: Groups, beats: Floats, tuplets: bool, finest: int) -> Floats:
    """The beats again, from where the onsets lie in them: a line through each beat's neighbourhood."""
    for _ in range(2):
        where = places_in_beats(groups.time, beats)
        slots, _, _ = divide(where, np.diff(beats), tuplets, finest)
        numbers = np.arange(len(beats), dtype=np.float64)
        out = beats.copy()
        for number in numbers.astype(int).tolist():
            low, high = np.searchsorted(slots, (number - 2.5, number + 2.5))
            if high - low < 3:
                continue
            x, y = slots[low:high] - number, groups.time[low:high]
            spread = np.exp(-((x / 1.3) ** 2) / 2)
            total = spread.sum()
            mean_x, mean_y = (spread * x).sum() / total, (spread * y).sum() / total
            varied = (spread * (x - mean_x) ** 2).sum()
            if varied > 0.05:
                slope = (spread * (x - mean_x) * (y - mean_y)).sum() / varied
                out[number] = 0.35 * beats[number] + 0.65 * (mean_y - slope * mean_x)
        if (np.diff(out) > 0.4 * np.diff(beats)).all():
            beats = out
    return beats
