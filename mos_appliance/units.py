"""Units as types, so that a number never travels without one."""

from __future__ import annotations

from typing import Final, NewType

Frames = NewType("Frames", int)
"""Count of sample frames since the engine started (u64)."""
Ticks = NewType("Ticks", int)
"""Musical time: 960 to the quarter note."""
Nanoseconds = NewType("Nanoseconds", int)
"""Monotonic process time."""

SAMPLE_RATE: Final = 48_000
"""Frames a second; the only rate at which the appliance runs."""
TICKS_PER_QUARTER: Final = 960
GRID_FRAMES: Final = 64
"""FluidSynth renders in blocks of 64 frames and starts notes only at their beginnings."""
