"""When the sound device plays which frame, and what the engine gave it last.

`played.py [RING]` prints one JSON object: `at_ns` (now), `first_ns` (when frame 0 since the device's start is played),
`spread_frames` (how far apart the readings lie), `trigger_ns` (the device's start). With RING, the output ring, it
copies that to /tmp/played.ring and tells `head` (blocks that were complete before the copy began) and `base` (the
ring's block 0 in frames since the device's start: 0 unless there were xruns).

A converter without a FIFO interrupts in the moment in which a period's last frame has been played; the guest knows the
device by its interrupts alone. So the pointer is cut down to whole periods, and the line on which the last reading
before each interrupt lies, less a period, is when frames are played: no interrupt tells of a period later than it.
Of a reading that took long, as another process or an interrupt came between, nobody knows when the pointer was read:
only the quicker ones count.
"""

import json
import os
import random
import re
import struct
import sys
import time
from pathlib import Path

DEVICE = Path("/proc/asound/card0/pcm0p/sub0")
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


def field(name: str, text: str) -> str:
    """A line of a file of ALSA's in /proc."""
    found = re.search(rf"^{name}\s*: (\S+)", text, re.MULTILINE)
    if found is None:
        raise SystemExit(f"the sound device does not run: {text[:200]}")
    return found[1]


def reading(status: int) -> tuple[int, int, int, int]:
    """How long asking took, when that was, frames that the device had fetched, and frames that it was given."""
    before = time.monotonic_ns()
    text = os.pread(status, 4096, 0).decode()
    took_ns = time.monotonic_ns() - before
    return took_ns, before + took_ns // 2, int(field("hw_ptr", text)), int(field("appl_ptr", text))


def nanoseconds(frames: int) -> int:
    return frames * 1_000_000_000 // RATE


def main() -> None:
    ring = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    period = int(field("period_size", (DEVICE / "hw_params").read_text()))
    seconds, _, rest = field("trigger_time", (DEVICE / "status").read_text()).partition(".")
    told = {"trigger_ns": int(seconds) * 1_000_000_000 + int(rest)}
    if ring is not None:
        told["head"] = words(ring)[HEAD]
        Path("/tmp/played.ring").write_bytes(ring.read_bytes())
    status = os.open(DEVICE / "status", os.O_RDONLY)
    readings, bases = [], []
    chance = random.Random(1)
    began_ns = time.monotonic_ns()
    for _ in range(READINGS):
        before = words(ring) if ring is not None else ()
        took_ns, now_ns, fetched, given = reading(status)
        readings.append((took_ns, now_ns - nanoseconds(fetched // period * period)))
        if ring is not None and words(ring) == before:
            # A block is given before the ring's head tells so: the least of them is it.
            bases.append(given - before[HEAD] * before[BLOCK_FRAMES])
        time.sleep(chance.uniform(*PAUSES_S))
    told["at_ns"] = (began_ns + time.monotonic_ns()) // 2
    if bases:
        told["base"] = min(bases)
    starts = [start_ns for _, start_ns in sorted(readings)[:QUICKEST]]
    told["first_ns"] = max(starts) - nanoseconds(period)
    print(json.dumps({**told, "spread_frames": (max(starts) - min(starts)) * RATE / 1e9}))


if __name__ == "__main__":
    main()
