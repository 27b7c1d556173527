"""Whether the sound device keeps time: how far its pointer is from where 48 kHz since its start would have it.

`clock.py [READINGS]` prints one JSON object: `least` and `most` frames that the pointer is ahead of the clock.
"""

import json
import re
import sys
import time
from pathlib import Path

STATUS = Path("/proc/asound/card0/pcm0p/sub0/status")
RATE = 48_000


def frames_ahead() -> float:
    before = time.monotonic_ns()
    told = dict(re.findall(r"(\w+)\s*: ([\d.]+)", STATUS.read_text()))
    at_ns = (before + time.monotonic_ns()) / 2
    seconds, _, nanoseconds = told["trigger_time"].partition(".")
    return int(told["hw_ptr"]) - (at_ns - int(seconds) * 1e9 - int(nanoseconds)) * RATE / 1e9


def main() -> None:
    readings = []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 200):
        readings.append(frames_ahead())
        time.sleep(0.0037)
    print(json.dumps({"least": min(readings), "most": max(readings)}))


if __name__ == "__main__":
    main()
