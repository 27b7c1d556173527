"""The engine's rings in shared memory: made in the run directory, each in place of the one before."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine.ports import Microphone
from mos_appliance.engine.talk import TALK_RING_BYTES, lay_out_talk_ring
from mos_appliance.wire.rings import HEADER_BYTES, RING_MAGIC, RingName, Word, ring_bytes

OUTPUT_FRAMES: Final = 1 << 15
"""What a listener may be behind: 0.68 s."""
CAPTURE_BLOCKS: Final = 512
CHANNELS: Final = 2

Samples = NDArray[np.int16] | NDArray[np.int32]
Buffer = mmap.mmap | bytearray


def _make(path: Path, length: int) -> mmap.mmap:
    """A file of `length` zero bytes, mapped; whoever still has the old one keeps it until it looks again."""
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o660)
    try:
        os.ftruncate(descriptor, length)
        memory = mmap.mmap(descriptor, length)
    finally:
        os.close(descriptor)
    new.rename(path)
    return memory


def samples_in(memory: Buffer, count: int, sample_bytes: int, offset: int = 0) -> Samples:
    """A view of `count` samples of 2 or 4 bytes in writable memory. Shapes: (count,)."""
    if sample_bytes == 2:
        return np.frombuffer(memory, np.int16, count, offset)
    return np.frombuffer(memory, np.int32, count, offset)


class Block(NamedTuple):
    """One block of the output ring: where the device takes it from, and the chunks to render it by."""

    address: int
    chunks: tuple[Samples, ...]


class OutputRing:
    """What sounds. The engine renders into it and the device reads from it, so that listening in costs nothing."""

    def __init__(self, run: Path, period: int, chunk_frames: int, sample_bytes: int, frame: int) -> None:
        blocks = OUTPUT_FRAMES // period
        memory = _make(run / RingName.OUTPUT, ring_bytes(blocks, period, CHANNELS, sample_bytes))
        self.words = memoryview(memory)[:HEADER_BYTES].cast("Q")
        samples = samples_in(memory, blocks * period * CHANNELS, sample_bytes, HEADER_BYTES)
        self.blocks = [
            Block(
                int(samples[number * period * CHANNELS :].ctypes.data),
                tuple(
                    samples[place : place + chunk_frames * CHANNELS]
                    for place in range(
                        number * period * CHANNELS, (number + 1) * period * CHANNELS, chunk_frames * CHANNELS
                    )
                ),
            )
            for number in range(blocks)
        ]
        words = self.words
        words[Word.BLOCKS], words[Word.BLOCK_FRAMES] = blocks, period
        words[Word.SAMPLE_BYTES], words[Word.CHANNELS], words[Word.FRAME] = sample_bytes, CHANNELS, frame
        words[Word.HEAD] = 0
        words[Word.MAGIC] = RING_MAGIC


class CaptureRing:
    """What the microphone hears: S16 mono."""

    def __init__(self, run: Path, period: int, frame: int) -> None:
        memory = _make(run / RingName.CAPTURE, ring_bytes(CAPTURE_BLOCKS, period, 1, 2))
        self._words = memoryview(memory)[:HEADER_BYTES].cast("Q")
        samples = np.frombuffer(memory, np.int16, CAPTURE_BLOCKS * period, HEADER_BYTES)
        start = int(samples.ctypes.data)
        self._addresses = [start + number * period * 2 for number in range(CAPTURE_BLOCKS)]
        words = self._words
        words[Word.BLOCKS], words[Word.BLOCK_FRAMES] = CAPTURE_BLOCKS, period
        words[Word.SAMPLE_BYTES], words[Word.CHANNELS], words[Word.FRAME] = 2, 1, frame
        words[Word.MAGIC] = RING_MAGIC

    def next_address(self) -> int:
        """Where the next block goes."""
        return self._addresses[self._words[Word.HEAD] % CAPTURE_BLOCKS]

    def take_from(self, microphone: Microphone) -> None:
        """Its next block if it is there, and another one: its clock may be faster than the loudspeaker's, and its
        buffer would overflow."""
        if microphone.read_into(self.next_address()):
            self.pushed()
            if microphone.read_into(self.next_address()):
                self.pushed()

    def pushed(self) -> None:
        """The block at `next_address` is there."""
        self._words[Word.HEAD] += 1


def make_talk_ring(run: Path) -> memoryview:
    """An empty talk ring."""
    memory = memoryview(_make(run / RingName.TALK, TALK_RING_BYTES))
    lay_out_talk_ring(memory)
    return memory
