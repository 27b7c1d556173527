"""What the engine gave the sound device last, and when the device plays what.

`played.py RING` copies the output ring to /tmp/played.ring and prints one JSON object: `head` (blocks that were
complete before the copy began), `base` (the ring's block 0 in frames since the device's start: 0 unless there were
xruns), `at_ns` (now), `first_ns` (when frame 0 since that start is played), `spread_frames` (how far the pointer runs
ahead of that).

A device fetches frames by bursts (a tick, a FIFO) and plays them evenly: its pointer is never behind what is played.
So the line that all readings of the pointer lie on or before is when frames are played. Of a reading that took long, as
another process or an interrupt came between, nobody knows when the pointer was read: only the quicker ones count.
"""

import json
import os
import random
import re
import struct
import sys
import time
from pathlib import Path

STATUS = Path("/proc/asound/card0/pcm0p/sub0/status")
RATE = 48_000
READINGS = 800
QUICKEST = 600
PAUSES_S = (0.0002, 0.0022)
"""By chance between these: with pauses of one length the readings fell in step with the ticks, and saw one phase."""
WORDS = struct.Struct("<8Q")
BLOCK_FRAMES, HEAD = 2, 5


def words(ring: Path) -> tuple[int, ...]:
    """The ring's header."""
    with ring.open("rb") as file:
        return WORDS.unpack(file.read(WORDS.size))


def reading(status: int) -> tuple[int, int, int]:
    """How long asking took, when frame 0 began if the device plays as it fetches, and frames that it was given."""
    before = time.monotonic_ns()
    text = os.pread(status, 4096, 0)
    took_ns = time.monotonic_ns() - before
    told = dict(re.findall(r"(\w+)\s*: (\d+)", text.decode()))
    return took_ns, before + took_ns // 2 - int(told["hw_ptr"]) * 1_000_000_000 // RATE, int(told["appl_ptr"])


def main() -> None:
    ring = Path(sys.argv[1])
    head = words(ring)[HEAD]
    Path("/tmp/played.ring").write_bytes(ring.read_bytes())
    status = os.open(STATUS, os.O_RDONLY)
    readings, bases = [], []
    chance = random.Random(1)
    began_ns = time.monotonic_ns()
    for _ in range(READINGS):
        before = words(ring)
        took_ns, start_ns, given = reading(status)
        readings.append((took_ns, start_ns))
        if words(ring) == before:
            bases.append(given - before[HEAD] * before[BLOCK_FRAMES])
        time.sleep(chance.uniform(*PAUSES_S))
    at_ns = (began_ns + time.monotonic_ns()) // 2
    starts = [start_ns for _, start_ns in sorted(readings)[:QUICKEST]]
    first_ns = max(starts)
    told = {"head": head, "at_ns": at_ns, "first_ns": first_ns, "spread_frames": (first_ns - min(starts)) * RATE / 1e9}
    # A block is given before the ring's head tells so.
    print(json.dumps({**told, "base": min(bases)}))


if __name__ == "__main__":
    main()
