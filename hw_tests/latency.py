"""From the key to the converter: what is pressed, what is heard, and the time between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw_tests import appliance
from hw_tests.bench import wav
from hw_tests.bench.target import Bench
from hw_tests.target import Target

REACH_MS = 15.0
"""A key that does not sound within this time is missing."""
SOONEST_MS = 1.0
"""A block of 48 frames that waits for no other."""
MOST_DRIFT_US = 100
"""A tick of QEMU's sound: what two looks at the device may differ; the later tells the time of all keys."""
MOST_SPREAD_FRAMES = 128
"""Its pointer runs ahead of what is played by no more than the buffer holds."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys that were pressed, and when frame 0 since the sound device's start was played by the device's own time.

    Without that time (a board, whose recorder keeps its own) it is the recording that tells.
    """

    at_ns: Sequence[int]
    first_ns: int | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    """How well the device kept its time meanwhile."""
    late_ns: Sequence[int] = ()
    """How late the player itself was with each: what it counts as pressed lies so much later than it meant to press."""


def press(target: Target, spec: dict[str, Any], seconds: float) -> Pressed:
    """Play, and ask the device for its time before and after. Errors: `AssertionError` when it did not keep it."""
    if not isinstance(target, Bench):
        return Pressed(appliance.play(target, spec, seconds)["pressed_ns"])
    *before, played, after = appliance.play_by_clock(target, spec, seconds)
    figures: dict[str, Any] = {}
    first_ns = max(told["first_ns"] for told in (*before, after))
    for told in before:
        figures = {
            "drift_us": (after["first_ns"] - told["first_ns"]) / 1000,
            "spread_frames": max(told["spread_frames"], after["spread_frames"]),
        }
        assert told["trigger_ns"] == after["trigger_ns"], "the sound device was started anew meanwhile"
        assert abs(figures["drift_us"]) < MOST_DRIFT_US and figures["spread_frames"] < MOST_SPREAD_FRAMES, figures
    return Pressed(played["pressed_ns"], first_ns, figures, played["late_ns"])


def latencies_ms(target: Target, pressed: Pressed) -> tuple[NDArray[np.float64], int]:
    """Milliseconds from each press to its first frame at the converter, and how many presses never sounded."""
    frames, started_ns = target.heard()
    first_ns = started_ns if pressed.first_ns is None else pressed.first_ns
    at_ns = np.array(pressed.at_ns, np.int64)
    found = wav.onsets(frames, (at_ns - first_ns) * wav.RATE // 1_000_000_000, int(REACH_MS * wav.RATE / 1000))
    heard = [
        (float(first_ns - at) + onset * 1e9 / wav.RATE) / 1e6
        for onset, at in zip(found, at_ns, strict=True)
        if onset is not None
    ]
    return np.array(heard), found.count(None)


def from_the_players_start(taken_ms: NDArray[np.float64], pressed: Pressed) -> dict[str, float]:
    """The same latencies with what the player was late by itself. Shapes: `taken_ms` one a press, none missing."""
    late_ms = np.array(pressed.late_ns) / 1e6
    started = taken_ms + late_ms
    return {
        "player_late_p50_ms": round(float(np.quantile(late_ms, 0.5)), 3),
        "player_late_max_ms": round(float(late_ms.max()), 3),
        "from_start_p50_ms": round(float(np.quantile(started, 0.5)), 3),
        "from_start_max_ms": round(float(started.max()), 3),
    }


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
