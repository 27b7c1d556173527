"""How loud a recording is, and what brings it to the level that the network was taught at."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.resampling import HEARING_RATE

_LOUD_DBFS: Final = -18.0
"""Where the loud moments come to lie."""
_LOUD_SHARE: Final = 0.9
_MOST_GAIN: Final = 1000.0
_SILENT: Final = 1e-6
_LISTENED_TENTHS: Final = 300
"""A microphone's level is that of its last half minute with sound in it …"""
_ENOUGH_TENTHS: Final = 10
"""… once a second of it has sounded; until then it is taken for a usual one."""
_SOUND_DBFS: Final = -60.0
_USUAL_DBFS: Final = -32.0
_STEP: Final = 10.0 ** (1.0 / 20.0)
"""Most that the gain changes in a tenth of a second: a decibel, so that no step is heard as an attack."""


class LevelMeter:
    """Measures a recording before it is heard, in tenths of a second. Shapes: blocks (n,) of `rate` a second."""

    def __init__(self, rate: int) -> None:
        self._tenth = rate // 10
        self._rest = np.zeros(0, np.float32)
        self._powers: list[NDArray[np.float32]] = []

    def push(self, block: NDArray[np.float32]) -> None:
        """Take so much more."""
        kept = np.concatenate((self._rest, block))
        count = len(kept) // self._tenth
        whole = kept[: count * self._tenth].reshape(count, self._tenth)
        self._powers.append(np.mean(np.square(whole), axis=1, dtype=np.float32))
        self._rest = kept[count * self._tenth :]

    def gain(self) -> float:
        """By what to multiply the recording, by its loud moments; 1 for silence."""
        powers = np.concatenate(self._powers) if self._powers else np.zeros(0, np.float32)
        return _gain(float(np.sqrt(np.quantile(powers, _LOUD_SHARE))) if len(powers) else 0.0)


class RunningLevel:
    """The same of a microphone, whose loud moments are still to come: its gain follows what was heard so far."""

    def __init__(self, rate: int = HEARING_RATE) -> None:
        self._tenth = rate // 10
        self._rest = np.zeros(0, np.float32)
        self._levels: deque[float] = deque(maxlen=_LISTENED_TENTHS)
        self.gain = _gain(10.0 ** (_USUAL_DBFS / 20.0))
        """By what to multiply what comes next."""

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """The block at the level that the network was taught at. Shapes: (n,) in and out."""
        out = block * np.float32(self.gain)
        kept = np.concatenate((self._rest, block))
        count = len(kept) // self._tenth
        for tenth in kept[: count * self._tenth].reshape(count, self._tenth):
            level = float(np.sqrt(np.mean(np.square(tenth))))
            if level > 10.0 ** (_SOUND_DBFS / 20.0):
                self._levels.append(level)
            if len(self._levels) >= _ENOUGH_TENTHS:
                wanted = _gain(float(np.quantile(self._levels, _LOUD_SHARE)))
                self.gain = min(max(wanted, self.gain / _STEP), self.gain * _STEP)
        self._rest = kept[count * self._tenth :]
        return np.asarray(out, np.float32)


def _gain(loud: float) -> float:
    """What brings that to where loud moments come to lie; 1 for silence."""
    return 1.0 if loud < _SILENT else min(_MOST_GAIN, 10.0 ** (_LOUD_DBFS / 20.0) / loud)


def gain_for(sound: NDArray[np.float32], rate: int = HEARING_RATE) -> float:
    """The same of a whole recording."""
    meter = LevelMeter(rate)
    meter.push(sound)
    return meter.gain()
