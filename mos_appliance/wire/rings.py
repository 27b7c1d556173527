"""Rings in shared memory: sound that is too big for a record.

A ring is a file of one page of header and `blocks` blocks. One writer, any readers: the writer fills the block
`head % blocks`, then stores `head + 1`; a reader that falls behind by `blocks` has lost sound and jumps to the head.
Header: eight little-endian u64 words, named by `Word`.
"""

from __future__ import annotations

import enum
from typing import Final

HEADER_BYTES: Final = 4096
RING_MAGIC: Final = 0x31474E4952534F4D
"""`MOSRING1` as a little-endian u64."""


class Word(enum.IntEnum):
    """The words of a ring's header."""

    MAGIC = 0
    BLOCKS = 1
    BLOCK_FRAMES = 2
    SAMPLE_BYTES = 3
    """Bytes a sample: 2 for S16, 4 for S32 (24-bit devices carry S32 in the ring)."""
    CHANNELS = 4
    HEAD = 5
    """Blocks written since the ring was made."""
    FRAME = 6
    """Engine frame at which block 0 of the ring began."""
    TAIL = 7
    """Blocks taken, where the ring has just one reader (talk)."""


class RingName(enum.StrEnum):
    """The rings of a run directory, by file name."""

    OUTPUT = "output.ring"
    """Engine → hub: what sounds, in the device's format, interleaved stereo."""
    TALK = "talk.ring"
    """Hub → engine: speech and the teacher's voice, S16 mono at 48 kHz, blocks of 64 frames."""
    CAPTURE = "capture.ring"
    """Engine → hub and tutor: the microphone, S16 mono at 48 kHz, blocks of the engine's period."""


def ring_bytes(blocks: int, block_frames: int, channels: int, sample_bytes: int) -> int:
    """Length of a ring's file in bytes."""
    return HEADER_BYTES + blocks * block_frames * channels * sample_bytes
