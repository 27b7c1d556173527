"""Speech and the teacher's voice: taken from their ring, a chunk at a time, the music stepping back meanwhile."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.units import GRID_FRAMES
from mos_appliance.wire.rings import HEADER_BYTES, RING_MAGIC, Word, ring_bytes

TALK_BLOCKS: Final = 256
"""A third of a second: what the hub may be ahead."""
TALK_RING_BYTES: Final = ring_bytes(TALK_BLOCKS, GRID_FRAMES, 1, 2)
_HEAD: Final = int(Word.HEAD)
_TAIL: Final = int(Word.TAIL)
"""Plain numbers: looking up a member of an enumeration costs more than the comparison that it serves."""
_DUCK_GLIDE: Final = 0.04
_BACK_GLIDE: Final = 0.004
_AS_GOOD_AS_ONE: Final = 0.999


def lay_out_talk_ring(memory: memoryview) -> None:
    """Write the header of an empty ring."""
    words = memory[:HEADER_BYTES].cast("Q")
    words[Word.BLOCKS], words[Word.BLOCK_FRAMES], words[Word.SAMPLE_BYTES], words[Word.CHANNELS] = (
        TALK_BLOCKS,
        GRID_FRAMES,
        2,
        1,
    )
    words[Word.HEAD] = words[Word.TAIL] = 0
    words[Word.MAGIC] = RING_MAGIC


class Talk:
    """Reads the ring. While nobody speaks, a chunk costs two comparisons."""

    def __init__(self, memory: memoryview, chunk_frames: int) -> None:
        self._words = memory[:HEADER_BYTES].cast("Q")
        samples = np.frombuffer(memory, np.int16, TALK_BLOCKS * GRID_FRAMES, HEADER_BYTES)
        self._blocks = samples.reshape(TALK_BLOCKS, GRID_FRAMES)
        self._rest = np.zeros(2 * GRID_FRAMES, np.float32)
        self._left = 0
        self.cut_by(chunk_frames)
        self.music_gain = 1.0
        """Gain of the music now."""
        self.speaking = False
        """Whether there was speech in the last chunk, and not only music on its way back."""

    def cut_by(self, chunk_frames: int) -> None:
        """Give out chunks of that many frames (at most 64) from now on; what is left of a block stays."""
        self._frames = chunk_frames
        self._voice = np.zeros(chunk_frames, np.float32)

    def waiting(self) -> bool:
        """Whether there is speech to mix, or music on its way back."""
        words = self._words
        return words[_HEAD] != words[_TAIL] or self.music_gain != 1.0 or self._left > 0

    def next_chunk(self, gain: float, duck: float) -> NDArray[np.float32]:
        """The next chunk of speech at a gain (silence when none is left); moves `music_gain` towards `duck` or 1.

        Shapes: (chunk frames,), valid until the next call. Units: linear.
        """
        self.speaking = self._fill(gain)
        if self.speaking:
            self.music_gain += (duck - self.music_gain) * _DUCK_GLIDE
        else:
            self.music_gain += (1.0 - self.music_gain) * _BACK_GLIDE
            if self.music_gain > _AS_GOOD_AS_ONE:
                self.music_gain = 1.0
        return self._voice

    def _fill(self, gain: float) -> bool:
        """Put the next frames of the ring into `_voice`. A chunk of 48 frames leaves a rest of its block."""
        frames, rest, words = self._frames, self._rest, self._words
        tail = words[Word.TAIL]
        ahead = words[Word.HEAD] - tail
        if not 0 <= ahead <= TALK_BLOCKS:
            # The writer ran over the reader, or back (a hub gone wrong): begin at what is newest.
            tail = max(0, words[Word.HEAD] - 1)
        while self._left < frames and tail != words[Word.HEAD]:
            rest[self._left : self._left + GRID_FRAMES] = self._blocks[tail % TALK_BLOCKS]
            self._left += GRID_FRAMES
            tail += 1
        words[Word.TAIL] = tail
        got = min(self._left, frames)
        self._voice[got:] = 0.0
        np.multiply(rest[:got], np.float32(gain / 32768), out=self._voice[:got])
        rest[: self._left - got] = rest[got : self._left]
        self._left -= got
        return got > 0
