"""When the student's own tempo expected each note, and how long a quarter was to them there.

The tempo at a moment is a straight line through the moments around it, the moment itself left out, nearer ones weighing
more and those far off the line little (Tukey's biweight, three rounds): a hesitation does not bend what is around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.account import Account
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap

AROUND: Final = 8
"""Moments before and after that make the local tempo."""
_ROUNDS: Final = 3
_SLOWEST_MS: Final = 20_000.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Shapes: `expected_ms`, `quarter_ms` one a match of the account, NaN where too little was played to tell.

    `moments`: the moments played in order of time, (m,) each: which, its run, when, and when it was expected.
    """

    expected_ms: NDArray[np.float64]
    quarter_ms: NDArray[np.float64]
    moment: NDArray[np.int64]
    run: NDArray[np.int64]
    came_ms: NDArray[np.float64]
    due_ms: NDArray[np.float64]
    pace_ms: NDArray[np.float64]


def timing_of(score: ScoreMap, take: Performance, account: Account) -> Timing:
    """The timing of an account's matches."""
    if not account.matches:
        none, nothing = np.zeros(0), np.zeros(0, np.int64)
        return Timing(none, none, nothing, nothing, none, none, none)
    moments = np.array([score.moment_of[match.note] for match in account.matches], np.int64)
    runs = np.array([match.run for match in account.matches], np.int64)
    onsets = take.onset_ms[[match.struck for match in account.matches]]
    groups, place = np.unique(np.stack((runs, moments)), axis=1, return_inverse=True)
    place = place.reshape(-1)
    count = np.bincount(place)
    came = np.bincount(place, weights=onsets) / count
    quarters = np.array(score.quarters)[groups[1]]
    due, pace = _local_lines(quarters, came, groups[0])
    return Timing(due[place], pace[place], groups[1], groups[0], came, due, pace)


def _local_lines(
    quarters: NDArray[np.float64], came: NDArray[np.float64], runs: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When each moment was due by the moments around it in its run, and ms a quarter there; NaN when too few are."""
    offsets = np.concatenate((np.arange(-AROUND, 0), np.arange(1, AROUND + 1)))
    index = np.arange(len(came))[:, None] + offsets
    inside = (index >= 0) & (index < len(came))
    index = np.clip(index, 0, len(came) - 1)
    inside &= runs[index] == runs[:, None]
    alone = np.logical_not(inside.any(axis=1, keepdims=True))
    near = inside * (1.0 - np.abs(offsets) / (AROUND + 1.0))
    x = quarters[index] - quarters[:, None]
    y = came[index] - came[:, None]
    weight = near.copy()
    level = slope = np.full(len(came), np.nan)
    for _ in range(_ROUNDS):
        level, slope = _line(x, y, weight)
        off = np.nan_to_num(np.abs(y - (level[:, None] + slope[:, None] * x)))
        scale = 60.0 + 4.0 * np.nanmedian(np.where(inside | alone, off, np.nan), axis=1)
        weight = near * np.clip(1.0 - (off / scale[:, None]) ** 2, 0.02, 1.0) ** 2
    good = (inside.sum(1) >= 3) & (slope > 0.0) & (slope < _SLOWEST_MS)
    return np.where(good, came + level, np.nan), np.where(good, slope, np.nan)


def _line(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Level at 0 and slope of the weighted least squares line of each row."""
    total = np.maximum(weight.sum(1), 1e-9)
    mean_x, mean_y = (weight * x).sum(1) / total, (weight * y).sum(1) / total
    deviation = x - mean_x[:, None]
    spread = (weight * deviation**2).sum(1)
    slope = (weight * deviation * (y - mean_y[:, None])).sum(1) / np.maximum(spread, 1e-9)
    return mean_y - slope * mean_x, np.where(spread > 1e-6, slope, np.nan)
