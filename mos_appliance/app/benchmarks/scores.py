"""Reading scores, side by side with music21, partitura and symusic where `make peers` has put them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mos_appliance.app.benchmarks import Figure
from mos_appliance.errors import Unavailable

PEERS: Final = Path(".venv", "peers", "bin", "python")
_MODULE: Final = "tests.music.bench_scores"


def measure() -> Iterator[Figure]:
    """The figures of `tests/music/bench_scores.py`. Errors: `Unavailable` outside of a source tree."""
    python = str(PEERS) if PEERS.exists() else sys.executable
    done = subprocess.run((python, "-m", _MODULE), capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.splitlines() or ["no reason"])[-1]
        raise Unavailable(f"{_MODULE}: {reason} (run it in the source tree, after make test)")
    for row in json.loads(done.stdout):
        yield Figure(**row)
