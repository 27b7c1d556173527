"""Ten times a second: what blocks cost, how loud it was, when that was."""

from __future__ import annotations

import math
from array import array
from typing import Final

import numpy as np

WINDOW_BLOCKS: Final = 1024
_MOST_US: Final = 65535


class BlockCosts:
    """Costs of the last blocks. Units: ns in, µs out."""

    def __init__(self, blocks: int = WINDOW_BLOCKS) -> None:
        # Whole microseconds in 32 bits: sorting nanoseconds in 64 cost a block a fifth of its time, ten times a second.
        self._costs = array("i", bytes(4 * blocks))
        self._view = np.frombuffer(self._costs, np.int32)
        self._ordered = np.zeros(blocks, np.int32)
        self._size = blocks
        self._next = 0
        self._count = 0

    def add(self, cost_ns: int) -> None:
        """One block's cost."""
        place = self._next
        self._costs[place] = cost_ns // 1000
        place += 1
        self._next = place if place < self._size else 0
        if self._count < self._size:
            self._count += 1

    def quantiles(self) -> tuple[int, int, int]:
        """Median, 99th percentile and largest of the window, in whole µs, at most 65,535."""
        count = self._count
        if not count:
            return 0, 0, 0
        ordered = self._ordered[:count]
        ordered[:] = self._view[:count]
        picks = (count // 2, min(count - 1, count * 99 // 100), count - 1)
        ordered.partition(picks)
        p50, p99, most = (min(_MOST_US, ordered.item(pick)) for pick in picks)
        return p50, p99, most


def decibels(linear: float) -> float:
    """Level in dB; silence is −200 dB, as a record carries no infinity."""
    return 20 * math.log10(linear) if linear > 1e-10 else -200.0
