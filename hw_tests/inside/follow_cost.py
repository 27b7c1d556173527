"""What a note costs the tutor's follower while nothing else runs, in nanoseconds (= instructions on the bench).

follow_cost.py NOTES: the sonata of 500 bars that `mos bench following` plays, its first NOTES notes; prints one JSON
line: p50, p99 and max, how many notes, whether the place was right at the end.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {1})

import numpy as np

from mos_appliance.app.benchmarks.following import costs_ns


def main(notes: int) -> None:
    gc.collect()
    gc.freeze()
    took, kept = costs_ns(time.monotonic_ns, notes)
    p50, p99, most = np.quantile(took, (0.5, 0.99, 1.0))
    print(json.dumps({"p50": int(p50), "p99": int(p99), "max": int(most), "notes": len(took), "place_kept": kept}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
