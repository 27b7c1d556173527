"""Sound of any rate at the rate at which we listen, block by block."""

from __future__ import annotations

from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput

HEARING_RATE: Final = 16_000
LOWEST_RATE: Final = 8_000
HIGHEST_RATE: Final = 192_000
_WIDTH: Final = 12
"""Zero crossings of the sinc on each side."""
_ROLL_OFF: Final = 0.92
"""The cut-off, as a part of half the lower rate."""
_MOST_PHASES: Final = 480


class Resampler:
    """Windowed-sinc interpolation; what comes out is late by nothing: its sample `m` is the input at `m·in/out`.

    Shapes: blocks (n,) float32. Errors: `BadInput` for a rate that is not taken.
    """

    def __init__(self, rate: int, to: int = HEARING_RATE) -> None:
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise BadInput("sample rate", f"{rate} Hz; {LOWEST_RATE} to {HIGHEST_RATE} are read")
        common = gcd(rate, to)
        self._up, self._down = to // common, rate // common
        self._phases = min(self._up, _MOST_PHASES)
        cut = _ROLL_OFF * min(1.0, to / rate)
        self._half = int(np.ceil(_WIDTH / cut))
        self._table = _kernels(self._phases, self._half, cut)
        self._kept = np.zeros(self._half, np.float32)
        self._first = -self._half
        """The place of `_kept[0]` in the input."""
        self._next = 0
        """The next output sample."""

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output samples that this block of input completes."""
        kept = np.concatenate((self._kept, block))
        end = self._first + len(kept)
        # Output m stands at m·down/up and needs the input up to half a kernel after it.
        last = ((end - self._half - 1) * self._up) // self._down
        count = max(0, last - self._next + 1)
        if not count:
            self._kept = kept
            return np.zeros(0, np.float32)
        outputs = np.arange(self._next, self._next + count, dtype=np.int64)
        place, rest = np.divmod(outputs * self._down, self._up)
        phase = rest * self._phases // self._up
        starts = place - self._half + 1 - self._first
        windows = np.lib.stride_tricks.sliding_window_view(kept, 2 * self._half)
        if self._phases == 1:
            made = windows[starts] @ self._table[0]
        else:
            made = np.einsum("ij,ij->i", windows[starts], self._table[phase])
        self._next += count
        unneeded = (self._next * self._down) // self._up - self._half + 1 - self._first
        unneeded = min(max(unneeded, 0), len(kept))
        self._kept, self._first = kept[unneeded:], self._first + unneeded
        return np.asarray(made, np.float32)


def _kernels(phases: int, half: int, cut: float) -> NDArray[np.float32]:
    """The interpolating kernel at each fraction of a sample. Shapes: (phases, 2·half)."""
    offsets = np.arange(-half + 1, half + 1)[None, :] - np.arange(phases)[:, None] / phases
    window = np.cos(np.clip(offsets / half, -1, 1) * np.pi / 2) ** 2
    kernels = cut * np.sinc(cut * offsets) * window
    return np.asarray(kernels / kernels.sum(axis=1, keepdims=True), np.float32)
