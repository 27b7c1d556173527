"""From sound to what each key is likely to do, in short stretches, whatever the network that judges."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.spectrum import AHEAD_MS, BINS, HOP_MS, PITCHES, Spectrum

FRAMES_BEFORE: Final = 12
FRAMES_AFTER: Final = 2
"""How many frames the network sees around the one that it judges."""
DELAY_MS: Final = AHEAD_MS + FRAMES_AFTER * HOP_MS
"""From a moment to the sound that is needed to judge it."""


class Network(Protocol):
    """What judges frames."""

    def __call__(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of onset, held and velocity for each key. Shapes: (FRAMES_BEFORE + n + FRAMES_AFTER, BINS, 2) in,
        (n, PITCHES, 3) out."""
        ...


class Listener:
    """Judges sound as it comes, `stretch` frames at a time. Shapes: samples (n,) at `HEARING_RATE`."""

    def __init__(self, network: Network, stretch: int) -> None:
        self._network = network
        self._stretch = stretch
        self._spectrum = Spectrum()
        self._frames = np.zeros((FRAMES_BEFORE, BINS, 2), np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """What could be judged now: chances of onset and of being held, and the velocity of an onset, all 0 to 1.

        Shapes: (frames, PITCHES, 3), each frame once, from the first.
        """
        self._frames = np.concatenate((self._frames, self._spectrum.push(samples)))
        judged = []
        whole = FRAMES_BEFORE + self._stretch + FRAMES_AFTER
        while len(self._frames) >= whole:
            judged.append(self._network(self._frames[:whole]))
            self._frames = self._frames[self._stretch :]
        logits = np.concatenate(judged) if judged else np.zeros((0, PITCHES, 3), np.float32)
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)
