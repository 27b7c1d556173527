"""Small scores and a WAV reader for tests of whole processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.smf import EVENT, Smf, Track

QUARTER = 480


def smf_of(notes: list[tuple[int, int, int, int]], channel: int = 0) -> Smf:
    """A file of one track at 120 quarters a minute. Units: (start, length, key, velocity) in ticks of 1/480."""
    rows = []
    for start, length, key, velocity in notes:
        rows += [(start, 0x90 | channel, key, velocity), (start + length, 0x80 | channel, key, 0)]
    rows.sort()
    events = np.zeros(len(rows), EVENT)
    for place, (tick, status, key, velocity) in enumerate(rows):
        events[place] = (tick, 0, status, key, velocity, 0)
    end = rows[-1][0] if rows else 0
    return Smf(0, QUARTER, (Track((), end),), events)


def four_notes() -> Smf:
    """C4, E4, G4, C5, a quarter each."""
    return smf_of([(number * QUARTER, QUARTER, key, 100) for number, key in enumerate((60, 64, 67, 72))])


def read_wav(path: Path) -> NDArray[np.float64]:
    """A WAV file of 16, 24 or 32 bits as the appliance writes it. Shapes: (frames, 2); full scale is 1."""
    content = path.read_bytes()
    bits = int.from_bytes(content[34:36], "little")
    data = content[44 : 44 + int.from_bytes(content[40:44], "little")]
    if bits == 24:
        packed = np.frombuffer(data, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(packed), 4), np.uint8)
        wide[:, 1:] = packed
        samples = wide.view(np.int32)[:, 0]
    else:
        samples = np.frombuffer(data, np.int16 if bits == 16 else np.int32)
    return samples.reshape(-1, 2) / float(2 ** (15 if bits == 16 else 31))
