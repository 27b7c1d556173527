"""One voice at a time, such as a singer, a recorder or a violin: its notes with their cents, without any model.

Source: de Cheveigné & Kawahara, "YIN, a fundamental frequency estimator" (JASA 2002), steps 1 to 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.resampling import HEARING_RATE

HOP: Final = 160
HOP_MS: Final = 1000.0 * HOP / HEARING_RATE
_WINDOW: Final = 1024
_LONGEST: Final = 400
"""The longest period in samples: 40 Hz."""
_SHORTEST: Final = 8
_A4_HZ: Final = 440.0
_BATCH: Final = 512
_SILENT_DB: Final = -75.0


@dataclass(frozen=True, slots=True)
class MelodySettings:
    """What a note is. Units: semitones, decibels, frames of 10 ms."""

    aperiodicity: float = 0.2
    """Above it there is no pitch."""
    quiet_db: float = 38.0
    """So far below the loudest there is none either."""
    leap: float = 0.65
    leap_frames: int = 4
    pause_frames: int = 4
    again_db: float = 7.0
    shortest_frames: int = 7


class Pitches(NamedTuple):
    """Shapes: all (frames,). Units: MIDI numbers with cents behind the point, NaN where there is none; dB."""

    pitch: NDArray[np.float32]
    level: NDArray[np.float32]
    clarity: NDArray[np.float32]


class MelodyNote(NamedTuple):
    """A note of one voice. `cents` above the nearest key of A = 440 Hz, −50 to 50, by its steady middle."""

    onset_ms: float
    duration_ms: float
    pitch: int
    cents: float
    level_db: float
    clarity: float


class PitchTracker:
    """Pitch every 10 ms. Shapes: samples (n,) at `HEARING_RATE`, in blocks of any length."""

    def __init__(self) -> None:
        self._kept = np.zeros((_WINDOW + _LONGEST) // 2, np.float32)

    def push(self, samples: NDArray[np.float32]) -> Pitches:
        """The frames that these samples complete; frame `t` is about the sample `t·HOP`."""
        kept = np.concatenate((self._kept, samples))
        span = _WINDOW + _LONGEST
        count = max(0, (len(kept) - span) // HOP + 1)
        columns: list[tuple[NDArray[np.float32], ...]] = []
        for begin in range(0, count, _BATCH):
            end = min(count, begin + _BATCH)
            piece = kept[begin * HOP : (end - 1) * HOP + span]
            columns.append(_yin(np.lib.stride_tricks.sliding_window_view(piece, span)[::HOP]))
        self._kept = kept[count * HOP :]
        empty = np.zeros(0, np.float32)
        rows = [np.concatenate(column) for column in zip(*columns, strict=True)] if columns else [empty] * 3
        return Pitches(*rows)


def _yin(windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Pitch, level and clarity of each window. Shapes: (frames, _WINDOW + _LONGEST)."""
    size = 1 << int(np.ceil(np.log2(2 * _WINDOW + _LONGEST)))
    head = np.fft.rfft(windows[:, :_WINDOW], size, axis=1)
    whole = np.fft.rfft(windows, size, axis=1)
    correlation = np.fft.irfft(np.conj(head) * whole, size, axis=1)[:, : _LONGEST + 1]
    squares = np.cumsum(np.pad(windows.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
    energy = squares[:, _WINDOW : _WINDOW + _LONGEST + 1] - squares[:, : _LONGEST + 1]
    difference = np.maximum(energy[:, :1] + energy - 2.0 * correlation, 0.0)
    lags = np.arange(1, _LONGEST + 1)
    normal = np.ones_like(difference)
    normal[:, 1:] = difference[:, 1:] * lags / np.maximum(np.cumsum(difference[:, 1:], axis=1), 1e-12)
    period, depth = _dip(normal)
    pitch = 69.0 + 12.0 * np.log2(HEARING_RATE / period / _A4_HZ)
    middle = (_WINDOW + _LONGEST) // 2
    level = 10.0 * np.log10((squares[:, middle + HOP] - squares[:, middle - HOP]) / (2 * HOP) + 1e-12)
    return pitch.astype(np.float32), level.astype(np.float32), (1.0 - depth).astype(np.float32)


_GOOD_ENOUGH: Final = 0.12
_FINE: Final = 160


def _dip(normal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The first dip that is deep enough, else the deepest, between samples by a parabola. Shapes: (frames,) both."""
    inner = normal[:, _SHORTEST:-1]
    dips = (inner <= normal[:, _SHORTEST - 1 : -2]) & (inner < normal[:, _SHORTEST + 1 :])
    good = dips & (inner < _GOOD_ENOUGH)
    first = np.where(good.any(axis=1), good.argmax(axis=1), np.where(dips, inner, 9.0).argmin(axis=1)) + _SHORTEST
    period, depth = _between(normal, first), normal[np.arange(len(normal)), first]
    times = 1
    for _ in range(4):  # short periods are measured over many: half a sample of nine is a semitone
        again = np.round(2 * times * period).astype(np.int64)
        fits = (again < _FINE) & (2 * times * period < _FINE)
        finer = _between(normal, np.minimum(again, _FINE)) / (2 * times)
        period = np.where(fits & (np.abs(finer - period) < 0.5 / times), finer, period)
        times *= 2
    return period, depth


def _between(normal: NDArray[np.float64], lag: NDArray[np.int64]) -> NDArray[np.float64]:
    """The lowest point near a lag, by a parabola. Shapes: (frames,)."""
    rows = np.arange(len(normal))
    near = np.stack([normal[rows, lag + step] for step in (-1, 0, 1)])
    place = lag + near.argmin(axis=0) - 1
    before, here, after = (normal[rows, np.maximum(place + step, 0)] for step in (-1, 0, 1))
    bend = before - 2.0 * here + after
    shift = np.where(bend > 1e-9, 0.5 * (before - after) / np.maximum(bend, 1e-9), 0.0)
    return np.asarray(place + np.clip(shift, -0.5, 0.5))


def melody_of(pitches: Pitches, settings: MelodySettings | None = None) -> list[MelodyNote]:
    """The notes of one voice: where its pitch stays, ended by a leap, a pause or a new attack."""
    settings = settings or MelodySettings()
    if not len(pitches.pitch):
        return []
    loud = pitches.level > max(float(pitches.level.max()) - settings.quiet_db, _SILENT_DB)
    voiced = loud & (pitches.clarity > 1.0 - settings.aperiodicity)
    smooth = _median(np.where(voiced, pitches.pitch, np.nan))
    notes: list[MelodyNote] = []
    begin, gap, away = -1, 0, 0
    for frame in range(len(smooth) + 1):
        value = smooth[frame] if frame < len(smooth) else np.nan
        if begin < 0:
            begin, gap, away = (frame, 0, 0) if not np.isnan(value) else (-1, 0, 0)
            continue
        gap = gap + 1 if np.isnan(value) else 0
        centre = np.nanmedian(smooth[max(begin, frame - 25) : max(frame - away, begin + 1)])
        away = away + 1 if abs(value - centre) > settings.leap else 0
        ended = gap >= settings.pause_frames or frame == len(smooth)
        if ended or away >= settings.leap_frames or _attack(pitches.level, begin, frame, settings):
            end = frame - gap - away
            if end - begin >= settings.shortest_frames:
                notes.append(_note(pitches, smooth, begin, end))
            begin, gap, away = (-1, 0, 0) if ended else (max(end, frame - away), 0, 0)
    return notes


def _attack(level: NDArray[np.float32], begin: int, frame: int, settings: MelodySettings) -> bool:
    """The sound has risen again after falling within the note."""
    if frame - begin < settings.shortest_frames + 3 or frame >= len(level):
        return False
    return bool(level[frame] - level[frame - 4 : frame].min() > settings.again_db)


def _note(pitches: Pitches, smooth: NDArray[np.float64], begin: int, end: int) -> MelodyNote:
    margin = min((end - begin) // 4, 6)
    middle = smooth[begin + margin : end - margin]
    pitch = float(np.nanmedian(middle if np.isfinite(middle).any() else smooth[begin:end]))
    key = round(pitch)
    inside = slice(begin, end)
    return MelodyNote(
        begin * HOP_MS,
        (end - begin) * HOP_MS,
        key,
        round((pitch - key) * 100.0, 1),
        float(np.max(pitches.level[inside])),
        float(np.clip(np.median(pitches.clarity[inside]), 0.0, 1.0)),
    )


def _median(values: NDArray[np.float32], width: int = 5) -> NDArray[np.float64]:
    """Running median that passes over what is missing; missing where most is. Shapes: (n,)."""
    padded = np.pad(values.astype(np.float64), width // 2, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    missing = np.isnan(windows).sum(axis=1)
    ordered = np.sort(windows, axis=1)  # what is missing goes to the end
    middle = np.maximum((width - missing - 1) // 2, 0)
    found = ordered[np.arange(len(windows)), middle]
    return np.where(missing > width // 2, np.nan, found)


_GRAM: Final = 4


def transposition_of(heard: Sequence[int], written: Sequence[int]) -> int | None:
    """By how many semitones all that is heard lies above what is written; None when no passage is recognised.

    Each run of intervals that both have votes for its distance.
    """
    places: dict[tuple[int, ...], list[int]] = {}
    for start in range(len(written) - _GRAM):
        run = written[start : start + _GRAM + 1]
        places.setdefault(_intervals(run), []).append(run[0])
    votes: Counter[int] = Counter()
    for start in range(len(heard) - _GRAM):
        run = heard[start : start + _GRAM + 1]
        for first in places.get(_intervals(run), ())[:16]:
            votes[run[0] - first] += 1
    if not votes:
        return None
    ((shift, count),) = votes.most_common(1)
    return shift if count * 2 > sum(votes.values()) else None


def _intervals(run: Sequence[int]) -> tuple[int, ...]:
    return tuple(after - before for before, after in pairwise(run))
