"""How loud a recording is, and what brings it to the level that the network was taught at."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.resampling import HEARING_RATE

_LOUD_DBFS: Final = -18.0
"""Where the loud moments come to lie."""
_LOUD_SHARE: Final = 0.9
_MOST_GAIN: Final = 1000.0
_SILENT: Final = 1e-6


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
        loud = float(np.sqrt(np.quantile(powers, _LOUD_SHARE))) if len(powers) else 0.0
        if loud < _SILENT:
            return 1.0
        return float(min(_MOST_GAIN, 10.0 ** (_LOUD_DBFS / 20.0) / loud))


def gain_for(sound: NDArray[np.float32], rate: int = HEARING_RATE) -> float:
    """The same of a whole recording."""
    meter = LevelMeter(rate)
    meter.push(sound)
    return meter.gain()
