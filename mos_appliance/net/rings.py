"""Rings in shared memory as the hub uses them: it hears what sounds and speaks into the mix (see `wire.rings`)."""

from __future__ import annotations

import asyncio
import mmap
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from mos_appliance.errors import Unavailable
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.rings import HEADER_BYTES, RING_MAGIC, Word, ring_bytes

POLL_S: Final = 0.01
PRE_ROLL_FRAMES: Final = SAMPLE_RATE // 10
"""What has already sounded and is sent first, so that a player has enough to begin with."""
MAX_LAG_FRAMES: Final = SAMPLE_RATE // 4
"""A listener that is further behind jumps to what sounds now."""
MAX_AHEAD_FRAMES: Final = SAMPLE_RATE // 10
"""So much speech lies in the ring at most, so that it can be cut off soon."""
_QUIET_S: Final = 0.1
"""Without a new block for so long the engine is silent, and silence is sent in its place."""
_STUCK_S: Final = 1.0


class Ring:
    """A ring that is there. Errors: `Unavailable` when there is none or its header makes no sense."""

    def __init__(self, path: Path, *, write: bool = False) -> None:
        try:
            descriptor = os.open(path, (os.O_RDWR if write else os.O_RDONLY) | os.O_CLOEXEC)
        except OSError as error:
            raise Unavailable(f"the engine has made no {path.name} yet", 1.0) from error
        try:
            self.inode = os.fstat(descriptor).st_ino
            length = os.fstat(descriptor).st_size
            access = mmap.ACCESS_WRITE if write else mmap.ACCESS_READ
            if length < HEADER_BYTES:
                raise Unavailable(f"{path.name} is no ring")
            self._memory = mmap.mmap(descriptor, length, access=access)
        finally:
            os.close(descriptor)
        self.words = memoryview(self._memory)[:HEADER_BYTES].cast("Q")
        words = self.words
        self.blocks, self.block_frames = words[Word.BLOCKS], words[Word.BLOCK_FRAMES]
        self.sample_bytes, self.channels = words[Word.SAMPLE_BYTES], words[Word.CHANNELS]
        expected = ring_bytes(self.blocks, self.block_frames, self.channels, self.sample_bytes)
        if words[Word.MAGIC] != RING_MAGIC or not self.blocks or expected > length:
            self.close()
            raise Unavailable(f"{path.name} is no ring")
        self.block_bytes = self.block_frames * self.channels * self.sample_bytes
        self.path = path

    @property
    def head(self) -> int:
        """Blocks written so far."""
        return self.words[Word.HEAD]

    def replaced(self) -> bool:
        """Whether another ring has taken its place."""
        try:
            return self.path.stat().st_ino != self.inode
        except FileNotFoundError:
            return True

    def read(self, first: int, count: int) -> bytes:
        """The bytes of blocks `first` to `first + count`, oldest first; at most one turn of the ring."""
        start = HEADER_BYTES + first % self.blocks * self.block_bytes
        straight = min(count, self.blocks - first % self.blocks)
        found = self._memory[start : start + straight * self.block_bytes]
        if straight == count:
            return found
        return found + self._memory[HEADER_BYTES : HEADER_BYTES + (count - straight) * self.block_bytes]

    def write(self, number: int, block: bytes) -> None:
        """Put a whole block at its place; `head` is the caller's to move."""
        start = HEADER_BYTES + number % self.blocks * self.block_bytes
        self._memory[start : start + self.block_bytes] = block

    def close(self) -> None:
        """Let go of the memory."""
        self.words.release()
        self._memory.close()


class Listening:
    """What sounds, as pieces of S16 stereo, for one listener; follows the engine from ring to ring."""

    def __init__(self, path: Path) -> None:
        """Errors: `Unavailable` when there is nothing to hear."""
        self._path = path
        self._ring = Ring(path)
        self._next = max(0, self._ring.head - self._blocks(PRE_ROLL_FRAMES))

    async def pieces(self) -> AsyncIterator[bytes]:
        """Pieces as they sound, until closed. While the engine is silent, silence of the same length."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        try:
            while True:
                piece = self._take()
                now = loop.time()
                if piece:
                    last = now
                    yield piece
                elif now - last > _QUIET_S:
                    yield bytes(int((now - last) * SAMPLE_RATE) * 4)
                    last = now
                    self._follow()
                await asyncio.sleep(POLL_S)
        finally:
            self._ring.close()

    def _take(self) -> bytes:
        """What has come since the last time, or since a moment ago when that is too long ago."""
        ring, head = self._ring, self._ring.head
        if head - self._next > self._blocks(MAX_LAG_FRAMES) or head < self._next:
            self._next = max(0, head - self._blocks(PRE_ROLL_FRAMES))
        if head == self._next:
            return b""
        found = ring.read(self._next, head - self._next)
        self._next = head
        return found if ring.sample_bytes == 2 else upper_halves(found)

    def _follow(self) -> None:
        """Change to the ring of a new engine or device, once it is there."""
        if not self._ring.replaced():
            return
        try:
            ring = Ring(self._path)
        except Unavailable:
            return
        self._ring.close()
        self._ring = ring
        self._next = ring.head

    def _blocks(self, frames: int) -> int:
        return max(1, min(frames // self._ring.block_frames, self._ring.blocks // 2))


def upper_halves(samples: bytes) -> bytes:
    """S32 as S16, both little endian."""
    return memoryview(samples).cast("h")[1::2].tobytes()


async def speak(path: Path, samples: bytes) -> None:
    """Put S16 mono at 48 kHz into the talk ring as the engine takes it. Cancelled, it falls silent at once.

    Errors: `Unavailable` when there is no ring or nobody takes it.
    """
    ring = Ring(path, write=True)
    loop = asyncio.get_running_loop()
    ahead = max(1, min(MAX_AHEAD_FRAMES // ring.block_frames, ring.blocks - 1))
    words = ring.words
    try:
        moved, tail = loop.time(), words[Word.TAIL]
        for start in range(0, len(samples), ring.block_bytes):
            while words[Word.HEAD] - words[Word.TAIL] >= ahead:
                await asyncio.sleep(POLL_S)
                if words[Word.TAIL] != tail:
                    moved, tail = loop.time(), words[Word.TAIL]
                elif loop.time() - moved > _STUCK_S:
                    raise Unavailable("the engine does not take speech", 1.0)
            ring.write(words[Word.HEAD], samples[start : start + ring.block_bytes].ljust(ring.block_bytes, b"\0"))
            words[Word.HEAD] += 1
    finally:
        ring.close()
