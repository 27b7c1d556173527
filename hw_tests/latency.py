"""From the key to the converter: what is pressed, what is heard, and the time between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw_tests.bench import wav
from hw_tests.target import Target

REACH_MS = 15.0
"""A key that does not sound within this time is missing."""
SOONEST_MS = 1.0
"""A block of 48 frames that waits for no other."""


def latencies_ms(
    target: Target, pressed_ns: Sequence[int], clock: Sequence[tuple[int, int]] = ()
) -> tuple[NDArray[np.float64], int]:
    """Milliseconds from each press to its first frame at the converter, and how many presses never sounded.

    `clock`: moments, and when frame 0 would have been played by what the device did then; in between it is taken to
    have gone from one to the next evenly. Without it the device kept the time of its start.
    """
    frames, started_ns = target.heard()
    pressed = np.array(pressed_ns, np.int64)
    first_ns = np.full(len(pressed), started_ns)
    if clock:
        moments, firsts = (np.array(column, np.int64) for column in zip(*clock, strict=True))
        first_ns = firsts[0] + np.interp(pressed, moments, firsts - firsts[0]).astype(np.int64)
    at = (pressed - first_ns) * wav.RATE // 1_000_000_000
    found = wav.onsets(frames, at, int(REACH_MS * wav.RATE / 1000))
    heard = [
        (float(first - at_ns) + onset * 1e9 / wav.RATE) / 1e6
        for onset, first, at_ns in zip(found, first_ns, pressed, strict=True)
        if onset is not None
    ]
    return np.array(heard), found.count(None)


def summary(taken_ms: NDArray[np.float64], missing: int) -> dict[str, Any]:
    """The figures of a table: presses, p50, p99, max.

    `too_early` are those that sounded before the block in which they could: something else was taken for the key.
    """
    if not len(taken_ms):
        return {"presses": missing, "missing": missing}
    p50, p99 = np.quantile(taken_ms, [0.5, 0.99])
    return {
        "presses": len(taken_ms) + missing,
        "missing": missing,
        "too_early": int((taken_ms < SOONEST_MS).sum()),
        "min_ms": round(float(taken_ms.min()), 3),
        "p50_ms": round(float(p50), 3),
        "p99_ms": round(float(p99), 3),
        "max_ms": round(float(taken_ms.max()), 3),
    }
